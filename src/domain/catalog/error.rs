//! Why a registry did not tell what it was asked for.

use std::fmt;
use std::time::Duration;

use crate::base::text::sentences;

/// Which registry, what it was asked for, what came of it, and what to do.
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
    /// It cannot be reached, or does not answer in time.
    Unreachable,
    /// It answers, but not as who it should be.
    Untrusted,
    /// It wants a login, or does not take the one it got.
    LoginRequired,
    /// The login is good and may not do this.
    Denied,
    /// It has no such thing.
    NotFound,
    /// It wants to be left alone, for so long where it says so.
    RateLimited(Option<Duration>),
    /// It failed, or what it says makes no sense.
    InvalidAnswer,
    /// It was never asked: what was to be asked makes no sense.
    NotAsked,
}

impl RegistryErrorKind {
    /// For where there is room for a word only.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "away",
            Self::Untrusted => "not trusted",
            Self::LoginRequired => "wants a login",
            Self::Denied => "denied",
            Self::NotFound => "not there",
            Self::RateLimited(_) => "wants a pause",
            Self::InvalidAnswer => "broken",
            Self::NotAsked => "not asked",
        }
    }
}

impl RegistryError {
    /// It says nothing of one tag alone: the next one would fail alike.
    pub fn affects_all_tags(&self) -> bool {
        !matches!(self.kind, RegistryErrorKind::NotFound | RegistryErrorKind::InvalidAnswer)
    }

    /// What happened, without the remedy.
    pub fn what(&self) -> String {
        format!("{}, asked for {}: {}", self.registry, self.asked, self.why)
    }
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentences([self.what().as_str(), self.remedy.as_str()]))
    }
}
