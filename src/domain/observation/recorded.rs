//! What hosts record, and observations bring back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::names::{Color, RunId};
use crate::domain::phase::Phase;
use crate::domain::release::{Digest, Tag};

/// A person checked a prepared release, and vouches for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    pub tag: Tag,
    pub by: String,
    pub at: DateTime<Utc>,
    pub run: RunId,
}

/// A change to what users reach, as the host records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub at: DateTime<Utc>,
    pub by: String,
    /// The phase: `go-live`, `rollback`, …
    pub what: String,
    /// What users reach since then.
    pub tag: Option<Tag>,
    /// The bytes of what users reach since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// What users reached before.
    #[serde(default)]
    pub from: Option<Tag>,
    /// The bytes of what users reached before: a tag can be moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_digest: Option<Digest>,
    /// The deployed file of what users reached before, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_file: Option<String>,
    /// A person named `tag` for this rollback: it is not where users of this host came from.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub named: bool,
    /// The run that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

impl Change {
    pub fn is(&self, phase: Phase) -> bool {
        self.what.parse() == Ok(phase)
    }
}

/// The mark that a switch leaves on the host from its first change to its last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switching {
    /// `None`: what was configured before was no color.
    pub from: Option<Color>,
    pub to: Color,
    pub run: RunId,
    pub at: DateTime<Utc>,
    /// What the switch records at its end. It holds before that where users are on `to` already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Box<Change>>,
    /// Its process is still there. Observed, not part of the mark.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub running: bool,
}
