//! Why a registry did not tell what it was asked for.

use std::fmt;
use std::time::Duration;

use crate::base::text::sentences;

/// Which registry, what it was asked for, what came of it, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub kind: TroubleKind,
    pub registry: String,
    /// `the tags of shop`
    pub asked: String,
    pub why: String,
    pub remedy: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleKind {
    /// It cannot be reached, or does not answer in time.
    Away,
    /// It answers, but not as who it should be.
    NotTrusted,
    /// It wants a login, or does not take the one it got.
    Login,
    /// The login is good and may not do this.
    Denied,
    /// It has no such thing.
    Missing,
    /// It wants to be left alone, for so long where it says so.
    Busy(Option<Duration>),
    /// It failed, or what it says makes no sense.
    Broken,
    /// It was never asked: what was to be asked makes no sense.
    Unasked,
}

impl TroubleKind {
    /// For where there is room for a word only.
    pub fn word(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::NotTrusted => "not trusted",
            Self::Login => "wants a login",
            Self::Denied => "denied",
            Self::Missing => "not there",
            Self::Busy(_) => "wants a pause",
            Self::Broken => "broken",
            Self::Unasked => "not asked",
        }
    }
}

impl Trouble {
    /// It says nothing of one tag alone: the next one would fail alike.
    pub fn stops_all(&self) -> bool {
        !matches!(self.kind, TroubleKind::Missing | TroubleKind::Broken)
    }

    /// What happened, without the remedy.
    pub fn what(&self) -> String {
        format!("{}, asked for {}: {}", self.registry, self.asked, self.why)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentences([self.what().as_str(), self.remedy.as_str()]))
    }
}
