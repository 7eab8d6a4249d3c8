//! When a wait begins.

use serde::{Deserialize, Serialize};

/// When a wait begins, relative to the step before it in its track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitStart {
    /// After that step is done.
    #[default]
    AfterDone,
    /// Also after that step ended with an unknown outcome. What is waited for is then the proof that it happened: the
    /// target may still be at work on a request whose answer was lost, and must not get the same request meanwhile.
    AfterUnknown,
}

impl WaitStart {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    pub(in crate::domain) fn is_after_done(&self) -> bool {
        *self == Self::AfterDone
    }
}
