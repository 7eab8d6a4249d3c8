//! Which hosts have a release already, in which way, and whether they could run it.

use std::collections::{BTreeMap, BTreeSet};

use crate::console::app::state::State;
use crate::console::fleet::Side;
use crate::domain::catalog::{Facts, Platform};
use crate::domain::observation::PresenceKind;
use crate::domain::release::{Digest, Tag};

/// What the hosts say of the tags that are looked at.
#[derive(Debug, Default)]
pub struct Servers<'a> {
    having: BTreeMap<&'a Tag, Having<'a>>,
    machines: Vec<(&'a str, Platform)>,
    /// Hosts that carry the app, and so can have it live.
    pub with_colors: usize,
    pub all: usize,
    /// Hosts of which nothing is known now.
    pub unseen: Vec<&'a str>,
}

#[derive(Debug, Default, Clone)]
pub struct Having<'a> {
    pub hosts: BTreeMap<PresenceKind, Vec<&'a str>>,
    pub digests: BTreeSet<&'a Digest>,
}

impl<'a> Servers<'a> {
    /// Reads the hosts once, however many tags are visible.
    pub fn of(state: &'a State, tags: &[&'a Tag]) -> Self {
        let mut servers = Self::default();
        for host in state.hosts() {
            servers.all += 1;
            servers.with_colors += usize::from(host.has_colors());
            let sure =
                matches!(host.live(), Side::Known { .. } | Side::Jobs(_) | Side::Disagree(_));
            let Some(seen) = host.observation().filter(|_| sure) else {
                servers.unseen.push(host.name());
                continue;
            };
            let machine = seen.host.machine.as_deref().and_then(Platform::of_machine);
            servers.machines.extend(machine.map(|machine| (host.name(), machine)));
            for tag in tags {
                let Some(found) = seen.presence_of(tag) else { continue };
                let having = servers.having.entry(tag).or_default();
                having.hosts.entry(found.how).or_default().push(host.name());
                having.digests.extend(found.digest);
            }
        }
        servers
    }

    pub fn having(&self, tag: &Tag) -> Option<&Having<'a>> {
        self.having.get(tag)
    }

    /// The hosts that an image is not made for, and what they are.
    pub fn unfit(&self, facts: &Facts) -> Option<(Vec<&'a str>, &Platform)> {
        let unfit = || self.machines.iter().filter(|(_, machine)| facts.excludes(machine));
        let (_, machine) = unfit().next()?;
        Some((unfit().map(|(name, _)| *name).collect(), machine))
    }
}

impl Having<'_> {
    /// Other bytes are under this tag in the registry than on a host: it was moved.
    pub fn differs_from(&self, facts: &Facts) -> bool {
        facts.digest.as_ref().is_some_and(|digest| self.digests.iter().any(|here| *here != digest))
    }
}
