//! A plan is data: the difference between what is and what is wanted, as stages of steps.
//!
//! A plan always tells the whole phase as it looks now. The engine carries it out up to the first
//! [`Gate::Observe`] that has work before it, looks again, and plans again; what was told after that
//! gate was a forecast. A phase is over when a fresh plan has nothing left to do, so "done" is never
//! claimed without having been seen, and a resumed phase is the same loop entered late.

mod pace;
mod refusal;
mod request;

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::change::FileChange;
use super::command::Command;
use super::http::Request;
use super::names::{AppName, EnvName, RunId, StackName, TargetName};
use super::phase::Phase;
use super::release::Release;
use super::rollback::{RollbackGoal, RollbackPreview};
use super::target::Target;

pub use self::pace::{Batches, FailurePolicy, Pause, Width};
pub use self::refusal::Refusal;
pub use self::request::RunRequest;

/// What a person asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    pub run: RunId,
    pub phase: Phase,
    pub environment: EnvName,
    pub app: AppName,
    pub stack: StackName,
    /// Needed by `prepare`; elsewhere it narrows what may be acted on. A rollback has a `goal`
    /// instead.
    pub release: Option<Release>,
    /// What a rollback is about; `None`: its first plan finds it out from what the hosts recorded.
    #[serde(default, alias = "course", skip_serializing_if = "Option::is_none")]
    pub goal: Option<RollbackGoal>,
    pub selection: Selection,
    pub policy: FailurePolicy,
    pub batches: Batches,
    /// Go-live wants a sign-off of the same release first.
    pub sign_off_required: bool,
    /// Go-live is closed after a roll back until somebody opens it again.
    #[serde(default)]
    pub freeze: bool,
    /// Why, in the person's own words. Who opens go-live again must say it.
    #[serde(default)]
    pub reason: Option<String>,
    pub by: Operator,
    /// When it was asked for. Names of files that a run writes are made from it.
    pub asked_at: DateTime<Utc>,
    /// When it began: a plan may be read for a while before somebody says yes to it.
    #[serde(default)]
    pub begun_at: Option<DateTime<Utc>>,
}

impl Intent {
    /// What it is about, to follow the phase's name: ` v2`, ` from v3`, ` to v1`. Empty: it is not known yet.
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

    /// The time that is written down with what it does.
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

/// Who is at the keys, and at which machine.
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

/// What was observed when the plan was made, as one short word. A plan is refused when the fleet no
/// longer matches it.
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
    /// What the operator should know before saying yes.
    pub warnings: Vec<String>,
    /// Targets that the phase is about and that could not be planned for. While there is one, the
    /// run does not end as done.
    pub left_out: Vec<LeftOut>,
    /// Where users go, of a rollback: what its card says, and nothing else.
    #[serde(default, alias = "outlook", skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Box<RollbackPreview>>,
}

/// A target that could not be planned for, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    pub target: Target,
    pub why: String,
}

/// Steps on many targets, between two barriers: no stage begins before the one above it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub name: String,
    /// How many targets are at work at once.
    pub width: Width,
    /// The wait before the stage begins, where an earlier stage of this plan had work to do.
    pub pause: Option<Pause>,
    pub tracks: Vec<Track>,
    pub gate: Gate,
}

/// The steps of one target in one stage, done one after another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    pub target: Target,
    pub steps: Vec<Step>,
    #[serde(default, skip_serializing_if = "TrackStart::is_at_once")]
    pub begin: TrackStart,
}

/// When a track begins, beside the others of its stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackStart {
    #[default]
    AtOnce,
    /// Once another track of the stage has moved users and seen them answered: what follows users goes
    /// where users went, and nowhere if nobody was moved.
    #[serde(alias = "after_another")]
    AfterUsersMoved,
}

impl Track {
    /// Begun at once.
    pub fn of(target: &Target, steps: Vec<Step>) -> Self {
        Self { target: target.clone(), steps, begin: TrackStart::AtOnce }
    }
}

impl TrackStart {
    /// What it waits for, to follow the target's name.
    pub fn waits_for(self) -> Option<&'static str> {
        match self {
            Self::AtOnce => None,
            Self::AfterUsersMoved => Some("once users were moved"),
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
    /// Every target ended its steps within the failure policy.
    Barrier,
    /// Every target ended its steps well, whatever the failure policy lets pass elsewhere.
    Everyone,
    /// The policy's barrier, and then the rest is planned anew from a fresh look.
    Observe {
        /// What must be seen, in words.
        what: String,
        /// Where nobody can look and plan again, as in a printed script: the last line that each
        /// target printed must be the same on all.
        last_lines_agree: bool,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The step's word, the same on every target: `pull`, `switch`.
    pub name: String,
    /// What it does here: `switch users to green v412`.
    pub title: String,
    pub effect: Effect,
    pub action: Action,
    #[serde(with = "crate::base::millis")]
    pub deadline: Duration,
    pub state: StepState,
    /// What is told to the people who want to know, once it is done: `green live on web1`.
    pub announce: Option<String>,
    /// What it makes of files.
    #[serde(default)]
    pub changes: Vec<FileChange>,
}

/// How far a step reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It only looks.
    #[serde(alias = "looks")]
    ReadOnly,
    /// It changes something that users do not reach.
    Changes,
    /// It puts something new in the place of what runs. Cut short, neither might run: it is not.
    Replaces,
    /// It moves users' traffic.
    Switches,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    ToDo,
    /// Observed to be so already, and how that was seen. It is shown, and not done again.
    #[serde(alias = "already_so")]
    AlreadyDone(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// On the track's host.
    Run(Command),
    /// From the console's machine.
    Request(Request),
    /// Ask again and again until the answer is as expected.
    Wait(Wait),
    /// Put to the operator.
    Ask(Question),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    pub probe: Probe,
    #[serde(with = "crate::base::millis")]
    pub every: Duration,
    /// So many right answers in a row.
    pub successes: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// Right when it exits 0.
    Run(Command),
    /// Right when it answers as the request expects.
    Request(Request),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub text: String,
    /// What helps to answer it: addresses to try by hand.
    pub hints: Vec<String>,
}

impl Step {
    pub fn is_to_do(&self) -> bool {
        self.state == StepState::ToDo
    }
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
    /// Nothing is left to do: the phase is over, and that was seen.
    pub fn is_complete(&self) -> bool {
        !self.stages.iter().any(Stage::has_work)
    }

    /// The stages up to and with the first gate that wants a fresh look after work was done.
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

    /// Every target the plan names, once, in name order: the order in which locks are taken.
    pub fn targets(&self) -> Vec<&Target> {
        let mut targets: Vec<&Target> = self.steps().map(|(target, _)| target).collect();
        targets.sort();
        targets.dedup();
        targets
    }

    /// Every target it is about: those it names, and those it could not be made for.
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
