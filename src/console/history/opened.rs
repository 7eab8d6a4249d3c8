//! One past run, opened: its events as a timeline, and what its hosts printed.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Asked, turned};
use crate::console::dialog::DialogResult;
use crate::console::keys::key::Key;
use crate::domain::event_text::{EventTexts, Tone};
use crate::domain::history::{HostOutput, RunEnding, RunRecord};
use crate::domain::target::Target;

#[derive(Debug, Clone)]
pub struct Opened {
    pub record: Arc<RunRecord>,
    pub entries: Vec<TimelineRow>,
    /// The chosen entry.
    pub at: usize,
    /// Which part the keys are for.
    pub part: Part,
    /// Whose output is shown.
    pub host: Option<Target>,
    /// The number of the last visible output line, from 1.
    pub until: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Timeline,
    Output,
}

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineRow {
    pub at: DateTime<Utc>,
    pub who: Option<Target>,
    pub tone: Tone,
    pub words: String,
}

impl Opened {
    pub fn new(record: Arc<RunRecord>) -> Self {
        let entries = entries(&record);
        let mut opened = Self {
            host: record.output.first().map(|output| output.target.clone()),
            record,
            entries,
            at: 0,
            part: Part::Timeline,
            until: 0,
        };
        // What went wrong is mostly what is looked for.
        let failed = opened.entries.iter().position(|entry| entry.tone.is_failure());
        let last = opened.entries.len().saturating_sub(1);
        opened.choose(failed.unwrap_or(last));
        opened
    }

    pub fn failures(&self) -> usize {
        self.entries.iter().filter(|entry| entry.tone.is_failure()).count()
    }

    pub fn output(&self) -> Option<&HostOutput> {
        let host = self.host.as_ref()?;
        self.record.output.iter().find(|output| output.target == *host)
    }

    pub fn key(&mut self, key: Key) -> DialogResult {
        match key {
            Key::Esc | Key::Char('q') => return DialogResult::Close,
            Key::Char('y') => return DialogResult::Past(Asked::Copy(Arc::clone(&self.record))),
            Key::Char('p') | Key::Enter => {
                return DialogResult::Past(Asked::Play(Arc::clone(&self.record)));
            }
            Key::Tab => {
                self.part = match self.part {
                    Part::Timeline => Part::Output,
                    Part::Output => Part::Timeline,
                }
            }
            Key::Char('f') => self.next_failure(),
            Key::Left => self.turn(|at, of| (at + of - 1) % of),
            Key::Right => self.turn(|at, of| (at + 1) % of),
            key => self.go(key),
        }
        DialogResult::Nothing
    }

    fn go(&mut self, key: Key) {
        let (at, last) = match self.part {
            Part::Timeline => (self.at, self.entries.len().saturating_sub(1)),
            Part::Output => (self.until, self.output().map_or(0, |output| output.lines.len())),
        };
        let Some(to) = turned(key, at, last) else { return };
        match self.part {
            Part::Timeline => self.choose(to),
            Part::Output => self.until = to.clamp(1.min(last), last),
        }
    }

    /// The output goes along: to this host, and to what it had printed by then.
    fn choose(&mut self, at: usize) {
        self.at = at;
        let Some(entry) = self.entries.get(at) else { return };
        let printed = |who: &Target| self.record.output.iter().any(|output| output.target == *who);
        if let Some(who) = entry.who.clone().filter(printed) {
            self.host = Some(who);
        }
        self.go_along();
    }

    fn go_along(&mut self) {
        let Some(at) = self.entries.get(self.at).map(|entry| entry.at) else { return };
        let lines = self.output().map(|output| output.lines.as_slice()).unwrap_or_default();
        self.until = lines.iter().rposition(|line| line.at <= at).map_or(0, |last| last + 1);
    }

    fn next_failure(&mut self) {
        let count = self.entries.len();
        let order = (1..=count).map(|step| (self.at + step) % count);
        let next = order.into_iter().find(|at| self.entries[*at].tone.is_failure());
        if let Some(next) = next {
            self.part = Part::Timeline;
            self.choose(next);
        }
    }

    fn turn(&mut self, to: impl Fn(usize, usize) -> usize) {
        let outputs = &self.record.output;
        let at = outputs.iter().position(|output| Some(&output.target) == self.host.as_ref());
        if let Some(at) = at {
            self.host = Some(outputs[to(at, outputs.len())].target.clone());
            self.go_along();
        }
    }
}

/// The events in words, with what is wrong with the journal where it is wrong, and that it has no end.
fn entries(record: &RunRecord) -> Vec<TimelineRow> {
    let mut texts = EventTexts::default();
    let mut entries = Vec::new();
    let mut damage = record.damage.iter().peekable();
    let mut last = record.events.first().map(|event| event.at).unwrap_or_default();
    for (index, event) in record.events.iter().enumerate() {
        while let Some(damaged) = damage.next_if(|damaged| damaged.after <= index) {
            entries.push(TimelineRow::damaged(damaged.line, &damaged.what, last));
        }
        last = event.at;
        let Some(text) = texts.next(event) else { continue };
        let who = text.target.cloned();
        let more = text.warnings.into_iter().map(|words| (Tone::Warn, words));
        let lines = std::iter::once((text.tone, text.text)).chain(more);
        let entry = |(tone, words)| TimelineRow { at: event.at, who: who.clone(), tone, words };
        entries.extend(lines.map(entry));
    }
    entries.extend(damage.map(|damaged| TimelineRow::damaged(damaged.line, &damaged.what, last)));
    let ending = record.ending();
    let tone = if ending == RunEnding::AtWork { Tone::Work } else { Tone::Unknown };
    let words = ending.why_none().map(str::to_owned);
    entries.extend(words.map(|words| TimelineRow { at: last, who: None, tone, words }));
    entries
}

impl TimelineRow {
    fn damaged(line: usize, what: &str, at: DateTime<Utc>) -> Self {
        let words = format!("line {line} of the journal cannot be read: {what}");
        Self { at, who: None, tone: Tone::Unknown, words }
    }
}
