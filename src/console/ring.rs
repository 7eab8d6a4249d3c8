//! The last lines of one target's output. All of them are in the target's file; this is the window.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use unicode_width::UnicodeWidthStr;

use crate::domain::event::{OutputLine, Stream};

/// More than anyone scrolls through, and small enough to forget about.
pub const CAPACITY: usize = 5_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub at: DateTime<Utc>,
    pub kind: Kind,
    pub text: Box<str>,
    /// In cells, measured once when the line came.
    pub width: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Line(Stream),
    /// So many lines came faster than the screen took them.
    Skipped(u64),
}

/// Rows are numbered from the first that ever came, so that a place in the output stays the same
/// place while rows before it are forgotten.
#[derive(Debug, Clone, Default)]
pub struct Ring {
    rows: VecDeque<Row>,
    forgotten: u64,
}

impl Ring {
    pub fn push(&mut self, line: OutputLine) {
        let width = line.text.width();
        let row = Row { at: line.at, kind: Kind::Line(line.stream), text: line.text.into(), width };
        self.add(row);
    }

    /// Skips in a row are one skip.
    pub fn skip(&mut self, lines: u64, at: DateTime<Utc>) {
        if let Some(Row { kind: Kind::Skipped(before), .. }) = self.rows.back_mut() {
            *before += lines;
        } else {
            self.add(Row { at, kind: Kind::Skipped(lines), text: "".into(), width: 0 });
        }
    }

    fn add(&mut self, row: Row) {
        if self.rows.len() == CAPACITY {
            self.rows.pop_front();
            self.forgotten += 1;
        }
        self.rows.push_back(row);
    }

    /// The number of the first row still known.
    pub fn start(&self) -> u64 {
        self.forgotten
    }

    /// The number after the last row.
    pub fn end(&self) -> u64 {
        self.forgotten + self.rows.len() as u64
    }

    /// How many rows are known.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn row(&self, number: u64) -> Option<&Row> {
        let index = number.checked_sub(self.forgotten)?;
        self.rows.get(usize::try_from(index).ok()?)
    }
}
