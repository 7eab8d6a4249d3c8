//! One target's output, and which part of it is looked at.

use super::ring::Ring;

#[derive(Debug, Clone, Default)]
pub struct Pane {
    pub ring: Ring,
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// The newest line is at the bottom, whatever comes.
    #[default]
    Follow,
    /// This row is the last one shown; what comes after it does not move it.
    Until(u64),
}

impl Pane {
    /// The number after the last row to show.
    pub fn end(&self) -> u64 {
        match self.place {
            Place::Follow => self.ring.end(),
            Place::Until(last) => (last + 1).clamp(self.ring.start(), self.ring.end()),
        }
    }

    /// Rows that came since the person scrolled away.
    pub fn below(&self) -> u64 {
        self.ring.end() - self.end()
    }

    /// Scrolls towards older rows, but not beyond a full page of the oldest.
    pub fn up(&mut self, rows: usize, page: usize) {
        let top = self.ring.start() + (page as u64).saturating_sub(1);
        let last = self.end().saturating_sub(1).saturating_sub(rows as u64);
        if self.ring.len() > page {
            self.place = Place::Until(last.max(top));
        }
    }

    /// Scrolls towards newer rows; at the newest it follows again.
    pub fn down(&mut self, rows: usize) {
        let last = self.end().saturating_sub(1) + rows as u64;
        self.place = if last + 1 >= self.ring.end() { Place::Follow } else { Place::Until(last) };
    }

    pub fn top(&mut self, page: usize) {
        self.up(self.ring.len(), page);
    }
}
