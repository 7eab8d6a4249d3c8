//! Which hosts the table shows, in which order, and which of them are marked.
//!
//! A host is chosen and marked by its name, never by its row: rows come and go under a filter and
//! move under an order, and no key may reach a host that a person did not mean.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::domain::target::Target;

#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// What was typed and kept. While it is being typed the dialog has it: [`State::filter`].
    pub filter: String,
    pub sort: Sort,
    pub marked: BTreeSet<Target>,
    /// The first visible row, as long as the chosen host is visible with it.
    pub first: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    #[default]
    Name,
    Trouble,
    Group,
    Step,
}

impl Sort {
    #[must_use]
    pub fn next(self, grouped: bool) -> Self {
        match self {
            Self::Name => Self::Trouble,
            Self::Trouble if grouped => Self::Group,
            Self::Trouble | Self::Group => Self::Step,
            Self::Step => Self::Name,
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Name => "by name",
            Self::Trouble => "trouble first",
            Self::Group => "by group",
            Self::Step => "by step",
        }
    }
}

/// The rows of the table, as indexes into `members`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub places: Vec<usize>,
    /// How many of them match the filter: the chosen host is shown even where it does not.
    pub matching: usize,
}

/// Returns the range of visible rows. It moves only as far as needed.
pub fn window(count: usize, chosen: Option<usize>, first: usize, rows: usize) -> Range<usize> {
    let rows = rows.max(1);
    let start = first.min(count.saturating_sub(rows));
    let start = chosen.map_or(start, |at| start.clamp((at + 1).saturating_sub(rows), at));
    start..(start + rows).min(count)
}

/// The number of names that are listed before the rest is counted.
const NAMED: usize = 16;

/// `web1, web2 and 7 more`
pub fn names(names: &[&str]) -> String {
    let listed = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => listed,
        more => format!("{listed} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use crate::console::fleet::listing::window;

    #[test]
    fn the_window_moves_only_as_far_as_it_must() {
        assert_eq!(window(3, Some(2), 0, 10), 0..3);
        assert_eq!(window(100, Some(9), 0, 10), 0..10);
        assert_eq!(window(100, Some(10), 0, 10), 1..11);
        assert_eq!(window(100, Some(5), 3, 10), 3..13, "the way up does not scroll at once");
        assert_eq!(window(100, Some(2), 3, 10), 2..12);
        assert_eq!(window(5, None, 90, 10), 0..5, "fewer rows than before");
        assert_eq!(window(0, None, 0, 0), 0..0);
    }
}
