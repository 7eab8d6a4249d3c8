//! What comes after a round in which something is not done: looking at what is unknown, and asking a
//! person about what failed.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::control::Word;
use super::hurry::Waits;
use super::look;
use super::round::RoundEnd;
use super::run::{Excluded, Run, members};
use super::world::Attendance;
use crate::domain::event::{Choice, Verdict, What};
use crate::domain::outcome::Outcome;
use crate::domain::phase::Phase;
use crate::domain::plan::{FailurePolicy, Intent, Selection};
use crate::domain::rollback::Course;
use crate::domain::target::Target;

/// How long a target whose outcome is unknown is asked again before the run ends without it.
const UNKNOWN_PATIENCE: Duration = Duration::from_secs(60);

/// What the look at the end of a round, and a person, make of what is not done.
pub(super) enum Next {
    Again,
    End,
    RevertAll,
}

impl Run<'_> {
    /// After a round: what is unknown is looked at before anything else; what failed is a person's to
    /// decide, where one is there.
    pub(super) async fn after(&mut self, end: RoundEnd) -> Next {
        if end.not_done.is_empty() {
            return Next::Again;
        }
        let mut failed = false;
        for (target, mut outcome) in end.not_done {
            let step = end.steps.get(&target).cloned().unwrap_or_default();
            let settled = match &mut outcome {
                Outcome::Unknown { .. } if self.unknowns.insert((target.clone(), step.clone())) => {
                    self.settle(&target).await
                }
                Outcome::Unknown { why } => {
                    // Each repetition of a switch would send users to the same release again.
                    *why = format!("the outcome of {step} is unknown for the second time: {why}");
                    false
                }
                _ => false,
            };
            if settled {
                self.failures.remove(&target);
            } else {
                failed = true;
                self.failures.insert(target, outcome);
            }
        }
        if !failed {
            return Next::Again;
        }
        match self.tools.world.attendance {
            Attendance::Attended => self.choose().await,
            Attendance::Unattended => self.unattended(),
        }
    }

    /// Without a person: the policy decides whether the others go on without the ones that failed.
    fn unattended(&mut self) -> Next {
        let goes_on = match self.intent.policy {
            FailurePolicy::Stop => false,
            policy => policy.goes_on_after(self.failures.len()),
        };
        if !goes_on {
            return Next::End;
        }
        let failed: Vec<Target> = self.failures.keys().cloned().collect();
        let all = members(&self.tools.world, &self.intent).len();
        for target in failed {
            self.excluded.entry(target).or_insert(Excluded::Skipped);
        }
        if self.excluded.len() >= all { Next::End } else { Next::Again }
    }

    /// Looks at a target until it is known how it stands: reachable, and not in the middle of
    /// something. The plan that follows finds out what is left to do.
    async fn settle(&mut self, target: &Target) -> bool {
        let member = members(&self.tools.world, &self.intent)
            .into_iter()
            .find(|member| member.target == *target);
        let Some(member) = member else { return false };
        let until = Instant::now() + UNKNOWN_PATIENCE;
        let mut wait = Duration::from_millis(500);
        while Instant::now() < until && !self.control.abort_token().is_cancelled() {
            let sight = look::at(&self.tools.world, member, Waits::ForAll.patience()).await;
            // A server that is being set up is in drift until it is done.
            let setup = self.intent.phase == Phase::Setup;
            let calm = sight.seen().is_some_and(|seen| setup || seen.drift.is_empty());
            self.tools.bus.tell(What::Observed { target: target.clone(), sight });
            if calm {
                return true;
            }
            // Who decides need not wait until it is known.
            tokio::select! {
                () = sleep(wait) => {}
                () = self.control.chosen(target) => return false,
            }
            wait = (wait * 2).min(Duration::from_secs(5));
        }
        false
    }

    /// A person decides, for each target that is not done.
    async fn choose(&mut self) -> Next {
        while self.is_undecided() {
            let heard = self.control.hear(|word| match word {
                Word::Choose { target, choice, by } => Some((target.clone(), *choice, by.clone())),
                _ => None,
            });
            let Some((chosen, choice, by)) = heard.await else { return Next::End };
            self.tools.bus.tell(What::Chosen { target: chosen.clone(), choice, by });
            match choice {
                Choice::Retry => {
                    self.unknowns.retain(|(target, _)| *target != chosen);
                    self.failures.remove(&chosen);
                }
                Choice::Skip => {
                    self.failures.remove(&chosen);
                    self.excluded.insert(chosen, Excluded::Skipped);
                }
                Choice::Revert => {
                    let _ = Box::pin(self.revert(Some(&chosen))).await;
                    self.failures.remove(&chosen);
                    self.excluded.insert(chosen, Excluded::Skipped);
                }
                Choice::RevertAll => return Next::RevertAll,
            }
        }
        if self.excluded.len() >= members(&self.tools.world, &self.intent).len() {
            Next::End
        } else {
            Next::Again
        }
    }

    fn is_undecided(&self) -> bool {
        self.failures.keys().any(|target| !self.excluded.contains_key(target))
    }

    /// Takes back what this run did: on one target, or on all.
    pub(super) async fn revert(&mut self, only: Option<&Target>) -> Verdict {
        let phase = match self.intent.phase {
            Phase::Prepare | Phase::Verify => Phase::Abandon,
            Phase::GoLive => Phase::RollBack,
            other => {
                return Verdict::Refused {
                    why: format!("{} has nothing to take back", other.title()),
                };
            }
        };
        let selection = match only.and_then(Target::host) {
            Some(host) => Selection::Only(vec![host.clone()]),
            None => self.intent.selection.clone(),
        };
        // One host that is taken back closes nothing to the others, which go on.
        let freeze = self.intent.freeze && only.is_none();
        let policy = FailurePolicy::Continue;
        // Only users of this run's release go back, and never further than to where they came from.
        let released = self.intent.release.as_ref().filter(|_| phase == Phase::RollBack);
        let course = released.map(|release| Course::Leave(release.tag.clone()));
        let intent = Intent { phase, course, selection, policy, freeze, ..self.intent.clone() };
        let mut back = Run::new(self.tools, &mut *self.control, intent);
        match back.rounds(None).await {
            Verdict::Done => Verdict::Failed {
                why: format!("{} failed, and was taken back everywhere", self.intent.phase.title()),
                failed: self.failures.keys().cloned().collect(),
            },
            other => other,
        }
    }
}
