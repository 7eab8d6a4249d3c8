//! The way of output lines from the engine to the screen. It is bounded: a host that talks faster
//! than a screen can show must not fill the console's memory, nor hold the engine back. Lines that
//! find no room are not shown, but they are counted, and the pane says so.

use std::collections::BTreeMap;

use tokio::sync::{mpsc, watch};

use crate::domain::event::OutputLine;
use crate::domain::target::Target;

/// Some seconds of a talkative fleet.
const ROOM: usize = 4_096;

type Counts = BTreeMap<Target, u64>;

#[derive(Debug, Clone)]
pub struct LineSender {
    lines: mpsc::Sender<OutputLine>,
    skipped: watch::Sender<Counts>,
}

#[derive(Debug)]
pub struct LineReceiver {
    pub(super) lines: mpsc::Receiver<OutputLine>,
    pub(super) skipped: watch::Receiver<Counts>,
    told: Counts,
}

pub fn channel() -> (LineSender, LineReceiver) {
    let (line_sender, lines) = mpsc::channel(ROOM);
    let (skip_sender, skipped) = watch::channel(Counts::new());
    let sender = LineSender { lines: line_sender, skipped: skip_sender };
    (sender, LineReceiver { lines, skipped, told: Counts::new() })
}

impl LineSender {
    /// Never waits.
    pub fn send(&self, line: OutputLine) {
        if let Err(mpsc::error::TrySendError::Full(line)) = self.lines.try_send(line) {
            self.skip(&line.target, 1);
        }
    }

    /// So many lines of the target will not come.
    pub fn skip(&self, target: &Target, lines: u64) {
        if lines > 0 {
            self.skipped.send_modify(|counts| *counts.entry(target.clone()).or_default() += lines);
        }
    }
}

impl LineReceiver {
    /// How many lines wait, and how many were ever skipped.
    pub fn standing(&self) -> (usize, u64) {
        (self.lines.len(), self.skipped.borrow().values().sum())
    }

    /// What was skipped since this was last asked.
    pub(super) fn newly_skipped(&mut self) -> Vec<(Target, u64)> {
        let counts = self.skipped.borrow_and_update().clone();
        let mut news = Vec::new();
        for (target, count) in counts {
            let before = self.told.insert(target.clone(), count).unwrap_or(0);
            if count > before {
                news.push((target, count - before));
            }
        }
        news
    }
}
