//! A past run as beats in time: its events and its hosts' lines, each where it belongs.

use chrono::{DateTime, Utc};

use super::RunRecord;
use crate::domain::event::{Event, OutputLine};
use crate::domain::target::Target;

/// One thing that was written down.
#[derive(Debug, Clone, Copy)]
pub enum TimelineEntry<'a> {
    Line(&'a OutputLine),
    /// So many lines of the target are only in its file.
    LeftOut {
        target: &'a Target,
        lines: u64,
    },
    Event(&'a Event),
}

/// Where a beat is found in its record.
#[derive(Debug, Clone, Copy)]
enum Spot {
    Line { output: usize, line: usize },
    LeftOut { output: usize, lines: u64 },
    Event(usize),
}

/// The order of them all.
#[derive(Debug, Clone)]
pub struct Timeline(Vec<(DateTime<Utc>, Spot)>);

impl Timeline {
    pub fn of(record: &RunRecord) -> Self {
        let mut timeline = lines(record);
        let mut latest = DateTime::<Utc>::MIN_UTC;
        // Events keep their order, whatever a clock that was set back says.
        for (index, event) in record.events.iter().enumerate() {
            latest = latest.max(event.at);
            timeline.push((latest, Spot::Event(index)));
        }
        // Stable: of what has one time, lines come first, since an end is told after the last line.
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

    /// Of the record that they were made of.
    pub fn beat<'a>(&self, record: &'a RunRecord, number: usize) -> Option<TimelineEntry<'a>> {
        Some(match self.0.get(number)?.1 {
            Spot::Event(index) => TimelineEntry::Event(record.events.get(index)?),
            Spot::Line { output, line } => {
                TimelineEntry::Line(record.output.get(output)?.lines.get(line)?)
            }
            Spot::LeftOut { output, lines } => {
                TimelineEntry::LeftOut { target: &record.output.get(output)?.target, lines }
            }
        })
    }
}

fn lines(record: &RunRecord) -> Vec<(DateTime<Utc>, Spot)> {
    let mut timeline = Vec::new();
    for (output, host) in record.output.iter().enumerate() {
        let mut latest = DateTime::<Utc>::MIN_UTC;
        for (line, printed) in host.lines.iter().enumerate() {
            latest = latest.max(printed.at);
            if let Some((_, lines)) = host.left_out.filter(|(before, _)| *before == line) {
                timeline.push((latest, Spot::LeftOut { output, lines }));
            }
            timeline.push((latest, Spot::Line { output, line }));
        }
    }
    timeline
}
