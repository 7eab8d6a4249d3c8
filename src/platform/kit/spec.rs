//! The directory of a stack on a host, and the pair of colors behind nginx that it may have: what the platforms have in
//! common that release to hosts.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::command::RunAs;
use crate::domain::names::Color;
use crate::domain::spec::{Claim, EntryPoint};
use crate::domain::target::Carries;

/// The directory of a stack on a host, and the limits of the work in it.
#[derive(Debug, Clone, PartialEq)]
pub struct StackSpec {
    /// The stack's own directory on the host.
    pub dir: String,
    /// The user that the host's scripts run as.
    pub run_as: RunAs,
    pub timeouts: Timeouts,
    /// How many releases are retained besides those of both colors.
    pub keep_releases: u32,
    /// A release is not prepared on a host with less free disk space than this, in MiB.
    pub disk_free_mib: u64,
}

/// A pair of colors behind nginx, which leads users to one of them.
#[derive(Debug, Clone, PartialEq)]
pub struct ProxySpec {
    pub colors: BTreeMap<Color, PairColor>,
    pub nginx: NginxSpec,
    /// The entry point of users.
    pub live: EntryPoint,
    /// The entry point of the passive color, where a release can be tried before users reach it.
    pub passive: EntryPoint,
    /// How many right answers in a row prove a switch.
    pub switch_answers: u32,
}

/// What answers as one color.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairColor {
    /// Its name on the host, such as that of a service in a compose file.
    pub service: String,
    /// As nginx reaches it: `127.0.0.1:8001`.
    pub address: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NginxSpec {
    /// The command that runs nginx: `[sudo, -n, nginx]`, `[docker, exec, edge, nginx]`.
    pub command: Vec<String>,
    pub live_include: String,
    pub passive_include: String,
    pub live_upstream: String,
    pub passive_upstream: String,
    pub pid_file: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a release is on the host.
    pub fetch: Duration,
    /// Until the passive color is healthy.
    pub start: Duration,
    /// Until a service has ended by itself after SIGTERM.
    pub stop: Duration,
    /// Until a switch is proven.
    pub switch: Duration,
    /// Until old connections have ended.
    pub drain: Duration,
}

impl StackSpec {
    /// Returns everything that no other stack on the host may use as well, with what a proxy leads to.
    pub fn claims<'a>(&'a self, proxy: Option<&'a ProxySpec>, carries: Carries) -> Vec<Claim<'a>> {
        let dir = claim("directory", "dir", &self.dir, "give one of them another `dir`");
        let proxied = proxy.filter(|_| carries == Carries::App).map(ProxySpec::claims);
        std::iter::once(dir).chain(proxied.into_iter().flatten()).collect()
    }
}

impl ProxySpec {
    fn claims(&self) -> Vec<Claim<'_>> {
        let ports = "give one of them other ports under `colors`";
        let addresses = self.colors.values();
        let mut claims: Vec<Claim<'_>> =
            addresses.map(|color| claim("address", "colors", &color.address, ports)).collect();
        claims.extend(self.nginx.claims());
        claims.push(entry_point("live.url", &self.live));
        claims.push(entry_point("passive.url", &self.passive));
        claims
    }

    pub fn how_it_switches(&self) -> String {
        format!(
            "swap the include, nginx -t, reload, {} correct answers in a row, or everything is restored",
            self.switch_answers
        )
    }
}

impl NginxSpec {
    fn claims(&self) -> [Claim<'_>; 4] {
        let path = "give one of them another path under `nginx`";
        let name = "give one of them another name under `nginx`";
        [
            claim("nginx include", "nginx.live_include", &self.live_include, path),
            claim("nginx include", "nginx.passive_include", &self.passive_include, path),
            claim("nginx upstream", "nginx.live_upstream", &self.live_upstream, name),
            claim("nginx upstream", "nginx.passive_upstream", &self.passive_upstream, name),
        ]
    }
}

pub fn claim<'a>(
    kind: &'static str,
    key: &'static str,
    value: &'a str,
    remedy: &'static str,
) -> Claim<'a> {
    Claim { kind, key, value: Cow::Borrowed(value), remedy }
}

/// Entry points differ by their URL and, if one is sent, by the `Host` header.
fn entry_point<'a>(key: &'static str, entry_point: &'a EntryPoint) -> Claim<'a> {
    let value = match &entry_point.host_header {
        Some(host) => Cow::Owned(format!("{} for {host}", entry_point.url)),
        None => Cow::Borrowed(entry_point.url.as_str()),
    };
    let remedy = "give one of them another `url`, or a `host_header`";
    Claim { kind: "entry point", key, value, remedy }
}
