//! Which hosts the table shows, and which of them a command is about.

use std::collections::BTreeSet;

use super::Host;
use super::listing::{Shown, Sort, names};
use crate::console::app::state::State;
use crate::console::dialog::Dialog;
use crate::console::dialog::Field;
use crate::domain::names::TargetName;
use crate::domain::plan::Selection;
use crate::domain::target::Target;

impl State {
    /// The filter while it is being typed.
    pub fn filter_field(&self) -> Option<&Field> {
        self.dialogs.iter().find_map(|open| match &open.dialog {
            Dialog::Filter(field) => Some(field),
            _ => None,
        })
    }

    pub fn filter(&self) -> &str {
        self.filter_field().map_or(self.fleet.listing.filter.as_str(), Field::text)
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
        match self.fleet.listing.sort {
            Sort::Name => {}
            Sort::Trouble => hosts.sort_by_cached_key(|(_, host)| host.trouble()),
            Sort::Group => hosts.sort_by_key(|(_, host)| (host.groups.is_empty(), host.groups)),
            Sort::Step => hosts.sort_by_key(|(_, host)| host.how_far()),
        }
        Shown { places: hosts.into_iter().map(|(place, _)| place).collect(), matching }
    }

    /// Returns the hosts in trouble that are not shown: a filter hides rows, never trouble.
    pub fn hidden_in_trouble(&self, shown: &Shown) -> Vec<&str> {
        if shown.places.len() == self.fleet.members.len() {
            return Vec::new();
        }
        let places: BTreeSet<usize> = shown.places.iter().copied().collect();
        let hidden = self.hosts().enumerate().filter(|(place, _)| !places.contains(place));
        hidden.filter(|(_, host)| host.is_troubled()).map(|(_, host)| host.name()).collect()
    }

    pub fn is_marked(&self, target: &Target) -> bool {
        self.fleet.listing.marked.contains(target)
    }

    /// What the keys that change servers act on: the marked hosts, or all where none is marked.
    pub fn selection(&self) -> Selection {
        let marked = self.fleet.members.iter().filter(|member| self.is_marked(&member.target));
        let hosts: BTreeSet<TargetName> = marked.map(|it| it.target.id()).collect();
        if hosts.is_empty() || hosts.len() == self.fleet.members.len() {
            Selection::All
        } else {
            Selection::Only(hosts)
        }
    }

    /// `ONLY 2 of 12 servers: web1, web2`, for every card that is about fewer than all.
    pub fn only(&self, selection: &Selection) -> Option<String> {
        let Selection::Only(hosts) = selection else { return None };
        let named: Vec<&str> = hosts.iter().map(TargetName::as_str).collect();
        let (some, all) = (hosts.len(), self.fleet.members.len());
        Some(format!("ONLY {some} of {all} servers: {}", names(&named)))
    }
}
