//! What a person can confirm, and the proof that they did.

use super::confirmation::Consent;
use crate::domain::lock::LockId;
use crate::domain::plan::{Basis, Intent};
use crate::domain::target::Target;

/// What a person confirmed on a card.
#[derive(Debug)]
pub struct Confirmed<T>(T);

impl<T> Confirmed<T> {
    /// Takes the [`Consent`] as its proof.
    pub fn new(_: Consent, what: T) -> Self {
        Self(what)
    }

    pub fn into_inner(self) -> T {
        self.0
    }
}

impl Confirmed<Mutation> {
    /// A no to the question of a run. It changes nothing, so it needs no consent.
    pub fn declined(note: Option<String>) -> Self {
        Self(Mutation::Answer { yes: false, note })
    }
}

/// Read-only is to end, in this console and until it is left.
#[derive(Debug)]
pub struct Lift;

/// Everything that changes a server, or says yes to it.
#[derive(Debug, Clone, PartialEq)]
pub enum Mutation {
    Start {
        intent: Box<Intent>,
        basis: Option<Basis>,
    },
    Abort,
    AbortAndLeave,
    /// Begin no further step; when those at work have ended, end the run and leave.
    FinishStepsAndLeave,
    /// End the run at work, then send users back.
    EndAndRollback {
        intent: Box<Intent>,
    },
    Revert(Target),
    RevertAll(Target),
    /// The locks that were seen. The reason is typed on the card.
    Unlock {
        locks: Vec<(Target, LockId)>,
        reason: String,
    },
    Answer {
        yes: bool,
        note: Option<String>,
    },
}
