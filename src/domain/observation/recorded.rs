//! The records that hosts keep, as observations return them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::names::{Color, RunId};
use crate::domain::phase::Phase;
use crate::domain::release::{Digest, Release, Tag};

/// A person's statement that a prepared release may go live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    pub tag: Tag,
    pub by: String,
    pub at: DateTime<Utc>,
    pub run: RunId,
}

/// A change of the release that users reach, as the host records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub at: DateTime<Utc>,
    pub by: String,
    /// The phase: `go-live`, `rollback`, …
    pub what: String,
    /// The release that users reach since then.
    pub tag: Option<Tag>,
    /// The digest of that release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The release that users reached before.
    #[serde(default)]
    pub from: Option<Tag>,
    /// The digest of the release before, since a tag can be moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_digest: Option<Digest>,
    /// The name of the deployed file of the release before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_file: Option<String>,
    /// Whether a person named `tag` for this rollback, so that it need not be where this host's users came from.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub named: bool,
    /// Whether another tool made it: it left the passive color as it was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_another_tool: bool,
    /// The run that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

impl Change {
    pub fn is(&self, phase: Phase) -> bool {
        self.what.parse() == Ok(phase)
    }
}

/// The mark that is on a host from the first change of a switch to its last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switching {
    /// `None`: the configuration before named no color.
    pub from: Option<Color>,
    pub to: Color,
    pub run: RunId,
    pub at: DateTime<Utc>,
    /// The change that the switch records at its end. It counts before that if users are on `to` already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Box<Change>>,
    /// Whether the process of the switch is still running. This is observed, and not part of the mark.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub running: bool,
}

/// A prepared release that a rollback withdrew, as the host records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    pub tag: Tag,
    pub by: String,
    pub at: DateTime<Utc>,
    pub run: RunId,
}

/// A cold rollback to a named release, as the host records it before it starts the release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColdRollback {
    pub to: Tag,
    pub leave: Tag,
    pub by: String,
    pub at: DateTime<Utc>,
    pub run: RunId,
}

/// The release that users of a host came from, as the host recorded it with the switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin<'a> {
    pub release: Release,
    /// The deployed file of that release, where it was recorded.
    pub file: Option<&'a str>,
}
