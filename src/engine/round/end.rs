//! The result of a round, and the state that its tracks share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::http::Request;
use crate::domain::observation::Observation;
use crate::domain::outcome::Outcome;
use crate::domain::plan::FailurePolicy;
use crate::domain::target::Target;

/// The result of a round.
#[derive(Debug, Default)]
pub struct RoundEnd {
    /// Targets with a step that did not end as done, and its outcome.
    pub not_done: BTreeMap<Target, Outcome>,
    /// The name of that step.
    pub steps: BTreeMap<Target, String>,
    /// Some targets were not started, because of a failure elsewhere or an abort.
    pub cut_short: bool,
    pub worked: bool,
    /// Nobody was there to answer a question: nothing after it was done.
    pub left_open: bool,
    /// Observations of targets after their last step, made while others were still in progress.
    pub observed: BTreeMap<Target, (Instant, Box<Observation>)>,
    /// Changing requests that were answered as done.
    pub answered: Vec<(Target, Request)>,
}

/// The age after which such an observation is made again.
const STILL_TRUE: Duration = Duration::from_secs(5);

impl RoundEnd {
    /// Returns the observations that need not be repeated before the next plan. Where nothing failed, only this run,
    /// which holds the lock, can have changed a target since its last step.
    pub fn still_current(&mut self) -> BTreeMap<Target, Box<Observation>> {
        if self.cut_short || !self.not_done.is_empty() {
            return BTreeMap::new();
        }
        let observed = std::mem::take(&mut self.observed).into_iter();
        let recent = observed.filter(|(_, (asked, _))| asked.elapsed() < STILL_TRUE);
        recent.map(|(target, (_, observation))| (target, observation)).collect()
    }
}

/// The state that the tracks of a stage share.
pub struct RoundState {
    not_done: Mutex<BTreeMap<Target, Outcome>>,
    steps: Mutex<BTreeMap<Target, String>>,
    failed_before: usize,
    policy: FailurePolicy,
    left_open: AtomicBool,
    observed: Mutex<BTreeMap<Target, (Instant, Box<Observation>)>>,
    answered: Mutex<Vec<(Target, Request)>>,
}

impl RoundState {
    pub fn new(failed_before: usize, policy: FailurePolicy) -> Self {
        let (not_done, steps, observed, answered) = Default::default();
        let left_open = AtomicBool::new(false);
        Self { not_done, steps, failed_before, policy, left_open, observed, answered }
    }

    pub fn into_end(self, end: &mut RoundEnd) {
        end.not_done = self.not_done.into_inner().unwrap_or_else(PoisonError::into_inner);
        end.steps = self.steps.into_inner().unwrap_or_else(PoisonError::into_inner);
        end.observed = self.observed.into_inner().unwrap_or_else(PoisonError::into_inner);
        end.answered.extend(self.answered.into_inner().unwrap_or_else(PoisonError::into_inner));
    }

    pub fn observed(&self, target: &Target, asked: Instant, observation: Box<Observation>) {
        let mut observed = self.observed.lock().unwrap_or_else(PoisonError::into_inner);
        observed.insert(target.clone(), (asked, observation));
    }

    /// Records a changing request that was answered as done.
    pub fn answered(&self, target: &Target, request: &Request) {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.push((target.clone(), request.clone()));
    }

    pub fn leave_open(&self) {
        self.left_open.store(true, Ordering::SeqCst);
    }

    pub fn is_left_open(&self) -> bool {
        self.left_open.load(Ordering::SeqCst)
    }

    pub fn may_continue(&self) -> bool {
        let failed = self.not_done.lock().unwrap_or_else(PoisonError::into_inner).len();
        self.policy.goes_on_after(self.failed_before + failed)
    }

    pub fn add(&self, target: &Target, outcome: Outcome) {
        self.not_done
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(target.clone(), outcome);
    }

    pub fn ended_at(&self, target: &Target, step: &str) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.insert(target.clone(), step.to_owned());
    }

    pub fn has(&self, target: &Target) -> bool {
        self.not_done.lock().unwrap_or_else(PoisonError::into_inner).contains_key(target)
    }

    pub fn is_empty(&self) -> bool {
        self.not_done.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}
