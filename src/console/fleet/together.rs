//! What follows from all hosts together. It is found out once after something has happened, and not for
//! every frame: a thousand hosts cost a frame hardly more than twelve.

use std::cell::OnceCell;

use chrono::{DateTime, Utc};
use unicode_width::UnicodeWidthStr;

use super::{Deal, Host, Letters, WayBack};
use crate::console::listing::Shown;
use crate::console::state::State;
use crate::domain::unfinished::{Unfinished, unfinished};

/// Filled when it is first asked for. Whatever happens empties it, but for lines of output and time; and
/// while something happens nothing is kept, since half of it may not have happened yet.
#[derive(Debug, Clone, Default)]
pub struct Together {
    deal: OnceCell<Deal>,
    way_back: OnceCell<WayBack>,
    shown: OnceCell<Shown>,
    widest: OnceCell<Widest>,
    looks: OnceCell<Looks>,
    unfinished: OnceCell<Option<Box<Unfinished>>>,
}

impl Together {
    /// Time alone makes a host stale, and a filter may ask for that.
    pub fn time_went_on(&mut self) {
        self.shown.take();
    }
}

/// The widest words of all hosts, in cells.
#[derive(Debug, Clone, Copy, Default)]
pub struct Widest {
    pub name: usize,
    pub groups: usize,
    /// Live and passive, for every kind of letters.
    sides: [(usize, usize); 3],
}

impl Widest {
    pub fn sides(&self, letters: Letters) -> (usize, usize) {
        self.sides[letters as usize]
    }

    fn with(mut self, host: &Host<'_>) -> Self {
        self.name = self.name.max(host.name().width());
        self.groups = self.groups.max(host.groups.join(",").width());
        let (live, passive) = (host.live(), host.passive());
        for letters in [Letters::Short, Letters::Long, Letters::Full] {
            let (of_live, of_passive) = &mut self.sides[letters as usize];
            *of_live = live.words(letters).width().max(*of_live);
            *of_passive = passive.words(letters).width().max(*of_passive);
        }
        self
    }
}

/// How the hosts were looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Looks {
    /// So many answered when they were last looked at.
    pub reachable: usize,
    pub never: usize,
    /// When the one was seen that was seen the longest ago.
    pub oldest: Option<DateTime<Utc>>,
}

impl Looks {
    fn with(mut self, host: &Host<'_>) -> Self {
        self.reachable += usize::from(host.observation().is_some());
        match host.latest().map(|seen| seen.at) {
            None => self.never += 1,
            Some(at) => self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at))),
        }
        self
    }
}

impl State {
    pub fn deal(&self) -> Deal {
        let find = || self.find_deal();
        self.together.as_ref().map_or_else(find, |kept| kept.deal.get_or_init(find).clone())
    }

    /// Where `R` would lead, told by the hosts alone.
    pub fn way_back(&self) -> WayBack {
        let find = || self.find_way_back();
        self.together.as_ref().map_or_else(find, |kept| kept.way_back.get_or_init(find).clone())
    }

    /// What the last phase left undone, as the hosts say. `None` while a run is at work.
    pub fn unfinished(&self) -> Option<Box<Unfinished>> {
        if self.running().is_some() {
            return None;
        }
        let find = || {
            let seen: Vec<_> = self.hosts().filter_map(|host| host.observation()).collect();
            unfinished(&seen.into_iter()).map(Box::new)
        };
        self.together.as_ref().map_or_else(find, |kept| kept.unfinished.get_or_init(find).clone())
    }

    /// The rows of the table.
    pub fn shown(&self) -> Shown {
        let find = || self.find_shown();
        self.together.as_ref().map_or_else(find, |kept| kept.shown.get_or_init(find).clone())
    }

    pub fn widest(&self) -> Widest {
        let found = || self.hosts().fold(Widest::default(), |widest, host| widest.with(&host));
        self.together.as_ref().map_or_else(found, |kept| *kept.widest.get_or_init(found))
    }

    pub fn looks(&self) -> Looks {
        let found = || self.hosts().fold(Looks::default(), |looks, host| looks.with(&host));
        self.together.as_ref().map_or_else(found, |kept| *kept.looks.get_or_init(found))
    }
}
