//! The findings of an examination (`doctor`): one for each thing that a release needs on a target.

use serde::{Deserialize, Serialize};

use crate::base::text::clean_words;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was checked, in a word or two: `docker`, `live include`.
    pub name: String,
    /// What was found, as text.
    pub found: String,
    #[serde(flatten)]
    pub severity: Severity,
}

/// The severity of a finding. Every severity but `Good` has a remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Severity {
    Good,
    /// A release works, but something around it does not.
    Warn {
        remedy: String,
    },
    /// A release cannot work.
    Bad {
        remedy: String,
    },
    /// The state could not be determined.
    Unknown {
        remedy: String,
    },
}

/// The result of examining one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Examination {
    Examined(Vec<Finding>),
    /// The target could not be examined. The text says why, and what to do.
    NotAsked {
        why: String,
    },
}

impl Finding {
    fn new(name: &str, found: impl Into<String>, severity: Severity) -> Self {
        let found: String = found.into();
        Self { name: name.to_owned(), found: clean_words(&found), severity }
    }

    pub fn good(name: &str, found: impl Into<String>) -> Self {
        Self::new(name, found, Severity::Good)
    }

    pub fn warn(name: &str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(name, found, Severity::Warn { remedy: remedy.into() })
    }

    pub fn bad(name: &str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(name, found, Severity::Bad { remedy: remedy.into() })
    }

    pub fn unknown(name: &str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(name, found, Severity::Unknown { remedy: remedy.into() })
    }

    pub fn is_good(&self) -> bool {
        self.severity == Severity::Good
    }

    pub fn is_bad(&self) -> bool {
        matches!(self.severity, Severity::Bad { .. })
    }
}

impl Severity {
    pub fn remedy(&self) -> Option<&str> {
        match self {
            Self::Good => None,
            Self::Warn { remedy } | Self::Bad { remedy } | Self::Unknown { remedy } => Some(remedy),
        }
    }

    /// Returns the sort rank, the worst severity first.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Bad { .. } => 0,
            Self::Unknown { .. } => 1,
            Self::Warn { .. } => 2,
            Self::Good => 3,
        }
    }
}
