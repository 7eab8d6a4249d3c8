//! What became of the phases of this release, as far as this console saw them.

use std::time::Duration;

use crate::domain::deploy::{Deploy, Doing};
use crate::domain::event::{Choice, Verdict, What};
use crate::domain::phase::Phase;
use crate::domain::rollback::RollbackGoal;

#[derive(Debug, Clone, Default)]
pub struct PhaseBar {
    passed: Vec<Passed>,
    /// A person chose to revert the run at work everywhere, and no step has failed since.
    reverting: bool,
}

/// A run that ended.
#[derive(Debug, Clone)]
pub struct Passed {
    pub phase: Phase,
    pub verdict: Verdict,
    pub took: Duration,
    pub done: usize,
    pub of: usize,
    /// It did not succeed, and what it did was reverted on every host.
    pub reverted: bool,
}

impl PhaseBar {
    pub fn hear(&mut self, what: &What) {
        match what {
            What::RunStarted { .. } => self.reverting = false,
            What::Chosen { choice: Choice::RevertAll, .. } => self.reverting = true,
            What::StepEnded { outcome, .. } if !outcome.is_done() => self.reverting = false,
            _ => {}
        }
    }

    /// Another release begins with its prepare: what was before it is another story.
    pub fn begin(&mut self, phase: Phase) {
        if phase == Phase::Prepare {
            self.passed.clear();
        } else {
            self.passed.retain(|passed| passed.phase != phase);
        }
    }

    pub fn end(&mut self, run: &Deploy) {
        let (Some(intent), Some(verdict)) = (&run.intent, &run.verdict) else { return };
        let took =
            run.started_at.zip(run.ended_at).and_then(|(from, to)| (to - from).to_std().ok());
        if matches!(verdict, Verdict::Refused { .. } | Verdict::Locked { .. }) {
            return;
        }
        let (mut done, of) = count(run);
        if let Verdict::Partly { done: targets, .. } = verdict {
            done = targets.len();
        }
        self.begin(intent.phase);
        // What it took back is no longer so. The plan knows what a rollback was found to be about.
        let planned = run.plan.as_ref().map_or(intent, |plan| &plan.intent);
        let reverted_phases: &[Phase] = match (intent.phase, &planned.goal) {
            (Phase::Rollback, Some(RollbackGoal::Withdraw(_))) | (Phase::Abandon, _)
                if *verdict == Verdict::Done =>
            {
                &[Phase::Prepare, Phase::Verify]
            }
            (Phase::Rollback, Some(RollbackGoal::Withdraw(_))) => &[],
            (Phase::Rollback, _) => &[Phase::GoLive],
            _ => &[],
        };
        self.passed.retain(|passed| !reverted_phases.contains(&passed.phase));
        let reverted = self.reverting && matches!(verdict, Verdict::Failed { .. });
        self.passed.push(Passed {
            phase: intent.phase,
            verdict: verdict.clone(),
            took: took.unwrap_or_default(),
            done,
            of,
            reverted,
        });
    }

    pub fn passed(&self, phase: Phase) -> Option<&Passed> {
        self.passed.iter().find(|passed| passed.phase == phase)
    }

    /// The phase that ended last.
    pub fn last(&self) -> Option<&Passed> {
        self.passed.last()
    }
}

/// How many of a run's targets have nothing left to do, of how many.
pub fn count(run: &Deploy) -> (usize, usize) {
    let all_done = run.verdict == Some(Verdict::Done);
    let done = run.targets.values().filter(|progress| {
        let last = progress.step.as_ref().is_none_or(|step| step.number >= step.of);
        all_done || (progress.doing == Doing::Done && last)
    });
    let left_out = run.plan.iter().flat_map(|plan| &plan.left_out);
    let left_out = left_out.filter(|left| !run.targets.contains_key(&left.target)).count();
    (done.count(), run.targets.len() + left_out)
}
