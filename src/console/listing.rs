//! Which hosts the table shows, in which order, and which of them are marked.
//!
//! A host is chosen and marked by its name, never by its row: rows come and go under a filter and
//! move under an order, and no key may reach a host that a person did not mean.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::dialog::Dialog;
use super::field::Field;
use super::fleet::Host;
use super::state::State;
use crate::domain::names::TargetName;
use crate::domain::plan::Selection;
use crate::domain::target::Target;

#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// What was typed and kept. While it is being typed the dialog has it: [`State::filter`].
    pub filter: String,
    pub sort: Sort,
    pub marked: BTreeSet<Target>,
    /// The first row in sight, as far as the chosen host is in sight with it.
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

/// The rows of the table, as places in `members`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub places: Vec<usize>,
    /// How many of them match the filter: the chosen host is shown even where it does not.
    pub matching: usize,
}

/// The part of so many rows that is in sight. It moves only as far as it must.
pub fn window(count: usize, chosen: Option<usize>, first: usize, rows: usize) -> Range<usize> {
    let rows = rows.max(1);
    let start = first.min(count.saturating_sub(rows));
    let start = chosen.map_or(start, |at| start.clamp((at + 1).saturating_sub(rows), at));
    start..(start + rows).min(count)
}

/// More names than this are a number.
const NAMED: usize = 16;

/// `web1, web2 and 7 more`
pub fn names(names: &[&str]) -> String {
    let told = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

impl State {
    /// The filter while it is being typed.
    pub fn filter_field(&self) -> Option<&Field> {
        self.dialogs.iter().find_map(|open| match &open.dialog {
            Dialog::Filter(field) => Some(field),
            _ => None,
        })
    }

    pub fn filter(&self) -> &str {
        self.filter_field().map_or(self.listing.filter.as_str(), Field::text)
    }

    /// Orders are stable: hosts that do not differ stand by name.
    pub(super) fn find_shown(&self) -> Shown {
        let words: Vec<&str> = self.filter().split_whitespace().collect();
        let typed = self.filter_field().is_some();
        let mut matching = 0;
        let mut hosts: Vec<(usize, Host<'_>)> = self
            .hosts()
            .enumerate()
            .filter(|(_, host)| {
                let matches = host.matches(&words);
                matching += usize::from(matches);
                // A host that a person works on does not vanish when it comes to do something else.
                matches || (!typed && self.is_chosen(&host.member.target))
            })
            .collect();
        match self.listing.sort {
            Sort::Name => {}
            Sort::Trouble => hosts.sort_by_cached_key(|(_, host)| host.trouble()),
            Sort::Group => hosts.sort_by_key(|(_, host)| (host.groups.is_empty(), host.groups)),
            Sort::Step => hosts.sort_by_key(|(_, host)| host.how_far()),
        }
        Shown { places: hosts.into_iter().map(|(place, _)| place).collect(), matching }
    }

    /// Whoever is in trouble and not among those: a filter hides rows, never trouble.
    pub fn hidden_in_trouble(&self, shown: &Shown) -> Vec<&str> {
        if shown.places.len() == self.members.len() {
            return Vec::new();
        }
        let places: BTreeSet<usize> = shown.places.iter().copied().collect();
        let hidden = self.hosts().enumerate().filter(|(place, _)| !places.contains(place));
        hidden.filter(|(_, host)| host.is_troubled()).map(|(_, host)| host.name()).collect()
    }

    pub fn is_marked(&self, target: &Target) -> bool {
        self.listing.marked.contains(target)
    }

    /// What the keys that change servers act on: the marked hosts, or all where none is marked.
    pub fn selection(&self) -> Selection {
        let marked = self.members.iter().filter(|member| self.is_marked(&member.target));
        let hosts: BTreeSet<TargetName> = marked.map(|it| it.target.id()).collect();
        if hosts.is_empty() || hosts.len() == self.members.len() {
            Selection::All
        } else {
            Selection::Only(hosts)
        }
    }

    /// `ONLY 2 of 12 servers: web1, web2`, for every card that is about fewer than all.
    pub fn only(&self, selection: &Selection) -> Option<String> {
        let Selection::Only(hosts) = selection else { return None };
        let named: Vec<&str> = hosts.iter().map(TargetName::as_str).collect();
        let (some, all) = (hosts.len(), self.members.len());
        Some(format!("ONLY {some} of {all} servers: {}", names(&named)))
    }
}

#[cfg(test)]
mod tests {
    use super::window;

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
