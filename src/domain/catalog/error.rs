//! Why a registry did not answer a request.

use std::fmt;
use std::time::Duration;

use crate::base::text::sentences;

/// A failed request to a registry: which registry, what was requested, why it failed, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryError {
    pub kind: RegistryErrorKind,
    pub registry: String,
    /// `the tags of shop`
    pub asked: String,
    pub why: String,
    pub remedy: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryErrorKind {
    /// The registry cannot be reached or does not answer in time.
    Unreachable,
    /// The registry cannot prove its identity.
    Untrusted,
    /// The registry requires a login, or rejected the one it got.
    LoginRequired,
    /// The login was accepted and has no permission for this request.
    Denied,
    /// The registry does not have what was requested.
    NotFound,
    /// The registry limits the rate of requests; the duration is the wait that it asks for.
    RateLimited(Option<Duration>),
    /// The registry failed, or its answer cannot be understood.
    InvalidAnswer,
    /// No request was sent, because there is nothing valid to ask for.
    NotAsked,
}

impl RegistryErrorKind {
    /// Returns a word or two, for narrow columns.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Untrusted => "not trusted",
            Self::LoginRequired => "login required",
            Self::Denied => "denied",
            Self::NotFound => "not found",
            Self::RateLimited(_) => "rate limited",
            Self::InvalidAnswer => "invalid answer",
            Self::NotAsked => "not asked",
        }
    }
}

impl RegistryError {
    /// Returns whether a request for any other tag would fail the same way.
    pub fn affects_all_tags(&self) -> bool {
        !matches!(self.kind, RegistryErrorKind::NotFound | RegistryErrorKind::InvalidAnswer)
    }

    /// Returns what happened, without the remedy.
    pub fn what(&self) -> String {
        format!("{}, asked for {}: {}", self.registry, self.asked, self.why)
    }
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentences([self.what().as_str(), self.remedy.as_str()]))
    }
}
