//! Apps, and what each of their stacks looks like on each host.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::compose::ComposeSpec;
use crate::domain::catalog::Image;
use crate::domain::color::ColorPair;
use crate::domain::http::{Expect, Request, Tls};
use crate::domain::names::{AppName, StackName};
use crate::domain::phase::Phase;
use crate::domain::plan::{Batches, FailurePolicy};
use crate::domain::secret::SecretRef;
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

/// How a release runs and how traffic is switched.
#[derive(Debug, Clone, PartialEq)]
pub enum PlatformSpec {
    Compose(Box<ComposeSpec>),
}

impl PlatformSpec {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Compose(_) => "compose",
        }
    }

    /// Where its releases come from.
    pub fn image(&self) -> Image {
        match self {
            Self::Compose(spec) => Image {
                name: spec.image.clone(),
                login: spec.registry.clone(),
                plain_http: spec.plain_http_registry,
            },
        }
    }
}

/// A way in for HTTP: users' own, or the passive side's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrance {
    /// As asked on the host itself: `http://127.0.0.1/health`.
    pub url: String,
    /// The `Host` header, where the server wants one.
    pub host_header: Option<String>,
    /// The header that names the color which answered. `None`: answers do not tell.
    pub color_header: Option<String>,
    /// The header that names the release which answered. `None`: answers do not tell.
    pub release_header: Option<String>,
    /// The same way in for a person or a check elsewhere; `{host}` stands for the host's address.
    pub public_url: Option<String>,
    /// A file on the console's machine: authorities that may have signed its certificate, in PEM.
    pub ca_file: Option<PathBuf>,
}

impl Entrance {
    /// A request that comes in here from elsewhere. The name of the entrance is used for TLS too:
    /// a server behind one address chooses its certificate by it.
    pub fn request(&self, url: String) -> Request {
        let headers = self.host_header.iter().map(|host| ("Host".to_owned(), host.clone()));
        let tls = Tls { name: self.tls_name(), ca_file: self.ca_file.clone() };
        Request { headers: headers.collect(), tls, ..Request::get(url) }
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
    /// At the passive entrance's host and port, in place of the path it has there; or a whole URL.
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
    /// From the console's machine, by the passive entrance's public URL.
    Console,
}

/// A file of the inventory with places to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub path: PathBuf,
    pub text: String,
}

/// A command on the console's machine before or after a phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    pub phase: Phase,
    pub moment: HookMoment,
    /// Program and arguments; no shell reads it.
    pub command: Vec<String>,
    pub timeout: Duration,
    /// A failing `before` hook stops the phase, unless it is only advisory.
    pub advisory: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookMoment {
    Before,
    /// After it ended well.
    After,
    /// After it failed, or ended unknown.
    Failed,
}

/// Who is told, and how.
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
