//! The outcome of a step. There are three, not two: a lost connection is not a failure.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The step ended and reported success.
    Done,
    /// The step ended and reported a failure, or was not started.
    Failed { why: String },
    /// The step may or may not have taken effect, because its exit status never arrived. Only an observation can tell.
    Unknown { why: String },
}

impl Outcome {
    pub fn failed(why: impl Into<String>) -> Self {
        Self::Failed { why: why.into() }
    }

    pub fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown { why: why.into() }
    }

    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }

    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Done => None,
            Self::Failed { why } | Self::Unknown { why } => Some(why),
        }
    }

    pub fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.why() {
            None => f.write_str(self.word()),
            Some(why) => write!(f, "{}: {why}", self.word()),
        }
    }
}
