//! One output, and which part of it is looked at.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::failing;
use super::found::Found;
use super::paper::Paper;
use super::ring::{Bounds, Ring};
use super::row::Row;
use super::walk::{RowPosition, RowView, Walk};
use crate::domain::event::{OutputLine, Stream};

#[derive(Debug, Clone)]
pub struct Pane {
    /// What came last.
    pub ring: Ring,
    /// `None`: the newest line is at the bottom, whatever comes.
    held: Option<Held>,
    pub found: Option<Found>,
    host: Arc<str>,
    /// The step that prints now, or printed last: its first row, and when it began.
    step: Option<(u64, DateTime<Utc>)>,
    /// The line to read first of the last step that failed.
    pub failing: Option<u64>,
    /// The line that a person drew last.
    pub marked: Option<u64>,
    /// How many lines came too fast for the screen.
    pub skipped: u64,
}

/// A place that a person reads. The rows around it are kept while others come and go.
#[derive(Debug, Clone)]
struct Held {
    ring: Ring,
    last: RowPosition,
}

impl Pane {
    pub fn new(host: &str, bounds: Bounds) -> Self {
        Self {
            ring: Ring::new(bounds),
            held: None,
            found: None,
            host: host.into(),
            step: None,
            failing: None,
            marked: None,
            skipped: 0,
        }
    }

    pub fn is_of(&self, host: &str) -> bool {
        *self.host == *host
    }

    pub fn push(&mut self, line: OutputLine) -> Arc<Row> {
        let stream = line.stream;
        if stream == Stream::Begins {
            self.step = Some((self.ring.end(), line.at));
        }
        let began = self.step.map(|(_, began)| began);
        let row = Arc::new(Row::line(line, Arc::clone(&self.host), began));
        self.add(Arc::clone(&row));
        if matches!(stream, Stream::Failed | Stream::Unknown) {
            let from = self.step.map_or(self.ring.start(), |(first, _)| first);
            self.failing = failing::first(&self.ring, from);
        }
        row
    }

    pub fn skip(&mut self, lines: u64, at: DateTime<Utc>, note: &str) -> Arc<Row> {
        let row = Arc::new(Row::skipped(lines, at, Arc::clone(&self.host), note));
        self.add_skip(lines, &row);
        row
    }

    /// A row of a host, where those of all stand together.
    pub fn add(&mut self, row: Arc<Row>) {
        self.ring.push(row);
        self.caught_up();
    }

    pub fn add_skip(&mut self, lines: u64, row: &Arc<Row>) {
        self.skipped += lines;
        self.ring.skip(row);
        self.caught_up();
    }

    pub fn mark(&mut self, at: DateTime<Utc>) {
        self.marked = Some(self.ring.end());
        self.add(Arc::new(Row::mark(at, Arc::clone(&self.host))));
    }

    fn caught_up(&mut self) {
        if let (Some(found), None) = (&mut self.found, &self.held) {
            found.catch_up(&self.ring);
        }
    }

    /// The rows that are looked at.
    pub fn rows(&self) -> &Ring {
        self.held.as_ref().map_or(&self.ring, |held| &held.ring)
    }

    pub fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Lines that are further down than what is seen.
    pub fn below(&self) -> u64 {
        self.held.as_ref().map_or(0, |held| self.ring.end().saturating_sub(held.last.line + 1))
    }

    fn walk<'a>(&'a self, paper: &'a Paper) -> Walk<'a> {
        Walk { ring: self.rows(), paper }
    }

    fn bottom(&self, walk: Walk<'_>) -> Option<RowPosition> {
        match &self.held {
            None => walk.last(),
            Some(held) => walk.there(held.last),
        }
    }

    /// What is seen, from the top.
    pub fn page<'a>(&'a self, paper: &'a Paper) -> Vec<RowView<'a>> {
        let walk = self.walk(paper);
        self.bottom(walk).map(|end| walk.page(end)).unwrap_or_default()
    }

    /// Towards older rows, but not beyond a full page of the oldest.
    pub fn up(&mut self, rows: usize, paper: &Paper) {
        let walk = self.walk(paper);
        let (Some(here), Some(first)) = (self.bottom(walk), walk.first_page()) else { return };
        let there = walk.back(here, rows).max(first);
        self.hold(there);
    }

    /// Towards newer rows; at the newest it follows again.
    pub fn down(&mut self, rows: usize, paper: &Paper) {
        self.catch_up();
        let Some(held) = &self.held else { return };
        let walk = self.walk(paper);
        let there = walk.there(held.last).and_then(|here| walk.on(here, rows));
        match there {
            Some(there) if Some(there) != walk.last() => self.hold(there),
            _ if self.rows().end() == self.ring.end() => self.follow(),
            _ => self.leap(paper),
        }
    }

    pub fn top(&mut self, paper: &Paper) {
        if let Some(first) = self.walk(paper).first_page() {
            self.hold(first);
        }
    }

    pub fn follow(&mut self) {
        self.held = None;
        self.caught_up();
    }

    /// Held, with that line in the upper third, so that what came of it is seen too.
    pub fn show(&mut self, line: u64, paper: &Paper) {
        let walk = self.walk(paper);
        let Some(last) = walk.last() else { return };
        let below = paper.rows.saturating_sub(1 + paper.rows / 3);
        let end =
            walk.there(RowPosition { line, part: 0 }).and_then(|position| walk.on(position, below));
        let end = end.unwrap_or(last).max(walk.first_page().unwrap_or(last));
        self.hold(end);
    }

    pub fn sees(&self, line: u64, paper: &Paper) -> bool {
        self.page(paper).iter().any(|seen| seen.number == line)
    }

    fn hold(&mut self, last: RowPosition) {
        match &mut self.held {
            Some(held) => held.last = last,
            None => self.held = Some(Held { ring: self.ring.clone(), last }),
        }
    }

    /// What came since belongs to what is read, as long as nothing between the two was forgotten.
    pub fn catch_up(&mut self) {
        let Some(held) = &mut self.held else { return };
        if self.ring.start() <= held.last.line {
            held.ring = self.ring.clone();
            if let Some(found) = &mut self.found {
                found.catch_up(&held.ring);
            }
        }
    }

    /// Over a gap of lines that are not kept, to the oldest that are.
    fn leap(&mut self, paper: &Paper) {
        self.follow();
        self.top(paper);
    }
}
