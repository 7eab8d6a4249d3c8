//! A stack that runs under docker compose behind nginx.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::catalog::{Image, RegistryLogin};
use crate::domain::command::RunAs;
use crate::domain::names::Color;
use crate::domain::spec::{Claim, EntryPoint, PlatformSettings, Template};
use crate::domain::target::Carries;

/// The name of this platform in an inventory.
pub const NAME: &str = "compose";

#[derive(Debug, Clone, PartialEq)]
pub struct ComposeSpec {
    /// The compose project's name: it decides which containers are ours.
    pub project: String,
    /// The stack's own directory on the host.
    pub dir: String,
    /// The image's repository, without a tag.
    pub image: String,
    pub template: Template,
    pub colors: BTreeMap<Color, ComposeColor>,
    /// Services without a color, started anew on the release that goes live.
    pub jobs: Vec<String>,
    pub migration: Option<Migration>,
    pub nginx: NginxSpec,
    /// Users' way in.
    pub live: EntryPoint,
    /// The way to the passive color, to try it before users do.
    pub passive: EntryPoint,
    pub registry: Option<RegistryLogin>,
    /// The registry speaks HTTP without TLS, as `insecure-registries` says to a Docker Engine.
    pub plain_http_registry: bool,
    pub docker_socket: String,
    /// As whom the host's scripts run.
    pub run_as: RunAs,
    pub timeouts: Timeouts,
    /// So many right answers in a row make a switch a fact.
    pub switch_answers: u32,
    /// Releases kept besides those of both colors.
    pub keep_releases: u32,
    /// Less free disk than this and prepare is refused, in MiB.
    pub disk_free_mib: u64,
}

/// One color's container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeColor {
    pub service: String,
    /// As nginx reaches it: `127.0.0.1:8001`.
    pub address: String,
}

/// What must run once, on the primary, before the new color starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    pub service: String,
    /// In place of the service's own command; empty: its own.
    pub command: Vec<String>,
    pub timeout: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NginxSpec {
    /// How nginx is spoken to: `[sudo, -n, nginx]`, `[docker, exec, edge, nginx]`.
    pub command: Vec<String>,
    pub live_include: String,
    pub passive_include: String,
    pub live_upstream: String,
    pub passive_upstream: String,
    pub pid_file: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    pub pull: Duration,
    /// Until the passive color is healthy.
    pub start: Duration,
    /// For a container to end by itself after SIGTERM.
    pub stop: Duration,
    /// Until the switch is a fact.
    pub switch: Duration,
    /// For old connections to end.
    pub drain: Duration,
}

impl PlatformSettings for ComposeSpec {
    fn platform(&self) -> &'static str {
        NAME
    }

    fn image(&self) -> Option<Image> {
        Some(Image {
            name: self.image.clone(),
            login: self.registry.clone(),
            plain_http: self.plain_http_registry,
        })
    }

    fn directory(&self) -> Option<&str> {
        Some(&self.dir)
    }

    fn claims(&self, carries: Carries) -> Vec<Claim<'_>> {
        let mut claims = vec![
            claim("directory", "dir", &self.dir, "give one of them another `dir`"),
            claim(
                "compose project",
                "project",
                &self.project,
                "give one of them another `project`",
            ),
        ];
        if carries == Carries::JobsOnly {
            return claims;
        }
        let ports = "give one of them other ports under `colors`";
        let addresses = self.colors.values();
        claims.extend(addresses.map(|color| claim("address", "colors", &color.address, ports)));
        claims.extend(self.nginx.claims());
        claims.push(entry_point("live.url", &self.live));
        claims.push(entry_point("passive.url", &self.passive));
        claims
    }

    fn how_it_switches(&self) -> String {
        format!(
            "swap the include, nginx -t, reload, {} correct answers in a row, or everything is restored",
            self.switch_answers
        )
    }

    fn start_limit(&self) -> Duration {
        self.timeouts.start
    }

    fn migrates(&self) -> bool {
        self.migration.is_some()
    }

    fn texts_with_secrets(&self) -> Vec<&str> {
        vec![&self.template.text]
    }

    fn public_names(&self) -> Vec<&str> {
        vec![&self.project, &self.dir, &self.image]
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

fn claim<'a>(
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
