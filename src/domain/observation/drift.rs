//! Drift: sources about a target disagree, or the target is not as its last change left it.

use serde::{Deserialize, Serialize};

use crate::base::text::{clean_words, sentences};

/// One disagreement, with its remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// What disagrees, as text: `live-color says green, nginx serves blue`.
    pub what: String,
    /// How to fix it, as text.
    pub remedy: String,
    #[serde(default)]
    pub kind: DriftKind,
    /// The phase `repair` resolves it.
    #[serde(default)]
    pub repairable: bool,
}

/// Which phases a drift blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// Sources disagree. Nothing goes forward before this is repaired.
    #[default]
    Disagreement,
    /// Users get no valid answer. A switch to a color that answers ends this.
    UsersUnanswered,
    /// The passive entry point gives no valid answer. The release that it shows can be replaced, but cannot go live.
    PassiveUnanswered,
    /// The release that users were switched to is not as its go-live should have left it: a hook after the switch did not end
    /// well, or the release is marked as unusable. Going live with it again, with another release, or a rollback ends this.
    LiveIncomplete,
}

impl Drift {
    pub fn in_words(&self) -> String {
        clean_words(&sentences([self.what.as_str(), self.remedy.as_str()]))
    }
}
