//! The phases of a release, and what each may do.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Bring the release up on the passive color. Users notice nothing.
    Prepare,
    /// Check the passive color, then a person signs it off. Changes nothing.
    Verify,
    /// Send users to the prepared color.
    GoLive,
    /// Send users back. Journals of earlier versions spell it `roll-back`.
    #[serde(rename = "rollback", alias = "roll-back")]
    Rollback,
    /// Give up a prepared release before users saw it.
    Abandon,
    /// Let the previous color drain, stop it, and prune what neither color needs.
    Finish,
    /// Make what is recorded and what is observed agree again.
    Repair,
    /// Bring a fresh server into shape.
    Setup,
    /// Open go-live again, which a roll back closed.
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

    /// The word of the command line, the journal and the hooks.
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

    /// The words of the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::GoLive => "go live",
            Self::Rollback => "roll back",
            other => other.word(),
        }
    }

    /// Does it move users' traffic?
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
        // The spelling of earlier versions, in journals, on hosts and in people's fingers.
        let text = if text == "roll-back" { Self::Rollback.word() } else { text };
        Self::ALL
            .into_iter()
            .find(|phase| phase.word() == text)
            .ok_or_else(|| format!("`{text}` is not a phase"))
    }
}
