//! Why a command ended without a result, and its exit code.

use crate::headless::exit::Exit;

/// Why a command ended without a result, as text for a person.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line, the inventory or a settings file is wrong. Nothing was tried.
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Failed(String),
    #[error("{0}")]
    Journal(#[from] crate::engine::journal_reader::ReadError),
    #[error("{0}")]
    Refused(String),
}

impl CliError {
    pub fn engine_gone() -> Self {
        Self::Failed("The engine ended before it answered.".to_owned())
    }

    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Io(_) | Self::Journal(_) | Self::Failed(_) => Exit::Failed,
            Self::Refused(_) => Exit::Refused,
        }
    }
}
