//! The beats of a past run, and where a person would stop among them.

use chrono::{DateTime, Utc};

use crate::domain::event_text::EventTexts;
use crate::domain::history::{RunRecord, Timeline, TimelineEntry};
use crate::domain::target::Target;

#[derive(Debug, Clone)]
pub struct Script {
    timeline: Timeline,
    stops: Vec<Stop>,
}

/// After so many beats something was told.
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

    /// When the beat after so many of them comes.
    pub fn at(&self, done: usize) -> Option<DateTime<Utc>> {
        self.timeline.at(done)
    }

    /// The entry after so many of them.
    pub fn entry<'a>(&self, record: &'a RunRecord, done: usize) -> Option<TimelineEntry<'a>> {
        self.timeline.entry(record, done)
    }

    /// Which stop it is after so many beats, and of how many.
    pub fn place(&self, done: usize) -> (usize, usize) {
        (self.stops.iter().filter(|stop| stop.after <= done).count(), self.stops.len())
    }

    pub fn next(&self, done: usize) -> Option<usize> {
        self.stops.iter().map(|stop| stop.after).find(|after| *after > done)
    }

    pub fn previous(&self, done: usize) -> Option<usize> {
        self.stops.iter().map(|stop| stop.after).rev().find(|after| *after < done)
    }

    /// With whom it is about.
    pub fn next_failure(&self, done: usize) -> Option<(usize, Option<&Target>)> {
        let next = self.stops.iter().find(|stop| stop.failure && stop.after > done)?;
        Some((next.after, next.who.as_ref()))
    }
}

fn stops(record: &RunRecord, timeline: &Timeline) -> Vec<Stop> {
    let mut texts = EventTexts::default();
    let told = |number: usize| {
        let Some(TimelineEntry::Event(event)) = timeline.entry(record, number) else { return None };
        let told = texts.next(event)?;
        let (failure, who) = (told.tone.is_failure(), told.target.cloned());
        Some(Stop { after: number + 1, failure, who })
    };
    (0..timeline.len()).filter_map(told).collect()
}
