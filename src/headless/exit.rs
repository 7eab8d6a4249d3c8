//! Exit codes. They are documented in README.md and do not change.

use std::process::ExitCode;

use crate::domain::event::Verdict;

/// How the program ended, for whoever started it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for is so, and was seen to be so.
    Done = 0,
    Failed = 1,
    /// The command line or the inventory is wrong; nothing was tried.
    Usage = 2,
    /// It is not known whether it happened.
    Unknown = 3,
    /// Another run holds a lock: nothing was changed, or nothing more once the lock was lost.
    Locked = 4,
    /// It must not be done as things are; nothing was changed.
    Refused = 5,
    /// Done on some targets and not on others.
    Partly = 6,
    /// The operator stopped it.
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
