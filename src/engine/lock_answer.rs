//! The answer of a lock, which is on a host or a resource of an API.

use thiserror::Error;

/// The exit code of a lock's command, and what it printed.
pub type LockAnswer = Result<(i32, String), LockCommandError>;

/// Why a command of a lock has no exit code.
#[derive(Debug, Error)]
pub enum LockCommandError {
    #[error("{0}")]
    NotStarted(String),
    #[error("{0}")]
    NotKnown(String),
}

/// Why a lock was not removed, or it is not known whether it was.
#[derive(Debug, Error)]
pub enum LockRemovalError {
    #[error("this target has no lock to remove")]
    NoLock,
    #[error("{0}")]
    NoAnswer(#[from] LockCommandError),
    #[error("exit {code}: {output}")]
    Failed { code: i32, output: String },
}
