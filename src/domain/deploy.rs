//! The state of a run, folded from its events. Every reader folds the same stream and keeps no other state.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::event::{Choice, Event, StepMark, Verdict, What};
use super::names::RunId;
use super::observation::Observed;
use super::outcome::Outcome;
use super::plan::{Intent, Operator, Pause, Plan, Question, Refusal};
use super::target::Target;

/// The state of one run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Deploy {
    pub run: Option<RunId>,
    pub intent: Option<Intent>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub plan: Option<Plan>,
    /// The current stage: its number from 0, the number of stages, and its name.
    pub stage: Option<(usize, usize, String)>,
    pub targets: BTreeMap<Target, Progress>,
    pub observations: BTreeMap<Target, Observed>,
    pub question: Option<Question>,
    pub paused: bool,
    /// The pause before the next stage, while it lasts.
    pub pausing: Option<Pause>,
    /// The operator who aborted the run.
    pub ending: Option<Operator>,
    pub refusal: Option<Refusal>,
    /// How many lines and bytes of a target's output were not kept.
    pub cut: BTreeMap<Target, (u64, u64)>,
    pub verdict: Option<Verdict>,
}

/// The state of one target within the run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Progress {
    pub doing: Doing,
    pub step: Option<StepMark>,
    /// When the current step started, or the last one ended.
    pub since: Option<DateTime<Utc>>,
    /// The exit code of the last step, where there was one.
    pub exit: Option<i32>,
    /// How often the target was observed since the outcome of its last step became unknown.
    pub observations: u32,
    /// How long the last switch took on this target.
    pub switch_took: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub enum Doing {
    #[default]
    Queued,
    Working,
    /// The last step is done.
    Done,
    Failed(String),
    Unknown(String),
    Skipped,
}

impl Deploy {
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut deploy = Self::default();
        for event in events {
            deploy.apply(event);
        }
        deploy
    }

    pub fn is_running(&self) -> bool {
        self.run.is_some() && self.verdict.is_none()
    }

    /// Returns whether this run has begun a step anywhere: nothing that is said of it may claim that nothing changed.
    pub fn has_begun_steps(&self) -> bool {
        self.targets.values().any(|progress| progress.step.is_some())
    }

    /// Applies one event. A new run starts with an empty state; only the last observations are kept.
    #[allow(clippy::too_many_lines)] // one arm for each kind of event
    pub fn apply(&mut self, event: &Event) {
        match &event.what {
            What::RunStarted { intent, .. } => {
                let observations = std::mem::take(&mut self.observations);
                *self = Self {
                    run: event.run.clone(),
                    intent: Some(intent.clone()),
                    started_at: Some(event.at),
                    observations,
                    ..Self::default()
                };
            }
            What::Observed { target, observed } => {
                if let Some(progress) = self.targets.get_mut(target)
                    && matches!(progress.doing, Doing::Unknown(_))
                {
                    progress.observations += 1;
                }
                self.observations.insert(target.clone(), observed.clone());
            }
            What::ConnectionLost { target, why } => self.mark_unobserved(target, why),
            What::LockTaken { target, lock } => self.lock(target, Some(lock.clone().into())),
            What::LockReleased { target } => self.lock(target, None),
            What::Planned { plan, .. } => self.plan(plan),
            What::Refused { refusal } => self.refusal = Some(refusal.clone()),
            What::StageStarted { stage, of, name } => {
                self.stage = Some((*stage, *of, name.clone()));
                self.pausing = None;
            }
            What::StepStarted { target, step, .. } => {
                self.step(target, step, Doing::Working, event.at);
            }
            What::StepSkipped { target, step, .. } => {
                self.step(target, step, Doing::Done, event.at);
            }
            What::StepEnded { target, step, outcome, took, exit, .. } => {
                self.step(target, step, Doing::from(outcome), event.at);
                self.progress(target).exit = *exit;
                if outcome.is_done() && step.effect == super::plan::Effect::Switches {
                    self.progress(target).switch_took = Some(*took);
                }
            }
            What::Asked { question } => self.question = Some(question.clone()),
            What::Answered { .. } => self.question = None,
            What::Chosen { target, choice, .. } => self.choose(target, *choice),
            What::Pausing { pause } => self.pausing = Some(*pause),
            What::Paused { .. } => self.paused = true,
            What::Resumed { .. } => {
                self.paused = false;
                self.pausing = None;
            }
            What::OutputCut { target, lines, bytes } => {
                self.cut.insert(target.clone(), (*lines, *bytes));
            }
            What::AbortAsked { by } => self.ending = Some(by.clone()),
            What::RunEnded { verdict } => {
                self.verdict = Some(verdict.clone());
                self.ended_at = Some(event.at);
                self.question = None;
                self.paused = false;
                self.pausing = None;
            }
            _ => {}
        }
    }

    /// Marks the last observation of a target as possibly out of date, because the target cannot be reached.
    fn mark_unobserved(&mut self, target: &Target, why: &str) {
        let last = match self.observations.remove(target) {
            Some(Observed::Current(observation)) => Some(observation),
            Some(Observed::Failed { last, .. }) => last,
            None => None,
        };
        self.observations.insert(target.clone(), Observed::Failed { why: why.to_owned(), last });
    }

    /// Updates the last observation by a lock that was taken or released after it.
    fn lock(&mut self, target: &Target, lock: Option<super::lock::HeldLock>) {
        if let Some(Observed::Current(observation)) = self.observations.get_mut(target) {
            observation.lock = lock;
        }
    }

    fn progress(&mut self, target: &Target) -> &mut Progress {
        self.targets.entry(target.clone()).or_default()
    }

    /// Records a person's choice: the target now waits for the engine.
    fn choose(&mut self, target: &Target, choice: Choice) {
        match choice {
            Choice::Skip => self.progress(target).doing = Doing::Skipped,
            Choice::Retry | Choice::Revert => self.progress(target).doing = Doing::Queued,
            Choice::RevertAll => {
                self.targets.values_mut().for_each(|progress| progress.doing = Doing::Queued);
            }
        }
    }

    fn plan(&mut self, plan: &Plan) {
        for target in plan.targets() {
            self.progress(target);
        }
        self.plan = Some(plan.clone());
    }

    fn step(&mut self, target: &Target, step: &StepMark, doing: Doing, at: DateTime<Utc>) {
        let progress = self.progress(target);
        progress.doing = doing;
        progress.step = Some(step.clone());
        progress.since = Some(at);
        progress.exit = None;
        progress.observations = 0;
    }
}

impl From<&Outcome> for Doing {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Failed { why } => Self::Failed(why.clone()),
            Outcome::Unknown { why } => Self::Unknown(why.clone()),
        }
    }
}
