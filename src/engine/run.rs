//! One run of one phase: locks, then look, plan, carry out, and look again, until a fresh plan has
//! nothing left to do.

use super::aftermath::Next;
use super::bus::Bus;
use super::control::Control;
use super::hooks;
use super::locks::{Locks, NoLocks};
use super::look;
use super::notify::Notifier;
use super::round::Round;
use super::world::World;
use crate::domain::event::{Verdict, What};
use crate::domain::lock::Lock;
use crate::domain::observation::Sight;
use crate::domain::outcome::Outcome;
use crate::domain::phase::Phase;
use crate::domain::plan::{Basis, Intent, Plan, Refusal, Selection};
use crate::domain::spec::{HookMoment, Member};
use crate::domain::target::Target;
use crate::platform::{self, Known};
use std::collections::{BTreeMap, BTreeSet};

/// A phase that needs more rounds than this does not converge.
const MOST_ROUNDS: u32 = 30;

/// A run at work.
pub struct Run<'a> {
    pub(super) tools: &'a Tools,
    pub(super) control: &'a mut Control,
    pub(super) intent: Intent,
    /// Targets that a person took out of the run, and those that could not be locked.
    pub(super) excluded: BTreeMap<Target, Excluded>,
    pub(super) failures: BTreeMap<Target, Outcome>,
}

pub(super) enum Excluded {
    Skipped,
    Unreachable,
}

/// What a run works with.
#[derive(Clone)]
pub struct Tools {
    pub world: World,
    pub bus: Bus,
    pub notifier: Notifier,
}

/// Carries a phase out. The verdict is the caller's to tell, once this has returned.
pub async fn run(
    tools: &Tools,
    control: &mut Control,
    intent: Intent,
    basis: Option<Basis>,
) -> Verdict {
    let Tools { world, bus, .. } = tools;
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
        Run { tools, control, intent: intent.clone(), excluded, failures }.locked(basis).await
    };
    let moment = if verdict == Verdict::Done { HookMoment::After } else { HookMoment::Failed };
    // What happened has happened: a hook that fails now is told, and changes nothing.
    let _ = hooks::run(world, bus, &intent, moment, Some(verdict.word())).await;
    tools.notifier.tell(&intent, &format!("{} {}", intent.phase.title(), verdict.word()));
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
        let Tools { world, bus, .. } = self.tools;
        let founding = self.intent.phase == Phase::Setup;
        // A lock is the first thing that setup leaves on a fresh server. What it would be refused for
        // is found out before.
        if founding && let Err(refusal) = plan(&self.intent, &self.look().await) {
            return self.refused(refusal, false);
        }
        let mut locks = Locks::new(world, bus, lock(&self.intent)).founding(founding);
        let members = members(world, &self.intent);
        // Roll back goes without a host that cannot be reached: it must not hold up the others.
        let taken = if self.intent.phase == Phase::RollBack {
            locks.take_what_answers(&members, look::patience(Phase::RollBack)).await
        } else {
            locks.take(&members).await.map(|()| Vec::new())
        };
        let verdict = match taken {
            Ok(without) => {
                let late: Vec<&Member> = without.iter().map(|(member, _)| *member).collect();
                self.leave_out(without);
                let verdict = self.rounds(basis).await;
                self.latecomers(&mut locks, &late, verdict).await
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

    fn leave_out(&mut self, without: Vec<(&Member, String)>) {
        for (member, why) in without {
            self.tools.bus.tell(What::ConnectionLost { target: member.target.clone(), why });
            self.excluded.insert(member.target.clone(), Excluded::Unreachable);
        }
    }

    /// Those who answer are switched by now. Those who did not are asked once more, with patience.
    async fn latecomers(
        &mut self,
        locks: &mut Locks<'a>,
        late: &[&'a Member],
        verdict: Verdict,
    ) -> Verdict {
        if late.is_empty() || self.control.abort_token().is_cancelled() {
            return verdict;
        }
        let Ok(still) = locks.take_what_answers(late, look::PATIENCE).await else { return verdict };
        if still.len() == late.len() {
            return verdict;
        }
        for member in late {
            self.excluded.remove(&member.target);
            self.tools.bus.tell(What::ConnectionBack { target: member.target.clone() });
        }
        self.leave_out(still);
        self.rounds(None).await
    }

    pub(super) async fn rounds(&mut self, mut basis: Option<Basis>) -> Verdict {
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
            self.tools.bus.tell(What::Planned { round, plan: plan.clone() });
            if plan.is_complete() {
                return self.complete(&plan);
            }
            let failed_before = self.failures.len();
            self.control.forget_choices();
            let round = Round { tools: self.tools, plan: &plan, failed_before };
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
        let mut members = self.tools.world.members(&self.intent.app, &self.intent.stack);
        members.retain(|member| {
            !matches!(self.excluded.get(&member.target), Some(Excluded::Unreachable))
        });
        look::at_all(&self.tools.world, &members, self.intent.phase, |member, sight| {
            self.tools
                .bus
                .tell(What::Observed { target: member.target.clone(), sight: sight.clone() });
        })
        .await
    }

    /// The intent without the targets that are out.
    fn narrowed(&self) -> Intent {
        let mut intent = self.intent.clone();
        if !self.excluded.is_empty() {
            let left = members(&self.tools.world, &self.intent)
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
        self.tools.bus.tell(What::Refused { refusal });
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
}
