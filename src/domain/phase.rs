//! The phases of a release.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Starts the release on the passive color. Users are not affected.
    Prepare,
    /// Checks the passive color and asks a person to sign it off. Changes nothing.
    Verify,
    /// Switches users to the prepared color.
    GoLive,
    /// Sends users back to the previous release. Journals of earlier versions spell it `roll-back`.
    #[serde(rename = "rollback", alias = "roll-back")]
    Rollback,
    /// Removes a prepared release that never went live.
    Abandon,
    /// Drains and stops the previous color, and prunes what neither color needs.
    Finish,
    /// Makes what is recorded and what is observed agree again.
    Repair,
    /// Prepares a fresh server for its first release.
    Setup,
    /// Opens go-live again after a rollback closed it.
    Unfreeze,
}

impl Phase {
    pub const ALL: [Self; 9] = [
        Self::Prepare,
        Self::Verify,
        Self::GoLive,
        Self::Rollback,
        Self::Abandon,
        Self::Finish,
        Self::Repair,
        Self::Setup,
        Self::Unfreeze,
    ];

    /// Returns the name on the command line, in the journal and in hooks.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Verify => "verify",
            Self::GoLive => "go-live",
            Self::Rollback => "rollback",
            Self::Abandon => "abandon",
            Self::Finish => "finish",
            Self::Repair => "repair",
            Self::Setup => "setup",
            Self::Unfreeze => "unfreeze",
        }
    }

    /// Returns the name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::GoLive => "go live",
            Self::Rollback => "roll back",
            other => other.word(),
        }
    }

    /// Returns whether the phase switches users between colors.
    pub fn switches_traffic(self) -> bool {
        matches!(self, Self::GoLive | Self::Rollback)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl std::str::FromStr for Phase {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        // The spelling of earlier versions, which journals, hosts and users' habits still have.
        let text = if text == "roll-back" { Self::Rollback.word() } else { text };
        Self::ALL
            .into_iter()
            .find(|phase| phase.word() == text)
            .ok_or_else(|| format!("`{text}` is not a phase"))
    }
}
