//! What was: past runs in a list, one of them opened, one of them played again.
//!
//! Journals are read elsewhere: [`HistoryRequest`] goes out as an effect, [`HistoryReply`] comes back as a message.

pub mod highlights;
mod list;
mod opened;
pub mod playback;
mod replay;
pub mod reply;
mod script;
mod stage;
pub mod summary;
pub mod update;
pub mod view;

use std::path::PathBuf;
use std::sync::Arc;

pub use list::History;
pub use opened::{Opened, Part, TimelineRow};
pub use replay::{LONGEST_WAIT, Replay, Speed};

pub use crate::console::app::state::Stage;
pub use stage::environment_of;

use crate::console::keys::key::Key;
use crate::domain::history::{RunRecord, RunSummary};

/// A page of a list, whatever the screen: near enough.
const PAGE: usize = 10;

/// What is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryRequest {
    /// Every run of this environment and app.
    List,
    /// The newest of them.
    Last,
    Run {
        journal: PathBuf,
        wish: RunPurpose,
    },
}

/// What is to become of a run once it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunPurpose {
    Open,
    Play,
    Copy,
}

/// What was read.
#[derive(Debug)]
pub enum HistoryReply {
    /// Some of the runs, with an error for each that cannot be read.
    Some(Vec<Result<RunSummary, String>>),
    /// There are no more.
    All,
    Last(Box<RunSummary>),
    Run {
        read: Result<Box<RunRecord>, String>,
        wish: RunPurpose,
    },
}

/// A person's request on these pages.
#[derive(Debug, Clone)]
pub enum Asked {
    Read(HistoryRequest),
    /// Copy this run's summary, for a chat.
    Copy(Arc<RunRecord>),
    Play(Arc<RunRecord>),
}

/// Where a key of a pager leads from one line of a list to; `None`: it leads nowhere.
fn turned(key: Key, at: usize, last: usize) -> Option<usize> {
    let to = match key {
        Key::Down | Key::Char('j') => at + 1,
        Key::Up | Key::Char('k') => at.saturating_sub(1),
        Key::PageDown | Key::Ctrl('f') => at + PAGE,
        Key::PageUp | Key::Ctrl('b') => at.saturating_sub(PAGE),
        Key::Home | Key::Char('g') => 0,
        Key::End | Key::Char('G') => last,
        _ => return None,
    };
    Some(to.min(last))
}
