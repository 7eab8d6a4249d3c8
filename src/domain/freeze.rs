//! Go-live is closed after users were sent back, until somebody who knows why opens it again.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::names::RunId;
use super::release::Tag;
use crate::base::text::clean_words;

/// What a roll back leaves of go-live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterRollback {
    Open,
    /// Closed, until somebody opens it again with a reason.
    Frozen,
}

impl AfterRollback {
    pub fn is_frozen(self) -> bool {
        self == Self::Frozen
    }
}

/// The mark that a roll back leaves on a host. One host's mark closes go-live for all of them: a host
/// that could not be reached then has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    pub at: DateTime<Utc>,
    pub by: String,
    /// The release that users were sent back from, and to.
    pub from: Option<Tag>,
    pub to: Option<Tag>,
    /// What the person who did it said of it.
    #[serde(default)]
    pub reason: Option<String>,
    pub run: RunId,
}

impl Freeze {
    /// What happened.
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
        let at = self.at.format("%Y-%m-%d %H:%M:%S UTC");
        write!(f, "by {} since {at}: {}", clean_words(&self.by), self.why())
    }
}
