//! Why there is no answer to what was asked of a target.

use std::time::Duration;

use thiserror::Error;

use crate::transport::{Ending, Unanswered};

#[derive(Debug, Error)]
pub enum NoAnswer {
    #[error("{0}")]
    Unreachable(String),
    #[error("it did not answer within {} s", .0.as_secs())]
    Late(Duration),
    #[error("the command was killed by {0}")]
    Killed(String),
    #[error("the command was stopped")]
    Stopped,
    #[error("a command needs a host")]
    NoHost,
    /// The platform asks what an observation cannot do.
    #[error("an observation cannot wait or ask")]
    NotAQuestion,
    #[error("{0}")]
    Request(#[from] Unanswered),
    #[error("this platform has nothing to examine on a target")]
    NothingToExamine,
}

impl NoAnswer {
    /// Returns the exit code of a command that only reads, or why it has none.
    pub fn code(ending: Ending, patience: Duration) -> Result<i32, Self> {
        match ending {
            Ending::Exited(code) => Ok(code),
            Ending::NotStarted(why) | Ending::Lost(why) => Err(Self::Unreachable(why)),
            Ending::Signalled(signal) => Err(Self::Killed(signal)),
            Ending::TimedOut { .. } | Ending::Stalled { .. } => Err(Self::Late(patience)),
            Ending::Cancelled { .. } => Err(Self::Stopped),
        }
    }
}
