//! Recovery after a round in which a step was not done: observes the targets whose outcome is unknown, and
//! asks a person about those that failed (retry, skip, or revert).

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;

use tokio::time::{Instant, sleep};

use super::context::Attendance;
use super::control::RunMessage;
use super::observe;
use super::round::RoundEnd;
use super::run::{AfterRound, Exclusion, Run, members};
use super::stragglers::WaitPolicy;
use crate::domain::event::{Choice, Verdict, What};
use crate::domain::names::TargetName;
use crate::domain::observation::{Drift, DriftKind, Observed};
use crate::domain::outcome::Outcome;
use crate::domain::phase::Phase;
use crate::domain::plan::{FailurePolicy, Intent, Selection};
use crate::domain::release::Release;
use crate::domain::rollback::RollbackGoal;
use crate::domain::spec::Member;
use crate::domain::target::{Carries, Target};

/// How long a target with an unknown outcome is observed again before the run ends without it.
const UNKNOWN_PATIENCE: Duration = Duration::from_secs(60);

/// Whose users a run moved.
enum Moved {
    Nobody,
    Targets(BTreeSet<TargetName>),
    /// Users of these targets are on the run's release, and the targets record no changes.
    NotRecorded(Vec<String>),
}

impl Run<'_> {
    /// Decides how the run continues after a round. Targets with an unknown outcome are observed first. A person, if
    /// there is one, decides about failed targets.
    pub(super) async fn after(&mut self, end: RoundEnd) -> AfterRound {
        if end.not_done.is_empty() {
            return AfterRound::Again;
        }
        let mut outcomes = end.not_done;
        let mut unknown = Vec::new();
        for (target, outcome) in &mut outcomes {
            let Outcome::Unknown { why } = outcome else { continue };
            let step = end.steps.get(target).cloned().unwrap_or_default();
            if self.unknowns.insert((target.clone(), step.clone())) {
                unknown.push(target.clone());
            } else {
                // Each repetition of a switch would send users to the same release again.
                *why = format!("the outcome of {step} is unknown for the second time: {why}");
            }
        }
        let resolved = self.resolve_unknown(unknown).await;
        let mut failed = false;
        for (target, outcome) in outcomes {
            if resolved.contains(&target) {
                self.failures.remove(&target);
            } else {
                failed = true;
                self.failures.insert(target, outcome);
            }
        }
        if !failed {
            return AfterRound::Again;
        }
        match self.services.context.attendance {
            Attendance::Attended => self.choose().await,
            Attendance::Unattended => self.unattended(),
        }
    }

    /// Without a person, the failure policy decides whether the run continues without the failed targets.
    fn unattended(&mut self) -> AfterRound {
        let goes_on = match self.intent.policy {
            FailurePolicy::Stop => false,
            policy => policy.goes_on_after(self.failures.len()),
        };
        if !goes_on {
            return AfterRound::End;
        }
        let all = members(&self.services.context, &self.intent).len();
        for (target, outcome) in &self.failures {
            self.excluded.entry(target.clone()).or_insert(Exclusion::after(Some(outcome)));
        }
        if self.excluded.len() >= all { AfterRound::End } else { AfterRound::Again }
    }

    /// Observes targets until each is reachable and not in the middle of a change, and returns those that are. The plan
    /// that follows finds out what is left to do.
    async fn resolve_unknown(&mut self, mut pending: Vec<Target>) -> BTreeSet<Target> {
        let mut resolved = BTreeSet::new();
        if pending.is_empty() {
            return resolved;
        }
        self.announce_wait(&pending);
        let until = Instant::now() + UNKNOWN_PATIENCE;
        let mut wait = Duration::from_millis(500);
        while !pending.is_empty() && Instant::now() < until {
            let abort = self.control.abort_token();
            // An abort ends the run now, not when the host has answered.
            let calm = tokio::select! {
                biased;
                () = abort.cancelled() => break,
                calm = self.calm(&pending) => calm,
            };
            pending.retain(|target| !calm.contains(target));
            resolved.extend(calm);
            if pending.is_empty() {
                break;
            }
            // A person may decide before the outcome is known.
            tokio::select! {
                () = sleep(wait) => {}
                () = self.control.chosen(&pending) => break,
            }
            wait = (wait * 2).min(Duration::from_secs(5));
        }
        resolved
    }

    fn announce_wait(&self, pending: &[Target]) {
        let names: Vec<&str> = pending.iter().map(Target::name).collect();
        let text = format!(
            "the outcome is UNKNOWN on {}: observed until it is known, for at most {} s",
            names.join(", "),
            UNKNOWN_PATIENCE.as_secs()
        );
        self.services.bus.emit(What::Note { text });
    }

    /// Returns the targets that answer and whose sources agree.
    async fn calm(&self, pending: &[Target]) -> Vec<Target> {
        let members = members(&self.services.context, &self.intent);
        let members = members.into_iter().filter(|member| pending.contains(&member.target));
        // A server that is being set up is in drift until it is done.
        let setup = self.intent.phase == Phase::Setup;
        let rollback = self.intent.phase == Phase::Rollback;
        let observed = members.map(|member| async move {
            let observed =
                observe::at(&self.services.context, member, WaitPolicy::ForAll.patience()).await;
            let disagrees = |drift: &Drift| drift.kind == DriftKind::Disagreement;
            let calm =
                observed.current().is_some_and(|seen| match (setup, rollback, &seen.switching) {
                    (true, ..) => true,
                    // A rollback continues from a switch that was killed.
                    (_, true, Some(mark)) => !mark.running,
                    _ => !seen.drift.iter().any(disagrees),
                });
            let target = member.target.clone();
            self.services.bus.emit(What::Observed { target: target.clone(), observed });
            calm.then_some(target)
        });
        join_all(observed).await.into_iter().flatten().collect()
    }

    /// Lets a person decide about each target that is not done.
    async fn choose(&mut self) -> AfterRound {
        while self.is_undecided() {
            let choice = self.control.receive(|message| match message {
                RunMessage::Choose { target, choice, by } => {
                    Some((target.clone(), *choice, by.clone()))
                }
                _ => None,
            });
            let Some((chosen, choice, by)) = choice.await else { return AfterRound::End };
            self.services.bus.emit(What::Chosen { target: chosen.clone(), choice, by });
            match choice {
                Choice::Retry => {
                    self.unknowns.retain(|(target, _)| *target != chosen);
                    self.failures.remove(&chosen);
                }
                Choice::Skip => {
                    let outcome = self.failures.remove(&chosen);
                    self.excluded.insert(chosen, Exclusion::after(outcome.as_ref()));
                }
                Choice::Revert => {
                    let _ = Box::pin(self.revert(Some(&chosen))).await;
                    self.failures.remove(&chosen);
                    self.excluded.insert(chosen, Exclusion::Skipped);
                }
                Choice::RevertAll => return AfterRound::RevertAll,
            }
        }
        if self.excluded.len() >= members(&self.services.context, &self.intent).len() {
            AfterRound::End
        } else {
            AfterRound::Again
        }
    }

    fn is_undecided(&self) -> bool {
        self.failures.keys().any(|target| !self.excluded.contains_key(target))
    }

    /// Returns whose users this run moved, by the targets' own records. A host that does not answer is included, since its
    /// users may have been moved, and so are those that run only jobs, which follow.
    async fn moved_by_this_run(&self) -> Moved {
        let seen = self.observe_all().await;
        let is_moved = |observed: &Observed| {
            let Some(seen) = observed.current() else { return true };
            let run = seen.change().and_then(|change| change.run.as_ref());
            run == Some(&self.intent.run)
        };
        let meant = || seen.iter().filter(|(it, _)| self.intent.selection.takes(&it.target));
        let is_about = |member: &Member, observed: &Observed| {
            member.carries == Carries::JobsOnly || is_moved(observed)
        };
        let about: Vec<&Member> = meant()
            .filter(|(it, observed)| is_about(it, observed))
            .map(|(member, _)| *member)
            .collect();
        if about.iter().any(|member| member.carries == Carries::App) {
            return Moved::Targets(about.iter().map(|member| member.target.id()).collect());
        }
        let released = self.intent.release.as_ref().map(|release| &release.tag);
        let unrecorded = meant().filter(|(_, observed)| {
            let Some(seen) = observed.current() else { return false };
            seen.change().is_none() && released.is_some() && seen.live_tag() == released
        });
        let unrecorded: Vec<String> =
            unrecorded.map(|(member, _)| member.target.to_string()).collect();
        if unrecorded.is_empty() { Moved::Nobody } else { Moved::NotRecorded(unrecorded) }
    }

    fn nothing_to_revert(&self, unrecorded: &[String]) -> Verdict {
        let phase = self.intent.phase.title();
        let why = match (unrecorded, &self.intent.release) {
            ([_, ..], Some(Release { tag, .. })) => format!(
                "{phase} failed, and nothing was reverted: users are on {tag} on {}, and it is not recorded where they \
                came from. Name the release: `flipside rollback --to RELEASE`",
                unrecorded.join(", ")
            ),
            _ => format!("{phase} failed, and moved no users: there is nothing to revert"),
        };
        Verdict::Failed { why, failed: self.failures.keys().cloned().collect() }
    }

    /// Reverts what this run did, on one target or on all.
    pub(super) async fn revert(&mut self, only: Option<&Target>) -> Verdict {
        let phase = match self.intent.phase {
            Phase::Prepare | Phase::Verify => Phase::Abandon,
            Phase::GoLive => Phase::Rollback,
            other => {
                return Verdict::Refused {
                    why: format!("{} has nothing to revert", other.title()),
                };
            }
        };
        let selection = match only {
            Some(target) => Selection::only([target]),
            None if phase == Phase::Rollback => match self.moved_by_this_run().await {
                Moved::Targets(targets) => Selection::Only(targets),
                Moved::Nobody => return self.nothing_to_revert(&[]),
                Moved::NotRecorded(targets) => return self.nothing_to_revert(&targets),
            },
            None => self.intent.selection.clone(),
        };
        // Reverting one host does not freeze go-live for the others, which continue.
        let freeze = self.intent.freeze && only.is_none();
        let policy = FailurePolicy::Continue;
        // Only users of this run's release are sent back, and only to the release that they came from.
        let released = self.intent.release.as_ref().filter(|_| phase == Phase::Rollback);
        let goal = released.map(|release| RollbackGoal::Leave(release.tag.clone()));
        let intent = Intent { phase, goal, selection, policy, freeze, ..self.intent.clone() };
        let lease = self.lease.clone();
        let ended_run = lease.set_freeze_ends_run(false);
        let back = Run::new(self.services, &mut *self.control, intent, lease).rounds(None).await;
        self.lease.set_freeze_ends_run(ended_run && only.is_some());
        match back {
            Verdict::Done => Verdict::Failed {
                why: format!("{} failed, and was reverted on all hosts", self.intent.phase.title()),
                failed: self.failures.keys().cloned().collect(),
            },
            other => other,
        }
    }
}
