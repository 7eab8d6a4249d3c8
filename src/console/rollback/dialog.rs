//! The rollback card: it starts after a countdown, which a person can stop.

use std::time::Duration;

use crate::console::dialog::Field;
use crate::console::dialog::{Arming, Consent};
use crate::console::dialog::{Confirmation, DialogResult, Mutation, Reading};
use crate::console::keys::key::Key;
use crate::console::plan::PlanAnswer;
use crate::domain::order::Proposal;
use crate::domain::plan::{Intent, Selection};
use crate::domain::release::Tag;
use crate::domain::rollback::{RollbackGoal, RollbackPreview};
use crate::domain::target::Target;

#[derive(Debug, Clone)]
pub struct RollbackCard {
    pub method: RollbackMethod,
    pub arming: Arming,
    pub countdown: Duration,
    /// Hosts are marked, but fewer than went live: all are rolled back unless a person narrows it.
    pub marked: Option<Selection>,
    pub reading: Reading,
    /// `Y` came before the servers had answered: the rollback starts with their answer, if it may start automatically.
    pub eager: bool,
    /// The release to send users to, while it is typed.
    pub naming: Option<Naming>,
}

/// The input of a release's tag.
#[derive(Debug, Clone, Default)]
pub struct Naming {
    pub field: Field,
    pub wrong: Option<String>,
}

#[derive(Debug, Clone)]
pub enum RollbackMethod {
    /// Starts a run of its own.
    Start { intent: Box<Intent>, answer: Box<PlanAnswer> },
    /// Ends the current run, which is moving users, then starts.
    AfterRun { intent: Box<Intent> },
    /// Reverts everywhere what a stuck run did that moves no users.
    RevertAll { target: Target },
}

impl RollbackCard {
    pub fn new(
        method: RollbackMethod,
        arming: Arming,
        countdown: Duration,
        marked: Option<Selection>,
    ) -> Self {
        let reading = Reading::default();
        Self { method, arming, countdown, marked, reading, eager: false, naming: None }
    }

    pub fn key(&mut self, key: Key) -> DialogResult {
        if self.naming.is_some() {
            return self.name(key);
        }
        if key == Key::Esc {
            return DialogResult::Close;
        }
        if self.names(key) {
            self.naming = Some(Naming::default());
            self.hold("you are choosing where users go");
            return DialogResult::Nothing;
        }
        if let Some(other) = self.other(key) {
            return DialogResult::Rollback(other);
        }
        if self.reads(key) {
            return DialogResult::Nothing;
        }
        let consent = self.arming.key(key);
        let Some(consent) = consent.filter(|_| self.is_possible()) else {
            return DialogResult::Nothing;
        };
        if self.is_known() {
            return self.go(consent);
        }
        // Nobody agrees to what was not seen: the answer decides.
        self.eager = matches!(self.arming, Arming::Armed { .. });
        DialogResult::Nothing
    }

    /// Does this key begin to name a release? Where letters are those of a name, it is no letter.
    fn names(&self, key: Key) -> bool {
        let types = matches!(&self.arming, Arming::Unarmed { confirmation, .. } if confirmation.takes_letters());
        let asks = if types { Key::Ctrl('t') } else { Key::Char('t') };
        matches!(self.method, RollbackMethod::Start { .. }) && key == asks
    }

    fn name(&mut self, key: Key) -> DialogResult {
        let choices = self.choices();
        let Some(naming) = &mut self.naming else { return DialogResult::Nothing };
        match key {
            Key::Esc => self.naming = None,
            // It only asks for another plan: nothing is changed yet.
            Key::Enter => match Tag::new(naming.field.text().trim()) {
                Ok(tag) => return DialogResult::RollbackTo(tag),
                Err(bad) => naming.wrong = Some(bad.to_string()),
            },
            Key::Tab => {
                let at = choices.iter().position(|tag| tag.as_str() == naming.field.text());
                let next = at.map_or(0, |at| (at + 1) % choices.len().max(1));
                if let Some(tag) = choices.get(next) {
                    naming.field.set(tag.as_str());
                }
            }
            key => {
                naming.field.key(key);
                naming.wrong = None;
            }
        }
        DialogResult::Nothing
    }

    /// The releases that the servers of this rollback still have.
    pub fn choices(&self) -> Vec<Tag> {
        self.rollback().map(|rollback| rollback.choices.clone()).unwrap_or_default()
    }

    /// What the servers' plan says of it.
    pub fn rollback(&self) -> Option<&RollbackPreview> {
        let RollbackMethod::Start { answer, .. } = &self.method else { return None };
        match &**answer {
            PlanAnswer::Plan(plan) | PlanAnswer::NothingToDo(plan) => plan.rollback.as_deref(),
            PlanAnswer::Awaited | PlanAnswer::Refused(_) => None,
        }
    }

    /// Stops the countdown because a person needs more time. `Y` still confirms with one key.
    fn hold(&mut self, why: &str) {
        if matches!(self.arming, Arming::Armed { .. }) {
            self.arming = Arming::Unarmed { why: why.to_owned(), confirmation: Confirmation::Key };
        }
    }

    /// Stops the countdown because the card is being read. `Y` still confirms with one key.
    fn reads(&mut self, key: Key) -> bool {
        let types = matches!(&self.arming, Arming::Unarmed { confirmation, .. } if confirmation.takes_letters());
        let read = if types { self.reading.key(key) } else { self.reading.letter(key) };
        if read {
            self.hold("you are reading what it would do");
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

    /// Returns the hosts that it is about. `None`: the current run decides that.
    pub fn selection(&self) -> Option<&Selection> {
        match &self.method {
            RollbackMethod::Start { intent, .. } | RollbackMethod::AfterRun { intent } => {
                Some(&intent.selection)
            }
            RollbackMethod::RevertAll { .. } => None,
        }
    }

    /// Starts the rollback by time, or by a `Y` that came before the answer; only if the servers have just answered that it
    /// is possible.
    pub fn tick(&mut self, now: Duration) -> DialogResult {
        match self.arming.due(now, self.eager) {
            Some(consent) if self.is_known() => self.go(consent),
            _ => DialogResult::Nothing,
        }
    }

    /// Returns whether the plan is known, or will be made when the current run has ended.
    fn is_known(&self) -> bool {
        match &self.method {
            RollbackMethod::Start { answer, .. } => matches!(**answer, PlanAnswer::Plan(_)),
            RollbackMethod::AfterRun { .. } | RollbackMethod::RevertAll { .. } => true,
        }
    }

    pub fn proposal(&mut self, proposal: &Proposal) {
        if let RollbackMethod::Start { intent, answer } = &mut self.method
            && intent.run == proposal.run
            // Two proposals of the same moment have the same run id.
            && proposal.plan.as_ref().map_or(true, |plan| plan.intent.selection == intent.selection)
        {
            **answer = PlanAnswer::from(proposal.plan.clone());
            if let Some(why) = self.why_not_by_itself() {
                self.hold(&why);
            }
        }
    }

    /// Returns why it does not start automatically: only a rollback that is ready does.
    fn why_not_by_itself(&self) -> Option<String> {
        let rollback = self.rollback()?;
        if let RollbackGoal::Withdraw(tag) = &rollback.goal {
            return Some(format!("{tag} is only prepared: users stay where they are"));
        }
        if rollback.is_ready() {
            return None;
        }
        Some("COLD: something must be started before users can move".to_owned())
    }

    pub fn rearm(&mut self, now: Duration) {
        if let Arming::Armed { at } = &mut self.arming {
            *at = now + self.countdown;
        }
    }

    /// Returns whether it can start: not after the servers answered that no rollback is possible or that nothing is to be
    /// rolled back.
    pub fn is_possible(&self) -> bool {
        match &self.method {
            RollbackMethod::Start { answer, .. } => {
                matches!(**answer, PlanAnswer::Awaited | PlanAnswer::Plan(_))
            }
            RollbackMethod::AfterRun { .. } | RollbackMethod::RevertAll { .. } => true,
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

    fn go(&self, consent: Consent) -> DialogResult {
        let mutation = match &self.method {
            RollbackMethod::RevertAll { target } => Mutation::RevertAll(target.clone()),
            RollbackMethod::AfterRun { intent } => {
                Mutation::EndAndRollback { intent: intent.clone() }
            }
            // Not bound to the plan that was shown: a host that was lost since must not hold up the others,
            // and each is sent back by its own record of where users came from.
            RollbackMethod::Start { intent, .. } => {
                Mutation::Start { intent: intent.clone(), basis: None }
            }
        };
        DialogResult::confirmed(consent, mutation)
    }
}
