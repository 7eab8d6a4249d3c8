//! How rows lie on the screen: what stands in front of them, and where a long one is broken.
//! Only the rows that are asked for are ever touched.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthChar;

use super::row::{Kind, Row};
use crate::domain::event::Stream;

/// How lines are shown, as a person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineOptions {
    pub fold: Fold,
    pub times: Times,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fold {
    /// A long line continues in the next row.
    #[default]
    Wrapped,
    /// It is cut, and shown from this cell on.
    Cut { from: usize },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    #[default]
    Clock,
    /// Since the step began.
    Step,
    Off,
}

impl Times {
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Clock => Self::Step,
            Self::Step => Self::Off,
            Self::Off => Self::Clock,
        }
    }
}

/// The place where an output is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paper {
    pub cells: usize,
    pub rows: usize,
    /// Cells for the name of the host, where rows of many stand together.
    pub names: usize,
    pub line_options: LineOptions,
}

/// In cells.
const NARROW: usize = 44;

impl Paper {
    /// The rows of a page: one row stays visible.
    pub fn page(&self) -> usize {
        self.rows.max(2) - 1
    }

    /// Where there is hardly room for words there is none for the time.
    pub fn times(&self) -> Times {
        if self.cells < NARROW { Times::Off } else { self.line_options.times }
    }

    /// The cells in front of the text: time, sign, name, and the stroke of a heading.
    pub fn front(&self, row: &Row) -> usize {
        let time = if self.times() == Times::Off { 0 } else { 8 };
        let name = if self.names > 0 { self.names + 1 } else { 0 };
        let stroke = match row.kind {
            Kind::Line(Stream::Begins) => 3,
            Kind::Line(stream) if stream.ends() => 2,
            _ => 0,
        };
        time + 3 + name + stroke
    }

    /// The text in parts, as bytes from where to where, one for each row on the screen; at least one.
    pub fn parts(&self, row: &Row) -> Vec<Range<usize>> {
        let room = self.cells.saturating_sub(self.front(row)).max(1);
        let from = |byte| std::iter::once(byte..row.text.len()).collect();
        match self.line_options.fold {
            Fold::Cut { from: cell } => from(skipped(&row.text, cell)),
            Fold::Wrapped if row.width <= room || row.is_one_row() => from(0),
            Fold::Wrapped if row.width == row.text.len() => even(row.text.len(), room),
            Fold::Wrapped => broken(&row.text, room),
        }
    }

    pub fn height(&self, row: &Row) -> usize {
        self.parts(row).len()
    }
}

/// Every letter is one byte and one cell.
fn even(bytes: usize, room: usize) -> Vec<Range<usize>> {
    (0..bytes).step_by(room).map(|from| from..(from + room).min(bytes)).collect()
}

/// A letter that is wider than what is left of a row begins the next one.
fn broken(text: &str, room: usize) -> Vec<Range<usize>> {
    let (mut parts, mut from, mut used) = (Vec::new(), 0, 0);
    for (at, letter) in text.char_indices() {
        let width = letter.width().unwrap_or(0);
        if used + width > room && used > 0 {
            parts.push(from..at);
            (from, used) = (at, 0);
        }
        used += width;
    }
    parts.push(from..text.len());
    parts
}

/// The byte at which so many cells are passed.
fn skipped(text: &str, cells: usize) -> usize {
    let mut used = 0;
    for (at, letter) in text.char_indices() {
        if used >= cells {
            return at;
        }
        used += letter.width().unwrap_or(0);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_are_not_cut_in_two() {
        let parts = broken("日本語abc", 5);
        assert_eq!(parts, [0..6, 6..12], "two wide ones, then one and three narrow ones");
        assert_eq!(broken("größe", 3), [0..4, 4..7]);
    }

    #[test]
    fn cells_are_passed_not_bytes() {
        assert_eq!((skipped("größe", 3), skipped("größe", 0), skipped("größe", 9)), (4, 0, 7));
    }
}
