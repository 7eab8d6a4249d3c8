//! The freeze: after a rollback go-live stays closed until a person opens it again with a reason.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::names::RunId;
use super::release::Tag;
use crate::base::text::clean_words;

/// Whether go-live stays open after a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterRollback {
    Open,
    /// Closed until a person opens it again with a reason.
    Frozen,
}

impl AfterRollback {
    pub fn is_frozen(self) -> bool {
        self == Self::Frozen
    }
}

/// The mark that a rollback leaves on a host. The mark of any host closes go-live for all of them, because a host that could
/// not be reached during the rollback has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// `None`: what keeps the mark does not say when it was made.
    #[serde(default)]
    pub at: Option<DateTime<Utc>>,
    pub by: String,
    /// The release that the rollback left, and the one that it went to.
    pub from: Option<Tag>,
    pub to: Option<Tag>,
    /// The reason that the operator gave.
    #[serde(default)]
    pub reason: Option<String>,
    pub run: RunId,
}

impl Freeze {
    /// Returns what happened: the rollback and its reason.
    pub fn why(&self) -> String {
        let mut why = "users were sent back".to_owned();
        if let Some(from) = &self.from {
            why.push_str(&format!(" from {from}"));
        }
        if let Some(to) = &self.to {
            why.push_str(&format!(" to {to}"));
        }
        match &self.reason {
            Some(reason) => format!("{why} ({})", clean_words(reason)),
            None => why,
        }
    }
}

impl fmt::Display for Freeze {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "by {}", clean_words(&self.by))?;
        if let Some(at) = self.at {
            write!(f, " since {}", at.format("%Y-%m-%d %H:%M:%S UTC"))?;
        }
        write!(f, ": {}", self.why())
    }
}
