//! The timeline of a past run: its events and its output lines in the order of time.

use chrono::{DateTime, Utc};

use super::RunRecord;
use crate::domain::event::{Event, OutputLine};
use crate::domain::target::Target;

/// One entry of the timeline.
#[derive(Debug, Clone, Copy)]
pub enum TimelineEntry<'a> {
    Line(&'a OutputLine),
    /// How many lines of the target are only in its file.
    LeftOut {
        target: &'a Target,
        lines: u64,
    },
    Event(&'a Event),
}

/// The position of an entry in its record.
#[derive(Debug, Clone, Copy)]
enum Position {
    Line { output: usize, line: usize },
    LeftOut { output: usize, lines: u64 },
    Event(usize),
}

/// The order of all entries of a record.
#[derive(Debug, Clone)]
pub struct Timeline(Vec<(DateTime<Utc>, Position)>);

impl Timeline {
    pub fn of(record: &RunRecord) -> Self {
        let mut timeline = lines(record);
        let mut latest = DateTime::<Utc>::MIN_UTC;
        // Events keep their order, even where the clock was set back during the run.
        for (index, event) in record.events.iter().enumerate() {
            latest = latest.max(event.at);
            timeline.push((latest, Position::Event(index)));
        }
        // The sort is stable: at equal times lines come first, since a step's end is recorded after its last line.
        timeline.sort_by_key(|(at, _)| *at);
        Self(timeline)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn at(&self, number: usize) -> Option<DateTime<Utc>> {
        self.0.get(number).map(|(at, _)| *at)
    }

    /// Returns an entry. `record` must be the one that the timeline was made from.
    pub fn entry<'a>(&self, record: &'a RunRecord, number: usize) -> Option<TimelineEntry<'a>> {
        Some(match self.0.get(number)?.1 {
            Position::Event(index) => TimelineEntry::Event(record.events.get(index)?),
            Position::Line { output, line } => {
                TimelineEntry::Line(record.output.get(output)?.lines.get(line)?)
            }
            Position::LeftOut { output, lines } => {
                TimelineEntry::LeftOut { target: &record.output.get(output)?.target, lines }
            }
        })
    }
}

fn lines(record: &RunRecord) -> Vec<(DateTime<Utc>, Position)> {
    let mut timeline = Vec::new();
    for (output, host) in record.output.iter().enumerate() {
        let mut latest = DateTime::<Utc>::MIN_UTC;
        for (line, printed) in host.lines.iter().enumerate() {
            latest = latest.max(printed.at);
            if let Some((_, lines)) = host.left_out.filter(|(before, _)| *before == line) {
                timeline.push((latest, Position::LeftOut { output, lines }));
            }
            timeline.push((latest, Position::Line { output, line }));
        }
    }
    timeline
}
