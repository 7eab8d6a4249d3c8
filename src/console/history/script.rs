//! The timeline of a past run with the entries where a replay stops.

use chrono::{DateTime, Utc};

use crate::domain::event_text::EventTexts;
use crate::domain::history::{RunRecord, Timeline, TimelineEntry};
use crate::domain::target::Target;

#[derive(Debug, Clone)]
pub struct Script {
    timeline: Timeline,
    stops: Vec<Stop>,
}

/// A stop: the number of entries after which an event with a text came.
#[derive(Debug, Clone)]
struct Stop {
    after: usize,
    failure: bool,
    who: Option<Target>,
}

impl Script {
    pub fn of(record: &RunRecord) -> Self {
        let timeline = Timeline::of(record);
        let stops = stops(record, &timeline);
        Self { timeline, stops }
    }

    pub fn len(&self) -> usize {
        self.timeline.len()
    }

    /// Returns the time of the entry with this number.
    pub fn at(&self, done: usize) -> Option<DateTime<Utc>> {
        self.timeline.at(done)
    }

    /// Returns the entry with this number.
    pub fn entry<'a>(&self, record: &'a RunRecord, done: usize) -> Option<TimelineEntry<'a>> {
        self.timeline.entry(record, done)
    }

    /// Returns the number of stops among the first `done` entries, and of all stops.
    pub fn position(&self, done: usize) -> (usize, usize) {
        (self.stops.iter().filter(|stop| stop.after <= done).count(), self.stops.len())
    }

    pub fn next(&self, done: usize) -> Option<usize> {
        self.stops.iter().map(|stop| stop.after).find(|after| *after > done)
    }

    pub fn previous(&self, done: usize) -> Option<usize> {
        self.stops.iter().map(|stop| stop.after).rev().find(|after| *after < done)
    }

    /// Returns the next failure, and its target.
    pub fn next_failure(&self, done: usize) -> Option<(usize, Option<&Target>)> {
        let next = self.stops.iter().find(|stop| stop.failure && stop.after > done)?;
        Some((next.after, next.who.as_ref()))
    }
}

fn stops(record: &RunRecord, timeline: &Timeline) -> Vec<Stop> {
    let mut texts = EventTexts::default();
    let stop = |number: usize| {
        let Some(TimelineEntry::Event(event)) = timeline.entry(record, number) else { return None };
        let text = texts.next(event)?;
        let (failure, who) = (text.tone.is_failure(), text.target.cloned());
        Some(Stop { after: number + 1, failure, who })
    };
    (0..timeline.len()).filter_map(stop).collect()
}
