//! How many targets are at work at once, the pauses between batches, and the failure policy.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::names::TargetName;

/// What a failure on one target means for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailurePolicy {
    /// No further target starts; those at work finish their step.
    #[default]
    Stop,
    /// The other targets continue to the end.
    Continue,
    /// The other targets continue until more than this many have failed in the whole run.
    AtMost(u32),
}

impl FailurePolicy {
    /// Returns whether another target may start after this many failures.
    pub fn goes_on_after(self, failures: usize) -> bool {
        match self {
            Self::Stop => failures == 0,
            Self::Continue => true,
            Self::AtMost(most) => failures <= most as usize,
        }
    }
}

/// The batches in which users are moved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Batches {
    /// The targets that go first, alone.
    pub canary: Vec<TargetName>,
    pub size: Width,
    /// The pause between two batches.
    pub pause: Option<Pause>,
}

/// How many targets are at work at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Width {
    #[default]
    All,
    Count(u32),
    Percent(u8),
}

impl Width {
    /// Returns how many of `total` targets that is, which is at least one.
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
    /// Until the operator resumes the run.
    #[serde(alias = "until_told")]
    UntilResumed,
}
