//! The targets that a run skips.

use serde::{Deserialize, Serialize};

use super::Plan;
use crate::domain::target::Target;

/// A target that the run skips, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    pub target: Target,
    pub why: String,
}

impl LeftOut {
    /// Returns `web1 is left out: connection refused`.
    pub fn in_words(&self) -> String {
        format!("{} is left out: {}", self.target, self.why)
    }
}

impl Plan {
    /// Returns ` except on web1, web2`, to follow what is said of all targets. Empty: none is left out.
    pub fn except_left_out(&self) -> String {
        let mut names: Vec<&str> = self.left_out.iter().map(|left| left.target.name()).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() { String::new() } else { format!(" except on {}", names.join(", ")) }
    }
}
