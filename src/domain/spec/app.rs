//! Apps, and what each of their stacks looks like on each host.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::hook::Hook;
use super::platform::PlatformSpec;
use crate::base::secret_ref::SecretRef;
use crate::domain::capabilities::Capabilities;
use crate::domain::color::ColorPair;
use crate::domain::http::{Expect, Request, Tls, by_name};
use crate::domain::names::{AppName, StackName};
use crate::domain::plan::{Batches, FailurePolicy};
use crate::domain::target::{Carries, Target};

/// One app in one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct AppSpec {
    pub name: AppName,
    /// Every stack on every target: `main` first, then the others by name; each by target.
    pub members: Vec<Member>,
    pub batches: Batches,
    pub on_failure: FailurePolicy,
    pub hooks: Vec<Hook>,
    pub notifications: Vec<NotifySpec>,
}

impl AppSpec {
    pub fn stack(&self, stack: &StackName) -> Vec<&Member> {
        self.members.iter().filter(|member| member.stack == *stack).collect()
    }

    pub fn stacks(&self) -> Vec<&StackName> {
        let mut stacks: Vec<&StackName> = self.members.iter().map(|member| &member.stack).collect();
        stacks.dedup();
        stacks
    }
}

/// One stack of an app on one target: everything a planner needs to know about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub target: Target,
    /// Where the target is reached, as a person would type it: for addresses that are shown.
    pub address: String,
    pub app: AppName,
    pub stack: StackName,
    pub carries: Carries,
    /// The one target where what must happen once happens.
    pub primary: bool,
    pub colors: ColorPair,
    pub platform: PlatformSpec,
    pub checks: Vec<Check>,
    /// Variables for templates, every layer laid over the one below it.
    pub vars: BTreeMap<String, String>,
}

impl Member {
    /// As a command line names it.
    pub fn as_arguments(&self) -> String {
        match &self.stack {
            stack if *stack == StackName::main() => self.target.to_string(),
            stack => format!("{} --stack {stack}", self.target),
        }
    }
}

/// Returns what at least one of the members supports. Without a member nothing is known to be absent.
pub fn capabilities<'a>(members: impl IntoIterator<Item = &'a Member>) -> Capabilities {
    let each = members.into_iter().map(|member| member.platform.capabilities());
    each.reduce(|all, one| all.or(&one)).unwrap_or_else(Capabilities::all)
}

/// An entry point for HTTP: that of the users, or that of the passive side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPoint {
    /// The URL on the host itself: `http://127.0.0.1/health`.
    pub url: String,
    /// The `Host` header, where the server requires one.
    pub host_header: Option<String>,
    /// The header that names the color which answered. `None`: answers do not name it.
    pub color_header: Option<String>,
    /// The header that names the release which answered. `None`: answers do not name it.
    pub release_header: Option<String>,
    /// The URL for a person or a check elsewhere; `{host}` stands for the host's address.
    pub public_url: Option<String>,
    /// A file on the console's machine: authorities that may have signed its certificate, in PEM.
    pub ca_file: Option<PathBuf>,
    /// The text of that file, where hosts need it: `url` is asked there by TLS.
    pub ca: Option<String>,
}

/// How an entry point is requested on its own host, with `curl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedOnHost<'a> {
    /// Of the name that the certificate must hold, where there is one.
    pub url: String,
    pub host_header: &'a str,
    /// Where that name is on this host, as `--connect-to` has it; or empty.
    pub connect: String,
    /// The authorities that are trusted, in PEM; or empty: those of the host.
    pub ca: &'a str,
}

impl EntryPoint {
    /// Returns a request from elsewhere. The name of the entry point is used for TLS too: a server behind one address
    /// chooses its certificate by it.
    pub fn request(&self, url: String) -> Request {
        let headers = self.host_header.iter().map(|host| ("Host".to_owned(), host.clone()));
        let tls = Tls { name: self.tls_name(), ca_file: self.ca_file.clone(), client: None };
        Request { headers: headers.collect(), tls, ..Request::get(url) }
    }

    /// Returns the request on the host. With TLS it names the entry point, at the address of `url`.
    pub fn on_host(&self) -> AskedOnHost<'_> {
        let asked = AskedOnHost {
            url: self.url.clone(),
            host_header: self.host_header.as_deref().unwrap_or_default(),
            connect: String::new(),
            ca: "",
        };
        if !self.url.starts_with("https://") {
            return asked;
        }
        let asked = AskedOnHost { ca: self.ca.as_deref().unwrap_or_default(), ..asked };
        match by_name(&self.url, self.tls_name().as_deref()) {
            Some((url, connect)) => AskedOnHost { url, connect, ..asked },
            None => asked,
        }
    }

    /// `host_header` without its port.
    fn tls_name(&self) -> Option<String> {
        let host = self.host_header.as_deref()?;
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        (!name.is_empty()).then(|| name.to_owned())
    }
}

/// One question that the passive side must answer rightly before a person signs it off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: String,
    pub from: CheckFrom,
    /// Replaces the path of the passive entry point; or a whole URL.
    pub path: String,
    /// `{release}` and `{color}` in it stand for what was prepared.
    pub expect: Expect,
    pub timeout: Duration,
    pub tries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFrom {
    /// With `curl`, on the host.
    Host,
    /// From the console's machine, by the public URL of the passive entry point.
    Console,
}

/// A file of the inventory with places to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub path: PathBuf,
    pub text: String,
}

/// A service that gets notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifySpec {
    pub kind: NotifyKind,
    /// The address is itself a secret with most chat services.
    pub url: SecretRef,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotifyKind {
    /// `{"text": "…"}`, as Slack and Mattermost take it.
    Slack,
    /// The event as JSON.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_with_tls_is_asked_on_its_host_by_the_name_of_the_entry_point() {
        let ca = Some("PEM".to_owned());
        for (url, host, wanted) in [
            ("http://127.0.0.1/health", "shop.test", ("http://127.0.0.1/health", "", "")),
            (
                "https://127.0.0.1/health",
                "shop.test",
                ("https://shop.test:443/health", "shop.test:443:127.0.0.1:443", "PEM"),
            ),
            (
                "https://[::1]:8443",
                "shop.test:443",
                ("https://shop.test:8443", "shop.test:8443:[::1]:8443", "PEM"),
            ),
            (
                "https://[::1]/",
                "shop.test",
                ("https://shop.test:443/", "shop.test:443:[::1]:443", "PEM"),
            ),
            ("https://shop.test/", "shop.test", ("https://shop.test/", "", "PEM")),
            ("https://10.0.0.7/", "", ("https://10.0.0.7/", "", "PEM")),
        ] {
            let entry_point = EntryPoint {
                url: url.to_owned(),
                host_header: Some(host).filter(|host| !host.is_empty()).map(str::to_owned),
                color_header: None,
                release_header: None,
                public_url: None,
                ca_file: None,
                ca: ca.clone(),
            };
            let asked = entry_point.on_host();
            assert_eq!((asked.url.as_str(), asked.connect.as_str(), asked.ca), wanted, "{url}");
            assert_eq!(asked.host_header, host);
        }
    }
}
