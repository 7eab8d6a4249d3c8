//! The settings of an app behind an API: which requests observe it, and which carry out each phase.

use crate::domain::http::{Auth, Call, RequestTemplate, Tls};

/// The platform's name in an inventory.
pub const NAME: &str = "http";

/// The names of the two sides of an API. Releases move between them; the sides themselves never change their role.
pub const LIVE: &str = "live";
pub const PASSIVE: &str = "passive";

/// The placeholders of its requests, in the order of their documentation.
pub const PLACEHOLDERS: &[&str] = &["release", "previous", "app", "run", "operator"];

/// The same for requests that freeze or unfreeze.
pub const FREEZE_PLACEHOLDERS: &[&str] =
    &["release", "previous", "app", "run", "operator", "reason"];

/// The same for requests of logs, which belong to no run.
pub const LOG_PLACEHOLDERS: &[&str] = &["release", "app"];

#[derive(Debug, Clone, PartialEq)]
pub struct HttpSpec {
    /// The URL that the paths of all requests are added to, without a slash at its end.
    pub url: String,
    pub auth: Option<Auth>,
    pub tls: Tls,
    /// Headers of every request.
    pub headers: Vec<(String, String)>,
    pub observe: Observe,
    pub prepare: Vec<Call>,
    pub verify: Vec<Call>,
    pub go_live: Vec<Call>,
    pub rollback: Vec<Call>,
    pub abandon: Vec<Call>,
    /// The requests that close go-live after a rollback, and that open it again. Without both, and [`Observe::frozen`], the API
    /// keeps no freeze.
    pub freeze: Vec<Call>,
    pub unfreeze: Vec<Call>,
    pub logs: LogRequests,
    /// Users may lose requests while the API switches them.
    pub may_lose_requests: bool,
    /// `None`: the API has no lock, so two runs can change it at once.
    pub lock: Option<LockSpec>,
    pub wording: Wording,
}

/// How plans speak of an API. An API that the inventory describes is explained by its keys; one with a contract of its
/// own by that contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wording {
    /// What it is: `the API`.
    pub it: &'static str,
    /// What the missing lock means, to follow the names of targets.
    pub unlocked: &'static str,
    /// Why the release that users came from is not known.
    pub no_previous: &'static str,
    /// What it means that no live release is named. `None`: the pointer of the inventory says it.
    pub no_live: Option<&'static str>,
}

impl Wording {
    pub const DESCRIBED: Self = Self {
        it: "the API",
        unlocked: "there is no lock (`lock` in the inventory), so nothing prevents a second run at the same time",
        no_previous: "the inventory does not say where the API names it (`observe.previous`)",
        no_live: None,
    };
}

/// The requests whose answers are the logs of the two sides.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogRequests {
    pub live: Option<RequestTemplate>,
    pub passive: Option<RequestTemplate>,
}

/// A GET whose JSON body says what is true. Each pointer (RFC 6901) names one value in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Observe {
    pub path: String,
    /// The release that users reach.
    pub live: String,
    /// The release that can be tried before users reach it. `None`: the API has no passive side.
    pub passive: Option<String>,
    /// The release that users reached before the last change.
    pub previous: Option<String>,
    /// The phase of the last change (`go-live` or `rollback`), its time (RFC 3339), and the operator.
    pub last_phase: Option<String>,
    pub last_at: Option<String>,
    pub last_by: Option<String>,
    /// The release that was signed off last.
    pub verified: Option<String>,
    /// Whether go-live is closed: anything but `null`, `false` and an empty text. A text is the reason.
    pub frozen: Option<String>,
    /// The time (RFC 3339) and the operator of the freeze.
    pub frozen_at: Option<String>,
    pub frozen_by: Option<String>,
    pub live_health: Option<HealthPointer>,
    pub passive_health: Option<HealthPointer>,
}

/// A value that says whether a release is healthy.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthPointer {
    pub pointer: String,
    /// The values that mean that it is.
    pub healthy: Vec<String>,
}

/// A resource that exists while a run holds the lock. It is created with `If-None-Match: *` and deleted with `If-Match`.
#[derive(Debug, Clone, PartialEq)]
pub struct LockSpec {
    pub path: String,
}

impl HttpSpec {
    pub fn keeps_freeze(&self) -> bool {
        self.observe.frozen.is_some() && !self.freeze.is_empty() && !self.unfreeze.is_empty()
    }
}
