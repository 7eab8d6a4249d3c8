//! The plan, before it is carried out.

use super::{Gate, Mutation, Said};
use crate::console::key::Key;
use crate::domain::plan::{Intent, Plan, Refusal};

#[derive(Debug, Clone)]
pub struct PlanCard {
    pub intent: Intent,
    pub answer: Answer,
    pub gate: Gate,
    pub scroll: usize,
}

/// What the engine said to the proposal.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The servers are being asked.
    Awaited,
    Plan(Plan),
    /// Everything is so already.
    NothingToDo(Plan),
    Refused(Refusal),
}

impl From<Result<Plan, Refusal>> for Answer {
    fn from(answer: Result<Plan, Refusal>) -> Self {
        match answer {
            Ok(plan) if plan.is_complete() => Self::NothingToDo(plan),
            Ok(plan) => Self::Plan(plan),
            Err(refusal) => Self::Refused(refusal),
        }
    }
}

impl PlanCard {
    pub fn new(intent: Intent, gate: Gate) -> Self {
        Self { intent, answer: Answer::Awaited, gate, scroll: 0 }
    }

    pub fn refused(intent: Intent, refusal: Refusal) -> Self {
        Self { intent, answer: Answer::Refused(refusal), gate: Gate::Key, scroll: 0 }
    }

    pub(super) fn key(&mut self, key: Key) -> Said {
        match key {
            Key::Esc => return Said::Close,
            Key::Down | Key::PageDown => self.scroll += 1,
            Key::Up | Key::PageUp => self.scroll = self.scroll.saturating_sub(1),
            key => return self.confirm(key),
        }
        Said::Nothing
    }

    /// Only a plan that was seen can be agreed to.
    fn confirm(&mut self, key: Key) -> Said {
        let Answer::Plan(plan) = &self.answer else { return Said::Nothing };
        let basis = Some(plan.basis.clone());
        if self.gate.confirms(key) {
            let intent = Box::new(self.intent.clone());
            return Said::confirmed(Mutation::Start { intent, basis });
        }
        Said::Nothing
    }
}
