//! What a person decides about a run before it is planned.

use super::{FailurePolicy, Selection, Width};
use crate::domain::phase::Phase;
use crate::domain::release::Release;
use crate::domain::rollback::RollbackGoal;

/// A person's request for one run. `Environment::intent` completes it with what the inventory says.
#[derive(Debug, Clone)]
pub struct RunRequest {
    pub phase: Phase,
    pub release: Option<Release>,
    pub goal: Option<RollbackGoal>,
    pub selection: Selection,
    /// `None`: as the inventory says.
    pub policy: Option<FailurePolicy>,
    /// `None`: as the inventory says.
    pub width: Option<Width>,
    pub reason: Option<String>,
}

impl RunRequest {
    /// Returns the request for a phase on all hosts, with nothing else decided.
    pub fn new(phase: Phase) -> Self {
        Self {
            phase,
            release: None,
            goal: None,
            selection: Selection::All,
            policy: None,
            width: None,
            reason: None,
        }
    }
}
