//! The orders that a person or a script gives to the engine.

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
    /// Observe these targets now. An empty list means all targets.
    Observe {
        targets: Vec<Target>,
    },
    /// The app and stack that the console shows, which are observed continuously.
    Focus {
        app: AppName,
        stack: StackName,
    },
    /// Observe, make the plan and return it as a [`Proposal`]. Changes nothing.
    Propose {
        intent: Intent,
    },
    /// Start a run. `basis` identifies the plan that the operator confirmed: the run is refused if the hosts have changed
    /// since then.
    Start {
        intent: Intent,
        basis: Option<Basis>,
    },
    /// Start no further step until the run is resumed.
    Pause {
        by: Operator,
    },
    Resume {
        by: Operator,
    },
    /// Abort the run: no further step starts, and steps at work are stopped where that is safe.
    Abort {
        by: Operator,
    },
    Answer {
        yes: bool,
        by: Operator,
        note: Option<String>,
    },
    /// No person can answer the question: the run ends after its checks.
    LeaveOpen {
        why: String,
    },
    Choose {
        target: Target,
        choice: Choice,
        by: Operator,
    },
    /// Remove these locks. A newer lock on the same host stays.
    Unlock {
        app: AppName,
        stack: StackName,
        locks: Vec<(Target, LockId)>,
        reason: String,
        by: Operator,
    },
    /// Follow the log of a color. `None` stops it.
    FollowLog {
        target: Target,
        color: Option<super::names::Color>,
    },
    /// Examine whether these targets have everything that a release needs. Changes nothing.
    Examine {
        app: AppName,
        stack: StackName,
        targets: Vec<Target>,
    },
    /// Request this stack's releases from the registry. The answers arrive on a channel of their own.
    Releases {
        app: AppName,
        stack: StackName,
        ask: CatalogQuery,
    },
    /// Release every lock, close every connection, and end.
    Quit,
}

/// The engine's answer to [`Order::Propose`].
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub run: RunId,
    pub release: Option<Tag>,
    pub plan: Result<Plan, Refusal>,
}
