//! The card that shows a plan to be confirmed.

use crate::console::dialog::{Confirmation, DialogResult, Mutation, Reading};
use crate::console::keys::key::Key;
use crate::domain::plan::{Intent, Plan, Refusal};

#[derive(Debug, Clone)]
pub struct PlanCard {
    pub intent: Intent,
    pub answer: PlanAnswer,
    pub confirmation: Confirmation,
    pub reading: Reading,
}

/// The engine's answer to the proposal.
#[derive(Debug, Clone)]
pub enum PlanAnswer {
    /// The servers are being observed.
    Awaited,
    Plan(Plan),
    /// Everything is already done.
    NothingToDo(Plan),
    Refused(Refusal),
}

impl From<Result<Plan, Refusal>> for PlanAnswer {
    fn from(answer: Result<Plan, Refusal>) -> Self {
        match answer {
            // A host that did not answer may have something to do: a run asks it again and waits for it.
            Ok(plan) if plan.is_complete() && plan.left_out.is_empty() => Self::NothingToDo(plan),
            Ok(plan) => Self::Plan(plan),
            Err(refusal) => Self::Refused(refusal),
        }
    }
}

impl PlanCard {
    pub fn new(intent: Intent, confirmation: Confirmation) -> Self {
        Self { intent, answer: PlanAnswer::Awaited, confirmation, reading: Reading::default() }
    }

    pub fn refused(intent: Intent, refusal: Refusal) -> Self {
        Self { answer: PlanAnswer::Refused(refusal), ..Self::new(intent, Confirmation::Key) }
    }

    pub fn key(&mut self, key: Key) -> DialogResult {
        if key == Key::Esc {
            return DialogResult::Close;
        }
        let read =
            if self.types_a_name() { self.reading.key(key) } else { self.reading.letter(key) };
        if read { DialogResult::Nothing } else { self.confirm(key) }
    }

    /// Are letters those of the environment's name?
    pub fn types_a_name(&self) -> bool {
        matches!(self.answer, PlanAnswer::Plan(_)) && self.confirmation.takes_letters()
    }

    /// Only a plan that was seen can be agreed to.
    fn confirm(&mut self, key: Key) -> DialogResult {
        let PlanAnswer::Plan(plan) = &self.answer else { return DialogResult::Nothing };
        let basis = Some(plan.basis.clone());
        let Some(consent) = self.confirmation.key(key) else { return DialogResult::Nothing };
        let intent = Box::new(self.intent.clone());
        DialogResult::confirmed(consent, Mutation::Start { intent, basis })
    }
}
