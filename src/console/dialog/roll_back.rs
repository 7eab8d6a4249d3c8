//! The way back: one key, and a moment to take it back.

use std::time::Duration;

use super::{Answer, Gate, Mutation, Reading, Said};
use crate::console::key::Key;
use crate::domain::order::Proposal;
use crate::domain::plan::{Intent, Selection};
use crate::domain::target::Target;

#[derive(Debug, Clone)]
pub struct RollBackCard {
    pub way: Way,
    pub arming: Arming,
    pub countdown: Duration,
    /// Hosts are marked, but fewer than went live: all go back unless a person says otherwise.
    pub marked: Option<Selection>,
    pub reading: Reading,
}

#[derive(Debug, Clone)]
pub enum Way {
    /// A run of its own.
    Start { intent: Box<Intent>, answer: Box<Answer> },
    /// Users are being moved: that run is ended, and then this one begins.
    AfterRun { intent: Box<Intent> },
    /// A run that moves nobody is stuck: it takes back what it did, everywhere.
    RevertAll { target: Target },
}

#[derive(Debug, Clone)]
pub enum Arming {
    /// It begins by itself at this time, unless stopped.
    Armed { at: Duration },
    /// It waits for a person, and why.
    Unarmed { why: String, gate: Gate },
}

impl RollBackCard {
    pub fn new(way: Way, arming: Arming, countdown: Duration, marked: Option<Selection>) -> Self {
        Self { way, arming, countdown, marked, reading: Reading::default() }
    }

    pub(super) fn key(&mut self, key: Key) -> Said {
        if key == Key::Esc {
            return Said::Close;
        }
        if let Some(other) = self.other(key) {
            return Said::RollBack(other);
        }
        if self.reads(key) {
            return Said::Nothing;
        }
        let yes = match &mut self.arming {
            Arming::Armed { .. } => key == Key::Char('Y'),
            Arming::Unarmed { gate, .. } => gate.confirms(key),
        };
        if yes && self.is_possible() { self.go() } else { Said::Nothing }
    }

    /// Whoever reads it needs more time than the countdown has: it stops, and `Y` is still one key.
    fn reads(&mut self, key: Key) -> bool {
        let types = matches!(&self.arming, Arming::Unarmed { gate, .. } if gate.takes_letters());
        let read = if types { self.reading.key(key) } else { self.reading.letter(key) };
        if read && matches!(self.arming, Arming::Armed { .. }) {
            let why = "you are reading what it would do".to_owned();
            self.arming = Arming::Unarmed { why, gate: Gate::Key };
        }
        read
    }

    /// All, or only the marked: whichever it is not about now. Where a name is being typed only Tab
    /// is no letter of it.
    fn other(&self, key: Key) -> Option<Selection> {
        let (now, marked) = (self.selection()?, self.marked.as_ref()?);
        let armed = matches!(self.arming, Arming::Armed { .. });
        let wanted = match key {
            Key::Tab if now == marked => &Selection::All,
            Key::Char('a') if armed => &Selection::All,
            Key::Tab => marked,
            Key::Char('m') if armed => marked,
            _ => return None,
        };
        Some(wanted.clone()).filter(|wanted| wanted != now)
    }

    /// Whom it sends back, where it is not a run that decides that.
    pub fn selection(&self) -> Option<&Selection> {
        match &self.way {
            Way::Start { intent, .. } | Way::AfterRun { intent } => Some(&intent.selection),
            Way::RevertAll { .. } => None,
        }
    }

    /// Time alone starts only what the servers were just asked about, and can do. A person's `Y`
    /// need not wait for that answer: the run asks them again before it touches anything.
    pub(super) fn tick(&mut self, now: Duration) -> Said {
        let known = match &self.way {
            Way::Start { answer, .. } => matches!(**answer, Answer::Plan(_)),
            Way::AfterRun { .. } | Way::RevertAll { .. } => true,
        };
        match self.arming {
            Arming::Armed { at } if known && now >= at => self.go(),
            _ => Said::Nothing,
        }
    }

    pub(super) fn proposal(&mut self, proposal: &Proposal) {
        if let Way::Start { intent, answer } = &mut self.way
            && intent.run == proposal.run
            // Two that were asked for at the same moment have the same name.
            && proposal.plan.as_ref().map_or(true, |plan| plan.intent.selection == intent.selection)
        {
            **answer = Answer::from(proposal.plan.clone());
        }
    }

    pub(super) fn rearm(&mut self, now: Duration) {
        if let Arming::Armed { at } = &mut self.arming {
            *at = now + self.countdown;
        }
    }

    /// Not, if the servers were asked and there is no way back, or nothing to take back.
    pub fn is_possible(&self) -> bool {
        match &self.way {
            Way::Start { answer, .. } => {
                matches!(**answer, Answer::Awaited | Answer::Plan(_))
            }
            Way::AfterRun { .. } | Way::RevertAll { .. } => true,
        }
    }

    /// The seconds until it begins by itself, if it does. A part of a second is a second: it never
    /// says 0 while it can still be stopped.
    pub fn left(&self, now: Duration) -> Option<u128> {
        match self.arming {
            Arming::Armed { at } if self.is_possible() => {
                Some(at.saturating_sub(now).as_millis().div_ceil(1_000))
            }
            _ => None,
        }
    }

    fn go(&self) -> Said {
        Said::confirmed(match &self.way {
            Way::RevertAll { target } => Mutation::RevertAll(target.clone()),
            Way::AfterRun { intent } => Mutation::EndAndRollBack { intent: intent.clone() },
            // Not bound to the plan that was shown: a host that was lost since must not hold up the others,
            // and each is sent back by its own record of where users came from.
            Way::Start { intent, .. } => Mutation::Start { intent: intent.clone(), basis: None },
        })
    }
}
