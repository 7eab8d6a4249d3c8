//! The answer of a lock, which is on a host or a resource of an API.

/// The exit code of a lock's command, and what it printed.
pub type LockAnswer = Result<(i32, String), LockCommandError>;

/// Why a command of a lock has no exit code.
pub enum LockCommandError {
    NotStarted(String),
    NotKnown(String),
}

impl LockCommandError {
    pub fn why(self) -> String {
        match self {
            Self::NotStarted(why) | Self::NotKnown(why) => why,
        }
    }
}
