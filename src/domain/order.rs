//! What a person, or a script, tells the engine to do.

use super::catalog::CatalogQuery;
use super::event::Choice;
use super::lock::LockId;
use super::names::{AppName, RunId, StackName};
use super::plan::{Basis, Intent, Operator, Plan, Refusal};
use super::release::Tag;
use super::target::Target;

/// The engine's whole interface: orders go in, [events](super::event) come out.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Look at these targets now (none named: at all).
    Observe {
        targets: Vec<Target>,
    },
    /// Which app and stack the console is about: what is observed steadily.
    Focus {
        app: AppName,
        stack: StackName,
    },
    /// Make the plan, from a fresh look, and say it; change nothing.
    Propose {
        intent: Intent,
    },
    /// Carry it out. `basis`: the plan that the operator saw; the run is refused if the fleet is no
    /// longer as it was then.
    Start {
        intent: Intent,
        basis: Option<Basis>,
    },
    /// Begin no further step until told.
    Pause {
        by: Operator,
    },
    Resume {
        by: Operator,
    },
    /// End the run: what is at work is stopped where it may be, nothing else begins.
    Abort {
        by: Operator,
    },
    Answer {
        yes: bool,
        by: Operator,
        note: Option<String>,
    },
    /// Nobody is there who could answer what is asked: the run ends with its checks.
    LeaveOpen {
        why: String,
    },
    Choose {
        target: Target,
        choice: Choice,
        by: Operator,
    },
    /// Remove these locks. A newer lock in the place of one of them stays.
    Unlock {
        app: AppName,
        stack: StackName,
        locks: Vec<(Target, LockId)>,
        reason: String,
        by: Operator,
    },
    /// Stream a color's container log, until told to stop.
    FollowLog {
        target: Target,
        color: Option<super::names::Color>,
    },
    /// Examine these targets: everything that a release needs there. Changes nothing.
    Examine {
        app: AppName,
        stack: StackName,
        targets: Vec<Target>,
    },
    /// Ask the registry about this stack's releases. Answers come by their own channel.
    Releases {
        app: AppName,
        stack: StackName,
        ask: CatalogQuery,
    },
    /// Give every lock back, close every connection, and end.
    Quit,
}

/// What the engine answers to [`Order::Propose`].
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub run: RunId,
    pub release: Option<Tag>,
    pub plan: Result<Plan, Refusal>,
}
