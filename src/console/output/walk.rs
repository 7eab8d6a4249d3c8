//! Up and down an output by rows of the screen, touching no more lines than are passed.

use std::ops::Range;

use super::paper::Paper;
use super::ring::Ring;
use super::row::Row;

/// The position of a row of the screen: the line, and which of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowPosition {
    pub line: u64,
    pub part: usize,
}

/// A row of the screen with its content.
#[derive(Debug)]
pub struct RowView<'a> {
    pub number: u64,
    pub row: &'a Row,
    pub part: Range<usize>,
    /// Otherwise it continues the row above.
    pub is_first: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Walk<'a> {
    pub ring: &'a Ring,
    pub paper: &'a Paper,
}

impl<'a> Walk<'a> {
    fn height(&self, line: u64) -> usize {
        self.ring.row(line).map_or(1, |row| self.paper.height(row))
    }

    /// The last part of the newest line.
    pub fn last(&self) -> Option<RowPosition> {
        let line = self.ring.end().checked_sub(1)?;
        self.ring.row(line)?;
        Some(RowPosition { line, part: self.height(line) - 1 })
    }

    /// Returns the nearest position that exists, after changes of the lines and of their breaks since.
    pub fn there(&self, position: RowPosition) -> Option<RowPosition> {
        let last = self.last()?;
        if position.line < self.ring.start() {
            return Some(RowPosition { line: self.ring.start(), part: 0 });
        }
        let part = position.part.min(self.height(position.line) - 1);
        Some(RowPosition { part, ..position }.min(last))
    }

    /// So many rows up, as far as there are any.
    pub fn back(&self, from: RowPosition, rows: usize) -> RowPosition {
        let (mut position, mut left) = (from, rows);
        while left > position.part {
            if position.line <= self.ring.start() {
                return RowPosition { line: self.ring.start(), part: 0 };
            }
            left -= position.part + 1;
            let line = position.line - 1;
            position = RowPosition { line, part: self.height(line) - 1 };
        }
        RowPosition { part: position.part - left, ..position }
    }

    /// So many rows down; `None` where there are not so many.
    pub fn on(&self, from: RowPosition, rows: usize) -> Option<RowPosition> {
        let (mut position, mut left) = (from, rows);
        loop {
            let below =
                self.height(position.line) - 1 - position.part.min(self.height(position.line) - 1);
            if left <= below {
                return Some(RowPosition { part: position.part + left, ..position });
            }
            left -= below + 1;
            position = RowPosition { line: position.line + 1, part: 0 };
            if position.line >= self.ring.end() {
                return None;
            }
        }
    }

    /// The last row of the first page; `None` where all there is fits on one.
    pub fn first_page(&self) -> Option<RowPosition> {
        let top = RowPosition { line: self.ring.start(), part: 0 };
        let end = self.on(top, self.paper.rows.max(1) - 1)?;
        (Some(end) != self.last()).then_some(end)
    }

    /// The page that ends there, from its top.
    pub fn page(&self, end: RowPosition) -> Vec<RowView<'a>> {
        let mut seen = Vec::with_capacity(self.paper.rows);
        let (mut line, mut part) = (end.line, end.part);
        while let Some(row) = self.ring.row(line) {
            let parts = self.paper.parts(row);
            for (at, range) in parts.into_iter().enumerate().take(part.saturating_add(1)).rev() {
                if seen.len() == self.paper.rows {
                    break;
                }
                seen.push(RowView { number: line, row, part: range, is_first: at == 0 });
            }
            if seen.len() == self.paper.rows || line == 0 {
                break;
            }
            (line, part) = (line - 1, usize::MAX);
        }
        seen.reverse();
        seen
    }
}
