//! What a person can confirm, and the proof that they did.

use crate::domain::lock::LockId;
use crate::domain::plan::{Basis, Intent};
use crate::domain::target::Target;

/// Proof that a person confirmed it on a card, with the key of that card, or let a rollback's countdown run out.
#[derive(Debug)]
pub struct Confirmed<T>(T);

impl<T> Confirmed<T> {
    pub(super) fn by_the_person(what: T) -> Self {
        Self(what)
    }

    pub fn into_inner(self) -> T {
        self.0
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
