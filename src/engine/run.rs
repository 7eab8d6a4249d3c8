//! One run of one phase: locks, then look, plan, carry out, and look again, until a fresh plan has
//! nothing left to do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::bus::Bus;
use super::control::{Control, Word};
use super::hooks;
use super::locks::{Locks, NoLocks};
use super::look;
use super::notify::Notifier;
use super::round::{Round, RoundEnd};
use super::world::{Attendance, World};
use crate::domain::event::{Choice, Verdict, What};
use crate::domain::lock::Lock;
use crate::domain::observation::Sight;
use crate::domain::outcome::Outcome;
use crate::domain::phase::Phase;
use crate::domain::plan::{Basis, FailurePolicy, Intent, Plan, Refusal, Selection};
use crate::domain::spec::{HookMoment, Member};
use crate::domain::target::Target;
use crate::platform::{self, Known};

/// A phase that needs more rounds than this does not converge.
const MOST_ROUNDS: u32 = 30;
/// How long a target whose outcome is unknown is asked again before the run ends without it.
const UNKNOWN_PATIENCE: Duration = Duration::from_secs(60);

/// A run at work.
pub struct Run<'a> {
    world: &'a World,
    bus: &'a Bus,
    control: &'a mut Control,
    intent: Intent,
    /// Targets that a person took out of the run, and those that could not be locked.
    excluded: BTreeMap<Target, Excluded>,
    failures: BTreeMap<Target, Outcome>,
}

enum Excluded {
    Skipped,
    Unreachable,
}

/// What the look at the end of a round, and a person, make of what is not done.
enum Next {
    Again,
    End,
    RevertAll,
}

pub async fn run(
    world: &World,
    bus: &Bus,
    control: &mut Control,
    intent: Intent,
    basis: Option<Basis>,
) -> Verdict {
    bus.tell(What::RunStarted {
        intent: intent.clone(),
        flipside: env!("CARGO_PKG_VERSION").to_owned(),
        inventory: world.inventory.clone(),
    });
    let verdict = if let Err(why) = hooks::run(world, bus, &intent, HookMoment::Before, None).await
    {
        Verdict::Refused { why }
    } else {
        let (excluded, failures) = (BTreeMap::new(), BTreeMap::new());
        Run { world, bus, control, intent: intent.clone(), excluded, failures }.locked(basis).await
    };
    let moment = if verdict == Verdict::Done { HookMoment::After } else { HookMoment::Failed };
    // What happened has happened: a hook that fails now is told, and changes nothing.
    let _ = hooks::run(world, bus, &intent, moment, Some(verdict.word())).await;
    let mut notifier = Notifier::new(world, bus, &intent);
    notifier.tell(&format!("{} {}", intent.phase.title(), verdict.word()));
    notifier.last_call().await;
    bus.tell(What::RunEnded { verdict: verdict.clone() });
    verdict
}

/// The members that an intent is about, in the order of their names.
pub fn members<'a>(world: &'a World, intent: &Intent) -> Vec<&'a Member> {
    let mut members = world.members(&intent.app, &intent.stack);
    members.retain(|member| intent.selection.takes(&member.target));
    members
}

/// What a run leaves on each host while it works there.
pub fn lock(intent: &Intent) -> Lock {
    Lock {
        who: intent.by.user.clone(),
        machine: intent.by.machine.clone(),
        why: intent.phase.word().to_owned(),
        since: intent.asked_at,
        release: intent.release.as_ref().map(|release| release.tag.clone()),
        run: intent.run.clone(),
    }
}

/// Plans from a fresh look.
pub fn plan(intent: &Intent, seen: &[(&Member, Sight)]) -> Result<Plan, Refusal> {
    let known: Vec<Known<'_>> =
        seen.iter().map(|(member, sight)| Known { member, sight }).collect();
    let Some((first, _)) = seen.first() else {
        return Err(Refusal {
            reason: format!("no host of {} is meant", intent.app),
            remedy: "`flipside inventory list` shows which hosts carry it".to_owned(),
            targets: Vec::new(),
        });
    };
    platform::of(&first.platform).plan(intent, &known)
}

impl<'a> Run<'a> {
    /// With the locks held, whatever happens, they are given back.
    async fn locked(&mut self, basis: Option<Basis>) -> Verdict {
        let (world, bus) = (self.world, self.bus);
        let founding = self.intent.phase == Phase::Setup;
        // A lock is the first thing that setup leaves on a fresh server. What it would be refused for
        // is found out before.
        if founding && let Err(refusal) = plan(&self.intent, &self.look().await) {
            return self.refused(refusal, false);
        }
        let mut locks = Locks::new(world, bus, lock(&self.intent)).founding(founding);
        // Roll back goes without a host that cannot be reached: it must not hold up the others.
        let leave_out = self.intent.phase == Phase::RollBack;
        let verdict = match locks.take(&members(world, &self.intent), leave_out).await {
            Ok(without) => {
                for (member, why) in without {
                    self.bus.tell(What::ConnectionLost { target: member.target.clone(), why });
                    self.excluded.insert(member.target.clone(), Excluded::Unreachable);
                }
                self.rounds(basis).await
            }
            Err(NoLocks::Held { target, holder }) => Verdict::Locked { target, holder: *holder },
            Err(NoLocks::NoPlace { target, why }) => Verdict::Refused {
                why: format!(
                    "{target}: {why}. `flipside setup {target} --release TAG` brings it into shape"
                ),
            },
            Err(NoLocks::Unreachable { target, why }) => Verdict::Refused {
                why: format!("{target} could not be locked: {why}. Nothing was changed"),
            },
        };
        locks.give_back().await;
        verdict
    }

    async fn rounds(&mut self, mut basis: Option<Basis>) -> Verdict {
        let mut changed = false;
        for round in 1..=MOST_ROUNDS {
            let seen = self.look().await;
            let plan = match plan(&self.narrowed(), &seen) {
                Ok(plan) => plan,
                Err(refusal) => return self.refused(refusal, changed),
            };
            if let Some(wanted) = basis.take().filter(|wanted| *wanted != plan.basis) {
                let reason = format!(
                    "the fleet changed since the plan {wanted} was made: it is {} now",
                    plan.basis
                );
                let remedy = "look at the new plan, and start again".to_owned();
                return self.refused(Refusal { reason, remedy, targets: Vec::new() }, false);
            }
            // What the platform found out (which release is meant) holds for the rest of the run.
            self.intent.release.clone_from(&plan.intent.release);
            self.bus.tell(What::Planned { round, plan: plan.clone() });
            if plan.is_complete() {
                return self.complete(&plan);
            }
            let failed_before = self.failures.len();
            let round = Round { world: self.world, bus: self.bus, plan: &plan, failed_before };
            let end = round.carry_out(self.control).await;
            changed |= end.worked;
            if let Some(by) = self.control.aborted_by() {
                self.failures.extend(end.not_done);
                return Verdict::Aborted { by };
            }
            match self.after(end).await {
                Next::Again => {}
                Next::End => return self.ended(&plan).await,
                Next::RevertAll => return Box::pin(self.revert(None)).await,
            }
        }
        Verdict::Failed {
            why: format!("after {MOST_ROUNDS} rounds there is still something left to do"),
            failed: self.failures.keys().cloned().collect(),
        }
    }

    async fn look(&self) -> Vec<(&'a Member, Sight)> {
        let members: Vec<&Member> = self.world.members(&self.intent.app, &self.intent.stack);
        look::at_all(self.world, &members, |member, sight| {
            self.bus.tell(What::Observed { target: member.target.clone(), sight: sight.clone() });
        })
        .await
    }

    /// The intent without the targets that are out.
    fn narrowed(&self) -> Intent {
        let mut intent = self.intent.clone();
        if !self.excluded.is_empty() {
            let left = members(self.world, &self.intent)
                .into_iter()
                .filter(|member| !self.excluded.contains_key(&member.target))
                .filter_map(|member| member.target.host().cloned());
            intent.selection = Selection::Only(left.collect());
        }
        intent
    }

    fn refused(&self, refusal: Refusal, changed: bool) -> Verdict {
        let why = format!("{}. {}", refusal.reason, refusal.remedy);
        let failed = refusal.targets.clone();
        self.bus.tell(What::Refused { refusal });
        if changed { Verdict::Failed { why, failed } } else { Verdict::Refused { why } }
    }

    /// Nothing is left to do. It is done, unless somebody was left out on the way.
    fn complete(&self, plan: &Plan) -> Verdict {
        let mut unknown: BTreeSet<Target> =
            plan.left_out.iter().map(|left| left.target.clone()).collect();
        let mut failed = BTreeSet::new();
        for (target, excluded) in &self.excluded {
            match excluded {
                Excluded::Skipped => failed.insert(target.clone()),
                Excluded::Unreachable => unknown.insert(target.clone()),
            };
        }
        if failed.is_empty() && unknown.is_empty() {
            return Verdict::Done;
        }
        let done =
            plan.targets().into_iter().filter(|t| !failed.contains(t) && !unknown.contains(t));
        Verdict::Partly {
            done: done.cloned().collect(),
            failed: failed.into_iter().collect(),
            unknown: unknown.into_iter().collect(),
        }
    }

    /// The run ends before everything is done: who is where, from a last look.
    async fn ended(&self, plan: &Plan) -> Verdict {
        let of = |wanted: fn(&Outcome) -> bool| -> Vec<Target> {
            self.failures
                .iter()
                .filter(|(_, outcome)| wanted(outcome))
                .map(|(t, _)| t.clone())
                .collect()
        };
        let failed = of(|outcome| matches!(outcome, Outcome::Failed { .. }));
        let unknown = of(|outcome| matches!(outcome, Outcome::Unknown { .. }));
        let done = self.done(plan).await;
        if !done.is_empty() {
            return Verdict::Partly { done, failed, unknown };
        }
        if failed.is_empty() {
            return Verdict::Unknown { unknown };
        }
        let why =
            self.failures.iter().next().map(|(target, outcome)| format!("{target}: {outcome}"));
        Verdict::Failed { why: why.unwrap_or_default(), failed }
    }

    /// The targets that had something to do, and on which a fresh plan has nothing left to do.
    async fn done(&self, before: &Plan) -> Vec<Target> {
        let seen = self.look().await;
        let Ok(plan) = plan(&self.intent, &seen) else { return Vec::new() };
        let had_work =
            |target: &Target| before.steps().any(|(t, step)| t == target && step.is_to_do());
        let still = |target: &Target| plan.steps().any(|(t, step)| t == target && step.is_to_do());
        plan.targets()
            .into_iter()
            .filter(|target| had_work(target) && !still(target))
            .cloned()
            .collect()
    }

    /// After a round: what is unknown is looked at before anything else; what failed is a person's to
    /// decide, where one is there.
    async fn after(&mut self, end: RoundEnd) -> Next {
        if end.not_done.is_empty() {
            return Next::Again;
        }
        let mut failed = false;
        for (target, outcome) in end.not_done {
            let settled = match &outcome {
                Outcome::Unknown { .. } => self.settle(&target).await,
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
        match self.world.attendance {
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
        let all = members(self.world, &self.intent).len();
        for target in failed {
            self.excluded.entry(target).or_insert(Excluded::Skipped);
        }
        if self.excluded.len() >= all { Next::End } else { Next::Again }
    }

    /// Looks at a target until it is known how it stands: reachable, and not in the middle of
    /// something. The plan that follows finds out what is left to do.
    async fn settle(&mut self, target: &Target) -> bool {
        let member =
            members(self.world, &self.intent).into_iter().find(|member| member.target == *target);
        let Some(member) = member else { return false };
        let until = Instant::now() + UNKNOWN_PATIENCE;
        let mut wait = Duration::from_millis(500);
        while Instant::now() < until && !self.control.abort_token().is_cancelled() {
            let sight = look::at(self.world, member).await;
            // A server that is being set up is in drift until it is done.
            let setup = self.intent.phase == Phase::Setup;
            let calm = sight.seen().is_some_and(|seen| setup || seen.drift.is_empty());
            self.bus.tell(What::Observed { target: target.clone(), sight });
            if calm {
                return true;
            }
            sleep(wait).await;
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
            self.bus.tell(What::Chosen { target: chosen.clone(), choice, by });
            match choice {
                Choice::Retry => {
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
        if self.excluded.len() >= members(self.world, &self.intent).len() {
            Next::End
        } else {
            Next::Again
        }
    }

    fn is_undecided(&self) -> bool {
        self.failures.keys().any(|target| !self.excluded.contains_key(target))
    }

    /// Takes back what this run did: on one target, or on all.
    async fn revert(&mut self, only: Option<&Target>) -> Verdict {
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
        let intent =
            Intent { phase, selection, policy: FailurePolicy::Continue, ..self.intent.clone() };
        let mut back = Run {
            world: self.world,
            bus: self.bus,
            control: &mut *self.control,
            intent,
            excluded: BTreeMap::new(),
            failures: BTreeMap::new(),
        };
        match back.rounds(None).await {
            Verdict::Done => Verdict::Failed {
                why: format!("{} failed, and was taken back everywhere", self.intent.phase.title()),
                failed: self.failures.keys().cloned().collect(),
            },
            other => other,
        }
    }
}
