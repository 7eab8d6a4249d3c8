//! How many at once, what comes between, and what a failure on one target means for the others.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::names::TargetName;

/// What a failure on one target means for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailurePolicy {
    /// Targets that have not begun do not begin; those at work finish their step.
    #[default]
    Stop,
    /// The others go on to the end.
    Continue,
    /// The others go on until more than this many have failed, over the whole run.
    AtMost(u32),
}

impl FailurePolicy {
    /// May another target begin, with so many not done?
    pub fn goes_on_after(self, failures: usize) -> bool {
        match self {
            Self::Stop => failures == 0,
            Self::Continue => true,
            Self::AtMost(most) => failures <= most as usize,
        }
    }
}

/// In which portions users are moved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Batches {
    /// The targets that go first, alone.
    pub canary: Vec<TargetName>,
    pub size: Width,
    /// The wait between two batches.
    pub pause: Option<Pause>,
}

/// How many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Width {
    #[default]
    All,
    Count(u32),
    Percent(u8),
}

impl Width {
    /// How many of `total` that is: at least one.
    pub fn of(self, total: usize) -> usize {
        let wanted = match self {
            Self::All => total,
            Self::Count(count) => count as usize,
            Self::Percent(percent) => (total * usize::from(percent)).div_ceil(100),
        };
        wanted.clamp(1, total.max(1))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    For(#[serde(with = "crate::base::millis")] Duration),
    /// Until the operator says so.
    #[serde(alias = "until_told")]
    UntilResumed,
}
