//! What an examination of a target found: one finding for each thing that a release needs there.

use serde::{Deserialize, Serialize};

use crate::base::text::clean_words;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was examined, in a word or two: `docker`, `live include`.
    pub name: String,
    /// What was found, in words.
    pub found: String,
    #[serde(flatten)]
    pub severity: Severity,
}

/// How good that is. Whatever is not good says what puts it right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Severity {
    Good,
    /// Releases work, and something about them will not.
    Warn {
        remedy: String,
    },
    /// A release cannot work like this.
    Bad {
        remedy: String,
    },
    /// It could not be found out.
    Unknown {
        remedy: String,
    },
}

/// One target, examined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Examination {
    Examined(Vec<Finding>),
    /// It could not be asked: why, and what to do.
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

    /// Worst first.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Bad { .. } => 0,
            Self::Unknown { .. } => 1,
            Self::Warn { .. } => 2,
            Self::Good => 3,
        }
    }
}
