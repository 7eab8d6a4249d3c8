//! The last rows of an output. All of a run's are in its files; this is the window.

use std::collections::VecDeque;
use std::sync::Arc;

use super::row::{Kind, Row};

/// How much is kept: whichever is reached first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub lines: usize,
    pub bytes: usize,
}

/// More than anyone scrolls through.
const LINES: usize = 5_000;
/// Of one host, and of all of them together.
const BYTES: usize = 1024 * 1024;
const BYTES_OF_ALL: usize = 64 * 1024 * 1024;
/// What a row takes beside its text.
const ROW: usize = size_of::<Row>() + 48;

impl Bounds {
    /// The more hosts there are, the less is kept of each.
    pub fn among(hosts: usize) -> Self {
        Self { lines: LINES, bytes: BYTES.min(BYTES_OF_ALL / hosts.max(1)) }
    }
}

/// Rows are numbered from the first that ever came, so that a place in the output stays the same
/// place while rows before it are forgotten. A copy shares the rows.
#[derive(Debug, Clone)]
pub struct Ring {
    rows: VecDeque<Arc<Row>>,
    forgotten: u64,
    bytes: usize,
    bounds: Bounds,
}

impl Ring {
    pub fn new(bounds: Bounds) -> Self {
        Self { rows: VecDeque::new(), forgotten: 0, bytes: 0, bounds }
    }

    pub fn push(&mut self, row: Arc<Row>) {
        self.bytes += cost(&row);
        self.rows.push_back(row);
        // The newest is kept however long it is.
        while self.rows.len() > self.bounds.lines
            || (self.bytes > self.bounds.bytes && self.rows.len() > 1)
        {
            if let Some(oldest) = self.rows.pop_front() {
                self.bytes -= cost(&oldest);
                self.forgotten += 1;
            }
        }
    }

    /// Skips of one host in a row are one skip.
    pub fn skip(&mut self, skip: &Arc<Row>) {
        let (Kind::Skipped(lines), Some(last)) = (skip.kind, self.rows.back_mut()) else {
            return self.push(Arc::clone(skip));
        };
        match last.kind {
            Kind::Skipped(before) if last.host == skip.host => {
                let kind = Kind::Skipped(before + lines);
                *last = Arc::new(Row { kind, ..(**last).clone() });
            }
            _ => self.push(Arc::clone(skip)),
        }
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

    /// What they take, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn row(&self, number: u64) -> Option<&Row> {
        let index = number.checked_sub(self.forgotten)?;
        self.rows.get(usize::try_from(index).ok()?).map(Arc::as_ref)
    }

    /// From this number on, each with its own.
    pub fn rows(&self, from: u64) -> impl DoubleEndedIterator<Item = (u64, &Row)> {
        let from = from.clamp(self.start(), self.end());
        (from..self.end()).filter_map(|number| Some((number, self.row(number)?)))
    }
}

fn cost(row: &Row) -> usize {
    row.text.len() + ROW
}
