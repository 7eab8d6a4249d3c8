//! The matches of a text in an output, updated as lines come and go, so that no frame searches again.

use std::collections::VecDeque;

use super::matching::matches;
use super::ring::Ring;

#[derive(Debug, Clone)]
pub struct Found {
    text: String,
    /// The lines that contain it, the oldest first.
    lines: VecDeque<u64>,
    /// The line up to which the output was searched.
    until: u64,
    /// The selected match.
    pub at: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    Older,
    Newer,
}

impl Found {
    pub fn of(text: &str, ring: &Ring) -> Self {
        let mut found = Self { text: text.to_owned(), lines: VecDeque::new(), until: 0, at: None };
        found.catch_up(ring);
        found
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn catch_up(&mut self, ring: &Ring) {
        while self.lines.front().is_some_and(|line| *line < ring.start()) {
            self.lines.pop_front();
        }
        for (number, row) in ring.rows(self.until) {
            if matches(&row.text, &self.text).next().is_some() {
                self.lines.push_back(number);
            }
        }
        self.until = ring.end();
    }

    /// The next line that has it, from this one on.
    pub fn next(&self, from: u64, towards: Towards) -> Option<u64> {
        let before = self.lines.partition_point(|line| *line < from);
        match towards {
            Towards::Older => self.lines.get(before.checked_sub(1)?).copied(),
            Towards::Newer => {
                let here = usize::from(self.lines.get(before) == Some(&from));
                self.lines.get(before + here).copied()
            }
        }
    }

    /// Which of the lines that have it a person is at, from 1, and how many there are.
    pub fn count(&self) -> (Option<usize>, usize) {
        let at = self.at.and_then(|at| self.lines.binary_search(&at).ok());
        (at.map(|at| at + 1), self.lines.len())
    }
}
