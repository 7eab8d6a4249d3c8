//! The settings of an app behind an API: which requests observe it, and which carry out each phase.

use std::time::Duration;

use super::template::Content;
use crate::domain::http::{Auth, Delivery, Expect, Method, Tls};

/// The platform's name in an inventory.
pub const NAME: &str = "http";

/// The names of the two sides of an API. Releases move between them; the sides themselves never change their role.
pub const LIVE: &str = "live";
pub const PASSIVE: &str = "passive";

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
    pub logs: LogRequests,
    /// Users may lose requests while the API switches them.
    pub may_lose_requests: bool,
    /// `None`: the API has no lock, so two runs can change it at once.
    pub lock: Option<LockSpec>,
}

/// The requests whose answers are the logs of the two sides.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogRequests {
    pub live: Option<RequestSpec>,
    pub passive: Option<RequestSpec>,
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

/// A request of a phase, and what is waited for after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `upload`, `switch`
    pub name: String,
    pub request: RequestSpec,
    /// The time limit of all attempts.
    pub deadline: Duration,
    pub poll: Option<PollSpec>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PollSpec {
    pub request: RequestSpec,
    pub every: Duration,
    pub deadline: Duration,
    pub successes: u32,
}

/// A request with placeholders.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestSpec {
    pub method: Method,
    /// Added to the URL of the API; or a whole URL, which gets neither the credentials nor the headers of the API.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<BodySpec>,
    pub expect: Expect,
    pub delivery: Delivery,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BodySpec {
    pub content: Content,
    pub text: String,
}

/// A resource that exists while a run holds the lock. It is created with `If-None-Match: *` and deleted with `If-Match`.
#[derive(Debug, Clone, PartialEq)]
pub struct LockSpec {
    pub path: String,
}
