//! Plans. A plan is data: the difference between the observed and the wanted state, as stages of steps.
//!
//! A plan always covers the whole phase as it is known now. The engine executes it up to the first [`Gate::Observe`] with work
//! before it, observes, and plans again; the stages after that gate were a forecast. A phase is over when a fresh plan has
//! nothing left to do. So "done" is never reported without an observation, and to resume a phase is to run the same loop
//! again.

mod changes;
mod hook;
mod left_out;
mod pace;
mod refusal;
mod request;
mod step;

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::names::{AppName, EnvName, RunId, StackName, TargetName};
use super::phase::Phase;
use super::release::Release;
use super::rollback::{RollbackGoal, RollbackPreview};
use super::target::Target;

pub use self::hook::{HookCommand, HookMoment, HookPoll, HookRequest, HookWork, PlannedHook};
pub use self::left_out::LeftOut;
pub use self::pace::{Batches, FailurePolicy, Pause, Width};
pub use self::refusal::Refusal;
pub use self::request::RunRequest;
pub use self::step::{Action, Effect, Probe, Question, Step, StepState, Wait};
pub use super::wait::WaitStart;

/// What a person asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    pub run: RunId,
    pub phase: Phase,
    pub environment: EnvName,
    pub app: AppName,
    pub stack: StackName,
    /// The release. `prepare` requires it; for other phases it limits what they may act on. A rollback has a `goal` instead.
    pub release: Option<Release>,
    /// The goal of a rollback. `None`: its first plan derives the goal from the records of the hosts.
    #[serde(default, alias = "course", skip_serializing_if = "Option::is_none")]
    pub goal: Option<RollbackGoal>,
    pub selection: Selection,
    pub policy: FailurePolicy,
    pub batches: Batches,
    /// Whether go-live requires a sign-off of the same release.
    pub sign_off_required: bool,
    /// Whether a rollback closes go-live until a person opens it again.
    #[serde(default)]
    pub freeze: bool,
    /// The operator's reason. It is required to open go-live again.
    #[serde(default)]
    pub reason: Option<String>,
    pub by: Operator,
    /// When the operator asked for the run. The names of the files that the run writes contain it.
    pub asked_at: DateTime<Utc>,
    /// When the run began, which is after its plan was confirmed.
    #[serde(default)]
    pub begun_at: Option<DateTime<Utc>>,
}

impl Intent {
    /// Returns the release, to follow the name of the phase: ` v2`, ` from v3`, ` to v1`. Empty: it is not known yet.
    pub fn subject(&self) -> String {
        match (&self.goal, &self.release) {
            (Some(RollbackGoal::Leave(tag)), _) => format!(" from {tag}"),
            (Some(RollbackGoal::To(tag)), _) => format!(" to {tag}"),
            (Some(RollbackGoal::Continue { leave, to }), _) => format!(" from {leave} to {to}"),
            (Some(RollbackGoal::Withdraw(tag)), _) => format!(" of {tag}, which is only prepared"),
            (None, Some(release)) => format!(" {release}"),
            (None, None) => String::new(),
        }
    }

    /// Keeps what the first plan of a run decided, the release and the goal, for the rest of the run.
    pub fn keep_decisions(&mut self, plan: &Plan) {
        self.release.clone_from(&plan.intent.release);
        self.goal.clone_from(&plan.intent.goal);
    }

    /// Returns the time that the run records with its changes.
    pub fn at(&self) -> DateTime<Utc> {
        self.begun_at.unwrap_or(self.asked_at)
    }
}

/// Which targets of the app are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    #[default]
    All,
    Only(BTreeSet<TargetName>),
}

impl Selection {
    pub fn only<'a>(targets: impl IntoIterator<Item = &'a Target>) -> Self {
        Self::Only(targets.into_iter().map(Target::id).collect())
    }

    pub fn takes(&self, target: &Target) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(&target.id()),
        }
    }
}

/// The person who gives the orders, and their machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    pub user: String,
    pub machine: String,
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.user, self.machine)
    }
}

/// A short identifier of the observations that a plan was made from. A plan is refused when the hosts no longer match it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Basis(pub String);

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub intent: Intent,
    pub basis: Basis,
    pub stages: Vec<Stage>,
    /// What the operator should know before confirming the plan.
    pub warnings: Vec<String>,
    /// Targets of the phase that the run skips. While there is one, the run does not end as done.
    pub left_out: Vec<LeftOut>,
    /// What a rollback does to users. The card of the rollback shows this and nothing else.
    #[serde(default, alias = "outlook", skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Box<RollbackPreview>>,
    /// The hooks of a run of this plan. Only a plan that a person is asked about has them: a run emits an event for each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<PlannedHook>,
}

/// Steps on many targets between two barriers: a stage begins when the previous one has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub name: String,
    /// How many targets are at work at once.
    pub width: Width,
    /// The pause before the stage, if an earlier stage of this plan had work to do.
    pub pause: Option<Pause>,
    pub tracks: Vec<Track>,
    pub gate: Gate,
}

/// The steps of one target in one stage, executed one after another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    pub target: Target,
    pub steps: Vec<Step>,
    #[serde(default, skip_serializing_if = "TrackStart::is_at_once")]
    pub begin: TrackStart,
}

/// When a track starts, relative to the other tracks of its stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackStart {
    #[default]
    AtOnce,
    /// After another track of the stage has moved users and observed that they get answers. Jobs that follow users start
    /// this way. The track does not start if no users were moved.
    #[serde(alias = "after_another")]
    AfterUsersMoved,
}

impl Track {
    /// Returns a track that starts at once.
    pub fn of(target: &Target, steps: Vec<Step>) -> Self {
        Self { target: target.clone(), steps, begin: TrackStart::AtOnce }
    }
}

impl TrackStart {
    /// Returns what the track waits for, to follow the name of its target.
    pub fn waits_for(self) -> Option<&'static str> {
        match self {
            Self::AtOnce => None,
            Self::AfterUsersMoved => Some("after users were moved"),
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_at_once(&self) -> bool {
        *self == Self::AtOnce
    }
}

/// What must be true before the next stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// The failures are within the failure policy.
    Barrier,
    /// Every target succeeded, independent of the failure policy.
    Everyone,
    /// The failures are within the failure policy. Then the targets are observed and the rest is planned again.
    Observe {
        /// What must be observed, as text.
        what: String,
        /// For a printed script, which cannot observe and plan again: the last line that each target printed must be the
        /// same on all.
        last_lines_agree: bool,
    },
}

impl Stage {
    pub fn steps(&self) -> impl Iterator<Item = (&Target, &Step)> {
        self.tracks
            .iter()
            .flat_map(|track| track.steps.iter().map(move |step| (&track.target, step)))
    }

    pub fn has_work(&self) -> bool {
        self.steps().any(|(_, step)| step.is_to_do())
    }
}

impl Plan {
    /// Returns whether nothing is left to do, so that the phase is over.
    pub fn is_complete(&self) -> bool {
        !self.stages.iter().any(Stage::has_work)
    }

    /// Returns the stages up to and including the first gate that requires a new observation after work was done.
    pub fn until_next_observation(&self) -> &[Stage] {
        let mut worked = false;
        for (index, stage) in self.stages.iter().enumerate() {
            worked |= stage.has_work();
            if worked && matches!(stage.gate, Gate::Observe { .. }) {
                return &self.stages[..=index];
            }
        }
        &self.stages
    }

    pub fn steps(&self) -> impl Iterator<Item = (&Target, &Step)> {
        self.stages.iter().flat_map(Stage::steps)
    }

    /// Returns every target with a step, once, sorted by name.
    pub fn targets(&self) -> Vec<&Target> {
        let mut targets: Vec<&Target> = self.steps().map(|(target, _)| target).collect();
        targets.sort();
        targets.dedup();
        targets
    }

    /// Returns every target of the plan: those with steps and those that are left out.
    pub fn about(&self) -> Vec<&Target> {
        let mut targets = self.targets();
        targets.extend(self.left_out.iter().map(|left| &left.target));
        targets.sort();
        targets.dedup();
        targets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selection_takes_targets_with_and_without_a_host() {
        let host = Target::Host("web1".parse().unwrap());
        let api = Target::Api("cluster".parse().unwrap());
        let only = Selection::only([&api]);
        assert!(only.takes(&api) && !only.takes(&host));
        assert!(Selection::All.takes(&api) && Selection::All.takes(&host));
        let written = serde_json::to_string(&Selection::only([&host])).unwrap();
        assert_eq!(written, r#"{"only":["web1"]}"#, "as in the journals of earlier versions");
    }
}
