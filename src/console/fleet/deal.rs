//! The whole deal: what is live, what would be, and whether there is a way back.

use std::collections::BTreeMap;

use super::side::{bare, named};
use super::{Host, Letters, Side};
use crate::console::state::State;
use crate::domain::names::Color;
use crate::domain::observation::{ColorSight, Observation, Running};
use crate::domain::phase::Phase;
use crate::domain::plan::Selection;
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
    /// To this color, on so many hosts of how many: the hosts say that users came from there.
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
    /// The passive color still holds the release that users were sent back from.
    Left {
        tag: Tag,
        /// So many of how many were sent back, as they say now.
        back: usize,
        of: usize,
    },
    /// Nothing is on the passive color, and no host says that users came from there.
    Nowhere,
    /// There is nothing to go back to quickly, and why.
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
            Self::On { color, release: None, unknown: 0 } => bare(color, letters),
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

    pub(super) fn find_deal(&self) -> Deal {
        Deal {
            live: Agreed::among(self.colored().map(|host| host.live())),
            passive: Agreed::among(self.colored().map(|host| host.passive())),
            ready: self.colored().filter(is_passive_ready).count(),
            of: self.colored().count(),
        }
    }

    /// Told by the hosts alone: they record where users came from, so a console that did not do the
    /// deploy knows it as well. Of a fleet that is split, those count that have switched, and those
    /// of which it is not known.
    pub(super) fn find_way_back(&self) -> WayBack {
        let back: Vec<Host<'_>> = self.colored().filter(came_from_passive).collect();
        if back.is_empty() {
            return self.no_way_back();
        }
        let missing: Vec<&str> =
            back.iter().filter(|host| is_passive_absent(host)).map(Host::name).collect();
        if !missing.is_empty() {
            let why = format!("nothing is on the passive color of {}", missing.join(", "));
            return WayBack::Cold(why);
        }
        let may_have_switched =
            |host: &Host<'_>| host.live().known().is_none() && !came_from_passive(host);
        let unknown = self.colored().filter(may_have_switched).count();
        let ready = back.iter().filter(|host| is_passive_ready(host)).count();
        let of = back.len() + unknown;
        match Agreed::among(back.iter().map(Host::passive)) {
            Agreed::On { color, .. } if ready == 0 => {
                WayBack::Cold(format!("{color} is not ready anywhere"))
            }
            Agreed::On { color, release, .. } => WayBack::Open { color, release, ready, of },
            Agreed::Mixed(_) => WayBack::Unproven { ready, of },
            Agreed::Nothing => WayBack::NotKnown,
        }
    }

    /// Whoever a roll back of these alone would leave on what went live. Whether a host went live is
    /// known of those that were seen since; of the others, and of jobs, it is taken to be so.
    pub fn left_behind(&self, selection: &Selection) -> usize {
        let stays = |host: &Host<'_>| {
            let known = self.running().is_none() && host.live().known().is_some();
            host.has_colors() && known && !came_from_passive(host)
        };
        let hosts = self.hosts().filter(|host| !selection.takes(&host.member.target));
        hosts.filter(|host| !stays(host)).count()
    }

    /// No host says that users came from its passive color.
    fn no_way_back(&self) -> WayBack {
        let prepared = |host: &Host<'_>| host.observation().is_some_and(Observation::is_prepared);
        if let Some(host) = self.colored().find(prepared) {
            let release = host.passive_sight().and_then(|color| color.release.as_ref());
            return match release.map(|release| release.tag.clone()) {
                Some(tag) if sent_back(&host).as_ref() == Some(&tag) => self.left(tag),
                Some(tag) => WayBack::Prepared(tag),
                None => WayBack::NotKnown,
            };
        }
        let mut known = self.colored().filter(|host| host.passive_sight().is_some()).peekable();
        if known.peek().is_none() {
            return WayBack::NotKnown;
        }
        if let Some(tag) = self.colored().find_map(|host| sent_back(&host)) {
            return WayBack::Cold(format!("users were sent back from {tag} already"));
        }
        if known.all(|host| is_passive_absent(&host)) {
            return WayBack::Nowhere;
        }
        let deal = self.deal();
        WayBack::Unproven { ready: deal.ready, of: deal.of }
    }

    /// On every host with colors, by whichever console: the hosts hold who signed what off.
    pub fn is_signed_off(&self, tag: &Tag) -> bool {
        let signed = |host: Host<'_>| {
            let sign_off = host.latest().and_then(|seen| seen.verified.as_ref());
            sign_off.is_some_and(|sign_off| sign_off.tag == *tag)
        };
        self.colored().count() > 0 && self.colored().all(signed)
    }

    fn left(&self, tag: Tag) -> WayBack {
        let known = |host: &Host<'_>| host.observation().is_some();
        let left = |host: &Host<'_>| known(host) && sent_back(host).as_ref() == Some(&tag);
        let (back, of) = (self.colored().filter(left).count(), self.colored().count());
        WayBack::Left { tag, back, of }
    }
}

/// The release that users of this host were sent back from by the last change.
fn sent_back(host: &Host<'_>) -> Option<Tag> {
    let change = host.latest()?.last_change.as_ref()?;
    change.from.clone().filter(|_| change.what == Phase::RollBack.word())
}

fn came_from_passive(host: &Host<'_>) -> bool {
    let from = host.observation().and_then(Observation::came_from);
    let passive = host.passive_sight().map(|color| color.release.as_ref().map(|it| &it.tag));
    // A color that was removed tells no release any more; that users came from there still holds.
    from.is_some() && passive.is_some_and(|tag| tag.is_none() || tag == from)
}

fn is_passive_absent(host: &Host<'_>) -> bool {
    host.passive_sight().is_some_and(|color| color.running == Running::Absent)
}

fn is_passive_ready(host: &Host<'_>) -> bool {
    host.passive_sight().is_some_and(ColorSight::is_ready)
}
