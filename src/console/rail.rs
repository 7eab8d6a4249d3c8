//! What became of the phases of this release, as far as this console saw them.

use std::time::Duration;

use crate::domain::deploy::{Deploy, Doing};
use crate::domain::event::Verdict;
use crate::domain::phase::Phase;

#[derive(Debug, Clone, Default)]
pub struct Rail {
    passed: Vec<Passed>,
}

/// A run that ended.
#[derive(Debug, Clone)]
pub struct Passed {
    pub phase: Phase,
    pub verdict: Verdict,
    pub took: Duration,
    pub done: usize,
    pub of: usize,
}

impl Rail {
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
        if let Verdict::Partly { done: told, .. } = verdict {
            done = told.len();
        }
        self.begin(intent.phase);
        if intent.phase == Phase::RollBack {
            // It is no longer so.
            self.passed.retain(|passed| passed.phase != Phase::GoLive);
        }
        self.passed.push(Passed {
            phase: intent.phase,
            verdict: verdict.clone(),
            took: took.unwrap_or_default(),
            done,
            of,
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
