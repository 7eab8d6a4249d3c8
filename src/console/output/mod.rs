//! The hosts' output, and how it is shown.
//!
//! Every host has a [`Pane`], and all of them together have one more. A row is made once and shared by
//! the two, so that no frame puts anything together anew. [`Paper`] says how rows lie on the screen.

pub mod arrange;
mod failing;
pub mod find;
pub mod follow_log;
mod found;
pub mod lines;
mod log;
mod matching;
mod pane;
mod paper;
mod ring;
mod row;
pub mod save;
mod search;
pub mod update;
pub mod view;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use found::Towards;
pub use log::{FollowedLog, LogSide};
pub use matching::matches;
pub use pane::Pane;
pub use paper::{Fold, LineOptions, Paper, Times};
pub use ring::{Bounds, Ring};
pub use row::{Kind, Row};
pub use walk::RowView;

use crate::domain::event::{OutputLine, Stream};
use crate::domain::target::Target;

/// Whose output is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    #[default]
    One,
    Two,
    Four,
    /// All hosts, in the order in which their lines came.
    All,
}

impl View {
    /// How many panes it has.
    pub fn panes(self) -> usize {
        match self {
            Self::One | Self::All => 1,
            Self::Two => 2,
            Self::Four => 4,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Panes {
    hosts: BTreeMap<Target, Pane>,
    all: Pane,
    bounds: Bounds,
    pub view: View,
    pub line_options: LineOptions,
    /// The hosts of the panes, the first one first.
    pub shown: Vec<Target>,
    /// What they were picked by.
    pub picked_by: PickedBy,
}

/// As long as this stays, so do the panes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PickedBy {
    pub marked: BTreeSet<Target>,
    pub stuck: Vec<Target>,
}

impl Panes {
    pub fn of(hosts: usize) -> Self {
        let bounds = Bounds::among(hosts);
        Self {
            hosts: BTreeMap::new(),
            all: Pane::new("", bounds),
            bounds,
            view: View::default(),
            line_options: LineOptions::default(),
            shown: Vec::new(),
            picked_by: PickedBy::default(),
        }
    }

    pub fn get(&self, target: &Target) -> Option<&Pane> {
        self.hosts.get(target)
    }

    pub fn of_host(&mut self, target: &Target) -> &mut Pane {
        let bounds = self.bounds;
        self.hosts.entry(target.clone()).or_insert_with(|| Pane::new(target.name(), bounds))
    }

    pub fn all(&self) -> &Pane {
        &self.all
    }

    pub fn all_mut(&mut self) -> &mut Pane {
        &mut self.all
    }

    /// Nobody printed anything yet.
    pub fn is_silent(&self) -> bool {
        self.all.ring.is_empty()
    }

    pub fn push(&mut self, line: OutputLine) {
        let target = line.target.clone();
        let row = self.of_host(&target).push(line);
        self.all.add(row);
    }

    pub fn skip(&mut self, target: &Target, lines: u64, at: DateTime<Utc>, note: &str) {
        let row = self.of_host(target).skip(lines, at, note);
        self.all.add_skip(lines, &row);
    }

    /// A line across every output that there is.
    pub fn mark(&mut self, at: DateTime<Utc>) {
        let spoken = self.hosts.values_mut().chain([&mut self.all]);
        spoken.filter(|pane| !pane.ring.is_empty()).for_each(|pane| pane.mark(at));
    }

    /// Of those that there would be panes for, as many as there is room for, the chosen one among them.
    pub fn visible(&self, chosen: Option<&Target>, room: usize) -> &[Target] {
        let at = self.shown.iter().position(|target| Some(target) == chosen).unwrap_or(0);
        let first = (at + 1).saturating_sub(room);
        &self.shown[first..(first + room).min(self.shown.len())]
    }

    /// The one that keys on the output are meant for.
    pub fn in_hand(&self, chosen: Option<&Target>) -> Option<&Pane> {
        match self.view {
            View::All => Some(&self.all),
            _ => self.hosts.get(chosen?),
        }
    }

    /// Where all stand together: the line to read first of the step that failed last.
    pub fn failing_of_all(&self) -> Option<u64> {
        let rows = || self.all.ring.rows(0).rev();
        let (_, end) = rows().find(|(_, row)| row.stream() == Some(Stream::Failed))?;
        let pane = self.hosts.values().find(|pane| pane.is_of(&end.host))?;
        let failing = pane.ring.row(pane.failing?)?;
        rows().find(|(_, row)| std::ptr::eq(*row, failing)).map(|(number, _)| number)
    }
}
