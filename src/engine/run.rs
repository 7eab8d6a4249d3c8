//! One run of one phase: takes locks, then observes, plans and carries out, again and again, until a fresh plan
//! has nothing left to do.

mod locked;
mod observe;

use super::availability;
use super::context::EngineContext;
use super::control::Control;
use super::hooks::Hooks;
use super::lease::Lease;
use super::round::Round;
use super::services::Services;
use super::stragglers::WaitPolicy;
use crate::domain::availability::Availabilities;
use crate::domain::event::{Verdict, What};
use crate::domain::http::Request;
use crate::domain::lock::{LEASE_SECONDS, Lock};
use crate::domain::observation::{Observation, Observed};
use crate::domain::outcome::Outcome;
use crate::domain::phase::Phase;
use crate::domain::plan::{
    Action, Basis, HookMoment, Intent, LeftOut, Plan, Refusal, Selection, Step,
};
use crate::domain::rollback::RollbackGoal;
use crate::domain::spec::{Member, capabilities};
use crate::domain::target::Target;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// A phase that needs more rounds than this does not converge.
const MOST_ROUNDS: u32 = 30;

/// How often the hosts are observed, and at which interval, before the run fails because users are not answered
/// although nothing is left to do.
const ANSWERS_AGAIN: u32 = 3;
const ANSWERS_AFTER: Duration = Duration::from_secs(1);

/// A run in progress.
pub struct Run<'a> {
    pub(super) services: &'a Services,
    pub(super) control: &'a mut Control,
    pub(super) intent: Intent,
    /// Targets that a person excluded from the run, and those that could not be locked.
    pub(super) excluded: BTreeMap<Target, Exclusion>,
    pub(super) failures: BTreeMap<Target, Outcome>,
    /// Steps with an unknown outcome. After the second unknown outcome of a step a person decides.
    pub(super) unknowns: BTreeSet<(Target, String)>,
    /// Observations from shortly before the locks were taken that are still current. The first round uses them instead
    /// of observing again.
    recent: BTreeMap<Target, Box<Observation>>,
    waits: WaitPolicy,
    /// Changing requests that this run sent, and that were answered as done.
    answered: Vec<(Target, Request)>,
    /// Whether the registry still has the releases that this run would pull.
    pub(super) availability: Availabilities,
    pub(super) lease: Lease,
}

/// What happens after a round in which a step was not done.
pub(super) enum AfterRound {
    Again,
    End,
    RevertAll,
}

/// Why a run goes without a target.
pub(super) enum Exclusion {
    /// The operator or the failure policy excluded it.
    Skipped,
    /// The same, and the outcome of its last step is not known.
    SkippedUnknown,
    /// It could not be reached, for this reason.
    Unreachable(String),
}

impl Exclusion {
    /// Returns the exclusion of a target after its last step ended with `outcome`.
    pub(super) fn after(outcome: Option<&Outcome>) -> Self {
        match outcome {
            Some(Outcome::Unknown { .. }) => Self::SkippedUnknown,
            _ => Self::Skipped,
        }
    }
}

/// Carries a phase out. The caller emits the returned verdict.
pub async fn run(
    services: &Services,
    control: &mut Control,
    intent: Intent,
    basis: Option<Basis>,
) -> Verdict {
    let Services { context, bus, .. } = services;
    bus.emit(What::RunStarted {
        intent: intent.clone(),
        flipside: env!("CARGO_PKG_VERSION").to_owned(),
        inventory: context.inventory.clone(),
    });
    if let Some(refusal) = absent(context, &intent) {
        return Verdict::Refused { why: refusal.in_words() };
    }
    let mut intent = intent;
    let verdict = if let Some(verdict) = before(services, control, &intent).await {
        verdict
    } else {
        let end = control.abort_token();
        let lease = Lease::new(context, bus, &intent, lock(&intent), end);
        let mut run = Run::new(services, control, intent.clone(), lease);
        let verdict = run.run_with_locks(basis).await;
        // What follows names the release that the plan decided on.
        (intent.release, intent.goal) = (run.intent.release, run.intent.goal);
        verdict
    };
    let moment = if verdict == Verdict::Done { HookMoment::After } else { HookMoment::Failed };
    // An operator who aborted the phase did not abort the hooks after it; one who aborts now does.
    let end = control.abort_token();
    let cancel = if end.is_cancelled() { CancellationToken::new() } else { end };
    let hooks = Hooks { context, bus, intent: &intent, moment, cancel };
    // The phase is over. A hook that fails now is reported, and does not change the verdict.
    let _ = hooks.run(Some(verdict.word())).await;
    services.notifier.emit(&intent, &format!("{} {}", intent.phase.title(), verdict.word()));
    verdict
}

/// Carries out the hooks before the phase. Returns a verdict if the phase does not begin.
async fn before(services: &Services, control: &Control, intent: &Intent) -> Option<Verdict> {
    let Services { context, bus, .. } = services;
    let (moment, cancel) = (HookMoment::Before, control.abort_token());
    let ended = Hooks { context, bus, intent, moment, cancel }.run(None).await;
    match (control.aborted_by(), ended) {
        (Some(by), _) => Some(Verdict::Aborted { by }),
        (None, Err(error)) => Some(Verdict::Refused { why: error.to_string() }),
        (None, Ok(())) => None,
    }
}

/// Returns the members that an intent selects, in the order of their names.
pub fn members<'a>(context: &'a EngineContext, intent: &Intent) -> Vec<&'a Member> {
    let mut members = context.members(&intent.app, &intent.stack);
    members.retain(|member| intent.selection.takes(&member.target));
    members
}

/// Returns the refusal of a phase that does not exist for the app: no hook runs for it, and nothing is locked.
fn absent(context: &EngineContext, intent: &Intent) -> Option<Refusal> {
    capabilities(members(context, intent)).refusal(intent.phase, &intent.app)
}

/// Returns a target as a command line names it.
fn arguments(members: &[&Member], target: &Target) -> String {
    let member = members.iter().find(|member| member.target == *target);
    member.map_or_else(|| target.to_string(), |member| member.as_arguments())
}

/// Returns the lock that a run leaves on each host while it works there.
pub fn lock(intent: &Intent) -> Lock {
    Lock {
        who: intent.by.user.clone(),
        machine: intent.by.machine.clone(),
        why: intent.phase.word().to_owned(),
        since: intent.at(),
        release: match &intent.goal {
            Some(
                RollbackGoal::To(tag)
                | RollbackGoal::Leave(tag)
                | RollbackGoal::Withdraw(tag)
                | RollbackGoal::Continue { to: tag, .. },
            ) => Some(tag.clone()),
            None => intent.release.as_ref().map(|release| release.tag.clone()),
        },
        run: intent.run.clone(),
        lease: Some(LEASE_SECONDS),
        rollback: intent.phase == Phase::Rollback,
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(
        services: &'a Services,
        control: &'a mut Control,
        intent: Intent,
        lease: Lease,
    ) -> Self {
        let (excluded, failures, recent) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        // Hosts that were named explicitly are all waited for.
        let waits = match intent.selection {
            Selection::Only(_) => WaitPolicy::ForAll,
            Selection::All => WaitPolicy::of(intent.phase),
        };
        let (unknowns, availability) = (BTreeSet::new(), Availabilities::default());
        Self {
            services,
            control,
            intent,
            excluded,
            failures,
            unknowns,
            recent,
            answered: Vec::new(),
            waits,
            availability,
            lease,
        }
    }

    /// Runs the rounds, with the locks held, until a fresh plan has nothing left to do.
    pub(super) async fn rounds(&mut self, mut basis: Option<Basis>) -> Verdict {
        let mut changed = false;
        let mut unanswered = 0;
        for round in 1..=MOST_ROUNDS {
            let (plan, seen) = match self.plan_again(basis.take(), changed).await {
                Ok(planned) => planned,
                Err(verdict) => return verdict,
            };
            if let Some(why) = self.still_to_do(&plan) {
                unanswered += 1;
                if unanswered < ANSWERS_AGAIN {
                    sleep(ANSWERS_AFTER).await;
                    continue;
                }
                return why;
            }
            self.intent.keep_decisions(&plan);
            self.services.bus.emit(What::Planned { round, plan: self.with_left_out(plan.clone()) });
            if plan.is_complete() {
                match self.end_of(&plan, &seen, &mut unanswered).await {
                    Some(verdict) => return verdict,
                    None => continue,
                }
            }
            let failed_before = self.failures.len();
            self.control.forget_choices();
            let round =
                Round { services: self.services, plan: &plan, failed_before, lease: &self.lease };
            let mut end = round.execute(self.control).await;
            changed |= end.worked;
            if let Some(lost) = self.lost() {
                return lost;
            }
            if let Some(by) = self.control.aborted_by() {
                self.failures.extend(end.not_done);
                return Verdict::Aborted { by };
            }
            self.answered.append(&mut end.answered);
            if end.left_open && end.not_done.is_empty() {
                return self.complete(&plan);
            }
            self.recent = end.still_current();
            match self.after(end).await {
                AfterRound::Again => {}
                AfterRound::End => return self.ended(&plan).await,
                AfterRound::RevertAll => return Box::pin(self.revert(None)).await,
            }
        }
        Verdict::Failed {
            why: format!("after {MOST_ROUNDS} rounds there is still something left to do"),
            failed: self.failures.keys().cloned().collect(),
        }
    }

    /// Observes and plans. `basis` is the plan that was agreed to: another one is refused. `Err` ends the run.
    async fn plan_again(
        &mut self,
        basis: Option<Basis>,
        changed: bool,
    ) -> Result<(Plan, Vec<(&'a Member, Observed)>), Verdict> {
        let recent = std::mem::take(&mut self.recent);
        let seen = self.observe_except(recent).await;
        let seen = self.wait_for_earlier_switches(seen).await;
        self.lease.check_observed_locks(&seen);
        if let Some(lost) = self.lost() {
            return Err(lost);
        }
        if let Some(refusal) = self.none_reachable(&seen) {
            return Err(self.refused(refusal, changed));
        }
        let intent = self.without_excluded();
        let plan = availability::plan(self.services, &intent, &seen, &mut self.availability).await;
        let plan = plan.map_err(|refusal| self.refused(refusal, changed))?;
        if let Some(wanted) = basis.filter(|wanted| *wanted != plan.basis) {
            let reason = format!(
                "the fleet changed since the plan {wanted} was made: it is {} now",
                plan.basis
            );
            let remedy = "review the new plan, then start again".to_owned();
            return Err(self.refused(Refusal { reason, remedy, targets: Vec::new() }, false));
        }
        Ok((plan, seen))
    }

    /// Returns the failure of a run whose plan has a request to send that was already answered as done. Sent again it could
    /// do twice what it does, as often as there are rounds.
    fn still_to_do(&self, plan: &Plan) -> Option<Verdict> {
        let repeated = |target: &Target, step: &Step| {
            let Action::Request(request) = &step.action else { return false };
            self.answered.iter().any(|(to, sent)| to == target && sent == request)
        };
        let (target, step) =
            plan.steps().find(|(target, step)| step.is_to_do() && repeated(target, step))?;
        let title = &step.title;
        Some(Verdict::Failed {
            why: format!(
                "{target} answered that `{title}` is done, and its state shows that it is not. The request is not sent \
                 again. Find out what became of it there; a `poll` after it waits for a server that needs time"
            ),
            failed: vec![target.clone()],
        })
    }

    /// Returns the verdict of a plan that has nothing left to do, or `None` if it is to be made again.
    async fn end_of(
        &mut self,
        plan: &Plan,
        seen: &[(&Member, Observed)],
        unanswered: &mut u32,
    ) -> Option<Verdict> {
        // The other hosts are done: the stragglers are waited for now.
        if self.waits == WaitPolicy::ForMost && !plan.left_out.is_empty() {
            self.waits = WaitPolicy::ForAll;
            return None;
        }
        // Nothing is left to do, but users are not answered. This may pass; if it does not, the run fails.
        let Some(why) = self.unanswered(plan, seen) else { return Some(self.complete(plan)) };
        *unanswered += 1;
        if *unanswered < ANSWERS_AGAIN {
            sleep(ANSWERS_AFTER).await;
            return None;
        }
        Some(why)
    }

    /// Returns the intent without the excluded targets.
    fn without_excluded(&self) -> Intent {
        let mut intent = self.intent.clone();
        if !self.excluded.is_empty() {
            let left = members(&self.services.context, &self.intent)
                .into_iter()
                .filter(|member| !self.excluded.contains_key(&member.target))
                .map(|member| member.target.id());
            intent.selection = Selection::Only(left.collect());
        }
        intent
    }

    /// Returns the plan as it is emitted: with the run's own selection, and with unreachable targets in `left_out`.
    fn with_left_out(&self, mut plan: Plan) -> Plan {
        plan.intent.selection.clone_from(&self.intent.selection);
        plan.left_out.extend(self.excluded.iter().filter_map(
            |(target, excluded)| match excluded {
                Exclusion::Unreachable(why) => {
                    Some(LeftOut { target: target.clone(), why: why.clone() })
                }
                Exclusion::Skipped | Exclusion::SkippedUnknown => None,
            },
        ));
        plan
    }
}
