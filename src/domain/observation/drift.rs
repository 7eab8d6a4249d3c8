//! What is recorded and what is observed, where they disagree.

use serde::{Deserialize, Serialize};

use crate::base::text::{clean_words, sentences};

/// Something recorded and something observed disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// What disagrees, in words: `live-color says green, nginx serves blue`.
    pub what: String,
    /// What puts it right, in words.
    pub remedy: String,
    #[serde(default)]
    pub kind: DriftKind,
    /// The phase `repair` resolves it.
    #[serde(default)]
    pub repairable: bool,
}

/// What a disagreement means for what may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// Sources disagree: nothing goes forward before it is repaired.
    #[default]
    Disagreement,
    /// Users get no right answer. Going forward to a color that answers ends it.
    UsersUnanswered,
    /// The passive side gives no right answer. What it shows can be replaced, and cannot go live.
    PassiveUnanswered,
}

impl Drift {
    pub fn in_words(&self) -> String {
        clean_words(&sentences([self.what.as_str(), self.remedy.as_str()]))
    }
}
