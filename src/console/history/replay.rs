//! A past run played again: where the playback stands. What it shows is the [`Stage`] of the state.
//!
//! [`Stage`]: crate::console::app::state::Stage

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Asked;
use super::script::Script;
use crate::console::dialog::DialogResult;
use crate::console::keys::key::Key;
use crate::domain::history::RunRecord;

/// Where nothing happened for long, nobody waits longer than this.
pub const LONGEST_WAIT: Duration = Duration::from_secs(3);

#[derive(Debug, Clone)]
pub struct Replay {
    pub record: Arc<RunRecord>,
    pub script: Script,
    /// So many entries of the timeline were shown.
    pub done: usize,
    /// When the last of them was.
    pub reached: DateTime<Utc>,
    /// How long the next one was waited for.
    pub waited: Duration,
    pub ticked: Option<Duration>,
    pub playing: bool,
    pub speed: Speed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speed {
    X1,
    X4,
    X16,
    X64,
}

impl Speed {
    const ALL: [Self; 4] = [Self::X1, Self::X4, Self::X16, Self::X64];

    pub fn times(self) -> u32 {
        match self {
            Self::X1 => 1,
            Self::X4 => 4,
            Self::X16 => 16,
            Self::X64 => 64,
        }
    }

    #[must_use]
    pub fn faster(self) -> Self {
        Self::ALL.into_iter().find(|other| *other > self).unwrap_or(self)
    }

    #[must_use]
    pub fn slower(self) -> Self {
        Self::ALL.into_iter().rev().find(|other| *other < self).unwrap_or(self)
    }
}

impl Replay {
    pub fn new(record: Arc<RunRecord>) -> Self {
        Self {
            script: Script::of(&record),
            reached: record.events.first().map(|event| event.at).unwrap_or_default(),
            record,
            done: 0,
            waited: Duration::ZERO,
            ticked: None,
            playing: true,
            speed: Speed::X4,
        }
    }

    pub fn is_over(&self) -> bool {
        self.done >= self.script.len()
    }

    /// Which event of how many.
    pub fn place(&self) -> (usize, usize) {
        self.script.position(self.done)
    }

    /// The time that is waited through now, where that is longer than anybody would wait.
    pub fn cut_short(&self) -> Option<Duration> {
        let gap = self.gap()?;
        (gap / self.speed.times() > LONGEST_WAIT).then_some(gap)
    }

    /// From the last entry to the next, as it was.
    pub fn gap(&self) -> Option<Duration> {
        Some((self.script.at(self.done)? - self.reached).to_std().unwrap_or_default())
    }

    /// No time passed in it behind another card.
    pub fn uncovered(&mut self) {
        self.ticked = None;
    }

    pub fn key(&self, key: Key) -> DialogResult {
        match key {
            Key::Esc | Key::Char('q') => DialogResult::Close,
            Key::Char('y') => DialogResult::Past(Asked::Copy(Arc::clone(&self.record))),
            key => DialogResult::Replay(key),
        }
    }
}
