//! Exit codes. They are documented in README.md and do not change.

use std::process::ExitCode;

use crate::domain::event::Verdict;

/// How the program ended, for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything is as requested, and an observation confirmed it.
    Done = 0,
    Failed = 1,
    /// The command line or the inventory is wrong; nothing was tried.
    Usage = 2,
    /// Whether it happened is unknown.
    Unknown = 3,
    /// Another run holds a lock: nothing was changed, or nothing more once the lock was lost.
    Locked = 4,
    /// It is not allowed in the current state; nothing was changed.
    Refused = 5,
    /// Done on some targets and not on others.
    Partly = 6,
    /// The operator aborted it.
    Aborted = 7,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<&Verdict> for Exit {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Done => Self::Done,
            Verdict::Refused { .. } => Self::Refused,
            Verdict::Locked { .. } | Verdict::LockLost { .. } => Self::Locked,
            Verdict::Partly { .. } => Self::Partly,
            Verdict::Failed { .. } => Self::Failed,
            Verdict::Unknown { .. } => Self::Unknown,
            Verdict::Aborted { .. } => Self::Aborted,
        }
    }
}
