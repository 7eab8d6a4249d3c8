//! Up and down an output by rows of the screen, touching no more lines than are passed.

use std::ops::Range;

use super::paper::Paper;
use super::ring::Ring;
use super::row::Row;

/// A row of the screen: the line, and which of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    pub line: u64,
    pub part: usize,
}

/// A row of the screen with what is on it.
#[derive(Debug)]
pub struct Seen<'a> {
    pub number: u64,
    pub row: &'a Row,
    pub part: Range<usize>,
    /// Else it goes on from the row above.
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
    pub fn last(&self) -> Option<Spot> {
        let line = self.ring.end().checked_sub(1)?;
        self.ring.row(line)?;
        Some(Spot { line, part: self.height(line) - 1 })
    }

    /// The nearest spot that is there, whatever became of the lines and of their breaks since.
    pub fn there(&self, spot: Spot) -> Option<Spot> {
        let last = self.last()?;
        if spot.line < self.ring.start() {
            return Some(Spot { line: self.ring.start(), part: 0 });
        }
        let part = spot.part.min(self.height(spot.line) - 1);
        Some(Spot { part, ..spot }.min(last))
    }

    /// So many rows up, as far as there are any.
    pub fn back(&self, from: Spot, rows: usize) -> Spot {
        let (mut spot, mut left) = (from, rows);
        while left > spot.part {
            if spot.line <= self.ring.start() {
                return Spot { line: self.ring.start(), part: 0 };
            }
            left -= spot.part + 1;
            let line = spot.line - 1;
            spot = Spot { line, part: self.height(line) - 1 };
        }
        Spot { part: spot.part - left, ..spot }
    }

    /// So many rows down; `None` where there are not so many.
    pub fn on(&self, from: Spot, rows: usize) -> Option<Spot> {
        let (mut spot, mut left) = (from, rows);
        loop {
            let below = self.height(spot.line) - 1 - spot.part.min(self.height(spot.line) - 1);
            if left <= below {
                return Some(Spot { part: spot.part + left, ..spot });
            }
            left -= below + 1;
            spot = Spot { line: spot.line + 1, part: 0 };
            if spot.line >= self.ring.end() {
                return None;
            }
        }
    }

    /// The last row of the first page; `None` where all there is fits on one.
    pub fn first_page(&self) -> Option<Spot> {
        let top = Spot { line: self.ring.start(), part: 0 };
        let end = self.on(top, self.paper.rows.max(1) - 1)?;
        (Some(end) != self.last()).then_some(end)
    }

    /// The page that ends there, from its top.
    pub fn page(&self, end: Spot) -> Vec<Seen<'a>> {
        let mut seen = Vec::with_capacity(self.paper.rows);
        let (mut line, mut part) = (end.line, end.part);
        while let Some(row) = self.ring.row(line) {
            let parts = self.paper.parts(row);
            for (at, range) in parts.into_iter().enumerate().take(part.saturating_add(1)).rev() {
                if seen.len() == self.paper.rows {
                    break;
                }
                seen.push(Seen { number: line, row, part: range, is_first: at == 0 });
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
