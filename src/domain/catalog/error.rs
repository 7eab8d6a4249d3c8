//! Why a source of releases did not answer a request.

use std::fmt;
use std::time::Duration;

use crate::base::text::sentences;

/// A failed request to a source of releases: which source, what was requested, why it failed, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceError {
    pub kind: SourceErrorKind,
    /// The registry, the server, the directory or the command.
    pub source: String,
    /// `the tags of shop`
    pub asked: String,
    pub why: String,
    pub remedy: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceErrorKind {
    /// The source cannot be reached or does not answer in time.
    Unreachable,
    /// The source cannot prove its identity.
    Untrusted,
    /// The source requires a login, or rejected the one it got.
    LoginRequired,
    /// The login was accepted and has no permission for this request.
    Denied,
    /// The source does not have what was requested.
    NotFound,
    /// The source limits the rate of requests; the duration is the wait that it asks for.
    RateLimited(Option<Duration>),
    /// The source failed, or its answer cannot be understood.
    InvalidAnswer,
    /// No request was sent, because there is nothing valid to ask for.
    NotAsked,
}

impl SourceErrorKind {
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

impl SourceError {
    /// Returns whether a request for any other tag would fail the same way.
    pub fn affects_all_tags(&self) -> bool {
        !matches!(self.kind, SourceErrorKind::NotFound | SourceErrorKind::InvalidAnswer)
    }

    /// Returns what happened, without the remedy.
    pub fn what(&self) -> String {
        format!("{}, asked for {}: {}", self.source, self.asked, self.why)
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentences([self.what().as_str(), self.remedy.as_str()]))
    }
}
