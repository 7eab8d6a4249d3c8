//! Output lines on their way from the engine to the screen: the reading end of the engine's own bounded
//! queue. A host that prints faster than a screen can show fills no memory and does not hold the engine
//! back: lines that find no room are dropped and counted there, and the pane says how many.

use std::collections::BTreeMap;

use tokio::sync::{mpsc, watch};

use crate::domain::event::OutputLine;
use crate::domain::target::Target;

/// How many lines of each target were dropped since the engine started.
type Counts = BTreeMap<Target, u64>;

#[derive(Debug)]
pub struct LineReceiver {
    pub lines: mpsc::Receiver<OutputLine>,
    pub skipped: watch::Receiver<Counts>,
    /// What was shown of the counts already.
    reported: Counts,
}

impl LineReceiver {
    pub fn new(lines: mpsc::Receiver<OutputLine>, skipped: watch::Receiver<Counts>) -> Self {
        Self { lines, skipped, reported: Counts::new() }
    }

    /// Returns a receiver without an engine: no line ever comes.
    pub fn silent() -> Self {
        Self::new(mpsc::channel(1).1, watch::channel(Counts::new()).1)
    }

    /// Returns how many lines of each target were dropped since this was last asked.
    pub fn newly_skipped(&mut self) -> Vec<(Target, u64)> {
        let counts = self.skipped.borrow_and_update().clone();
        let mut new = Vec::new();
        for (target, count) in counts {
            let before = self.reported.insert(target.clone(), count).unwrap_or(0);
            if count > before {
                new.push((target, count - before));
            }
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::HostName;

    #[test]
    fn each_dropped_line_is_reported_once() {
        let web = Target::Host(HostName::new("web1").unwrap());
        let (count, skipped) = watch::channel(Counts::new());
        let mut lines = LineReceiver::new(mpsc::channel(1).1, skipped);
        assert!(lines.newly_skipped().is_empty());
        count.send_modify(|counts| *counts.entry(web.clone()).or_default() += 3);
        assert_eq!(lines.newly_skipped(), [(web.clone(), 3)]);
        assert!(lines.newly_skipped().is_empty());
        count.send_modify(|counts| *counts.entry(web.clone()).or_default() += 2);
        assert_eq!(lines.newly_skipped(), [(web, 2)]);
    }
}
