//! The whole deal: what is live, what would be, and whether there is a way back.

use std::collections::BTreeMap;

use super::side::named;
use super::{Host, Letters, Side};
use crate::console::state::State;
use crate::domain::names::Color;
use crate::domain::observation::{ColorSight, Running};
use crate::domain::phase::Phase;
use crate::domain::release::{Release, Tag};

/// What the hosts with colors say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreed {
    Nothing,
    /// All that are known agree; of so many nothing is known.
    On {
        color: Color,
        release: Option<Release>,
        unknown: usize,
    },
    /// They do not: how many have which, in words.
    Mixed(Vec<(String, usize)>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deal {
    pub live: Agreed,
    pub passive: Agreed,
    /// Of the hosts with colors, so many have a passive side that could serve now.
    pub ready: usize,
    pub of: usize,
}

/// Where `R` would lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WayBack {
    /// To this color, on so many hosts of how many: this console saw users leave it.
    Open {
        color: Color,
        release: Option<Release>,
        ready: usize,
        of: usize,
    },
    /// It could serve, but whether users ever had it only the servers can tell.
    Unproven {
        ready: usize,
        of: usize,
    },
    /// The passive color holds a release that was prepared: users did not come from it.
    Prepared(Tag),
    /// There is nothing to go back to, and why.
    Cold(String),
    NotKnown,
}

impl Agreed {
    fn among(sides: impl Iterator<Item = Side>) -> Self {
        let mut found: BTreeMap<(Color, Option<Release>), usize> = BTreeMap::new();
        let mut unknown = 0;
        for side in sides {
            match side {
                Side::Known { color, release, .. } => {
                    *found.entry((color, release)).or_default() += 1;
                }
                _ => unknown += 1,
            }
        }
        let mut found: Vec<_> = found.into_iter().collect();
        if found.len() > 1 {
            let words = |((color, release), count): ((Color, Option<Release>), usize)| {
                (named(&color, release.as_ref(), Letters::Long), count)
            };
            let mut mixed: Vec<_> = found.into_iter().map(words).collect();
            mixed.extend((unknown > 0).then(|| ("?".to_owned(), unknown)));
            return Self::Mixed(mixed);
        }
        match found.pop() {
            Some(((color, release), _)) => Self::On { color, release, unknown },
            None => Self::Nothing,
        }
    }

    pub fn words(&self, letters: Letters) -> String {
        match self {
            Self::Nothing => "?".to_owned(),
            Self::On { color, release, unknown: 0 } => named(color, release.as_ref(), letters),
            Self::On { color, release, unknown } => {
                format!("{} ({unknown} ?)", named(color, release.as_ref(), letters))
            }
            Self::Mixed(counts) => {
                let counts: Vec<String> =
                    counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
                counts.join(", ")
            }
        }
    }

    pub fn release(&self) -> Option<&Release> {
        match self {
            Self::On { release, .. } => release.as_ref(),
            _ => None,
        }
    }
}

impl State {
    fn colored(&self) -> impl Iterator<Item = Host<'_>> {
        self.hosts().filter(Host::has_colors)
    }

    pub fn deal(&self) -> Deal {
        let ready = |host: &Host<'_>| host.passive_sight().is_some_and(ColorSight::is_ready);
        Deal {
            live: Agreed::among(self.colored().map(|host| host.live())),
            passive: Agreed::among(self.colored().map(|host| host.passive())),
            ready: self.colored().filter(ready).count(),
            of: self.colored().count(),
        }
    }

    pub fn way_back(&self) -> WayBack {
        let deal = self.deal();
        if let Some(tag) = self.prepared_there(&deal) {
            return WayBack::Prepared(tag);
        }
        if let Some(passive) = deal.passive.release()
            && self.changed(Phase::RollBack, passive)
        {
            return WayBack::Cold(format!("users were sent back from {passive} already"));
        }
        let missing: Vec<&str> = self
            .colored()
            .filter(|host| {
                host.passive_sight().is_some_and(|color| color.running == Running::Absent)
            })
            .map(|host| host.name())
            .collect();
        if !missing.is_empty() {
            let why = format!("nothing is on the passive color of {}", missing.join(", "));
            return WayBack::Cold(why);
        }
        match deal.passive {
            Agreed::On { color, release, .. }
                if deal.ready > 0 && self.left_it_here(release.as_ref()) =>
            {
                WayBack::Open { color, release, ready: deal.ready, of: deal.of }
            }
            Agreed::On { .. } if deal.ready > 0 => {
                WayBack::Unproven { ready: deal.ready, of: deal.of }
            }
            Agreed::On { color, .. } => WayBack::Cold(format!("{color} is not ready anywhere")),
            Agreed::Mixed(_) if deal.ready > 0 => self.way_back_of_a_split_fleet(),
            Agreed::Mixed(_) => WayBack::Cold("no passive color is ready anywhere".to_owned()),
            Agreed::Nothing => WayBack::NotKnown,
        }
    }

    /// Users came from the passive color: this console moved them, or the hosts say so.
    fn left_it_here(&self, passive: Option<&Release>) -> bool {
        let here = self.last_work.as_ref().is_some_and(|intent| intent.phase == Phase::GoLive);
        here || passive.is_some_and(|passive| self.changed(Phase::GoLive, passive))
    }

    /// Users were taken from this release by a change of this kind, on some host, and it was the last.
    fn changed(&self, phase: Phase, from: &Release) -> bool {
        self.colored()
            .filter_map(|host| host.latest()?.last_change.as_ref())
            .any(|change| change.what == phase.word() && change.from.as_ref() == Some(&from.tag))
    }

    /// Half-way through a go-live the hosts differ; the way back is that of those already switched,
    /// and of those of which it is not known.
    fn way_back_of_a_split_fleet(&self) -> WayBack {
        let last = self.last_work.as_ref().filter(|intent| intent.phase == Phase::GoLive);
        let wanted = last.and_then(|intent| intent.release.as_ref());
        let has_it = |side: &Side| match side.known() {
            Some((_, Some(release))) => wanted.is_some_and(|wanted| wanted.agrees_with(release)),
            _ => false,
        };
        let switched: Vec<Host<'_>> = self.colored().filter(|host| has_it(&host.live())).collect();
        let unknown = self.colored().filter(|host| host.live().known().is_none()).count();
        let ready = |host: &&Host<'_>| host.passive_sight().is_some_and(ColorSight::is_ready);
        let (ready, of) = (switched.iter().filter(ready).count(), switched.len() + unknown);
        match Agreed::among(switched.iter().map(Host::passive)) {
            Agreed::On { color, release, .. } => WayBack::Open { color, release, ready, of },
            _ => WayBack::NotKnown,
        }
    }

    /// The release on the passive color, if it was only prepared: what was signed off and is not
    /// live, what this console itself prepared, and what a go-live has not switched to yet.
    fn prepared_there(&self, deal: &Deal) -> Option<Tag> {
        let passive = deal.passive.release()?;
        let last = self.last_work.as_ref();
        let wanted = last.and_then(|intent| intent.release.as_ref());
        let is_wanted = wanted.is_some_and(|wanted| wanted.agrees_with(passive));
        let never = match last.map(|intent| intent.phase) {
            Some(Phase::Prepare | Phase::Verify | Phase::GoLive) if is_wanted => true,
            Some(Phase::GoLive | Phase::RollBack) => false,
            _ if self.changed(Phase::RollBack, passive) => false,
            _ => self.is_signed_off(passive) || self.came_from_elsewhere(passive),
        };
        never.then(|| passive.tag.clone())
    }

    /// A host says that users came to its live color from another release than this.
    fn came_from_elsewhere(&self, passive: &Release) -> bool {
        self.colored().filter_map(|host| host.latest()?.last_change.as_ref()).any(|change| {
            let from = change.from.as_ref();
            change.what == Phase::GoLive.word() && from.is_some_and(|from| *from != passive.tag)
        })
    }

    fn is_signed_off(&self, release: &Release) -> bool {
        self.colored().any(|host| {
            let sign_off = host.latest().and_then(|seen| seen.verified.as_ref());
            sign_off.is_some_and(|sign_off| sign_off.tag == release.tag)
        })
    }
}
