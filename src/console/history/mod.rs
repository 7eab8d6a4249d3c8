//! What was: past runs in a list, one of them opened, one of them played again.
//!
//! Journals are read elsewhere: [`Recall`] goes out as an effect, [`Recalled`] comes back as a message.

mod list;
mod opened;
mod replay;
mod script;
mod stage;

use std::path::PathBuf;
use std::sync::Arc;

pub use list::History;
pub use opened::{Entry, Opened, Part};
pub use replay::{Replay, Speed};
pub use stage::{Stage, environment_of};

use crate::domain::past::{Brief, Record};

/// What is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recall {
    /// Every run of this environment and app.
    List,
    Run {
        journal: PathBuf,
        wish: Wish,
    },
}

/// What is to become of a run once it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    Open,
    Play,
    Copy,
}

/// What was read.
#[derive(Debug)]
pub enum Recalled {
    /// Some of the runs; one that cannot be read is told as that.
    Some(Vec<Result<Brief, String>>),
    /// There are no more.
    All,
    Run {
        read: Result<Box<Record>, String>,
        wish: Wish,
    },
}

/// What a person asked for on these pages.
#[derive(Debug, Clone)]
pub enum Asked {
    Read(Recall),
    /// The summary of this one, for a chat.
    Copy(Arc<Record>),
    Play(Arc<Record>),
}
