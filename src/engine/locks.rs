//! The locks of a run, one on every host: taken in the order of the hosts' names, released on every way out.

mod removal;

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::sleep;

pub use removal::{LockRemoval, release_all, release_left_lock, remove};

use super::bus::EventBus;
use super::context::EngineContext;
use super::lease::{Lease, Renewals};
use super::lock_answer::{LockAnswer, LockCommandError};
use super::lock_command::{LockCommand, command};
use super::race::{self, Race};
use super::stragglers::WaitPolicy;
use crate::domain::event::What;
use crate::domain::lock::{HeldLock, LockId};
use crate::domain::observation::Observation;
use crate::domain::spec::Member;
use crate::domain::target::Target;
use crate::platform::{LockClaim, Locking};

/// The age after which an observation is not reused, whatever a lock proves about the time since.
const FRESH: Duration = Duration::from_secs(5);

/// How long an aborted run waits for each host to remove its lock. The person who aborted it waits, too.
/// A lock that is not removed in time is reported as left behind.
const ENDED: Duration = Duration::from_secs(3);

/// The result of taking one lock.
enum LockAttempt {
    /// The lock is this run's. The number is how often the host was ever locked, where the platform counts.
    Ours(Option<u64>),
    Held(Box<HeldLock>),
    /// This target has no lock.
    NotNeeded,
    /// The server was never set up, so it has nothing to lock.
    NotSetUp(String),
    /// The host was not reached, so no lock was taken.
    NotAsked(String),
    NotKnown(String),
}

impl LockAttempt {
    fn of(answer: LockAnswer) -> Self {
        match answer {
            Ok((0, output)) => Self::Ours(output.trim().parse().ok()),
            Ok((Locking::HELD, output)) => Self::Held(Box::new(Locking::held(&output))),
            Ok((Locking::NOT_SET_UP, output)) => Self::NotSetUp(output.trim().to_owned()),
            Ok((code, output)) => Self::NotKnown(format!(
                "its lock could not be taken, exit {code}: {}",
                output.trim()
            )),
            Err(LockCommandError::NotStarted(why)) => Self::NotAsked(why),
            Err(LockCommandError::NotKnown(why)) => Self::NotKnown(why),
        }
    }
}

/// The locks of one run.
pub struct Locks<'a> {
    context: &'a EngineContext,
    bus: &'a EventBus,
    lease: Lease,
    renewals: Renewals,
    for_setup: bool,
    held: Vec<&'a Member>,
    counts: BTreeMap<Target, u64>,
    uncertain: Vec<&'a Member>,
    /// The locks of others that were found, by target. Each is reported once.
    reported: BTreeMap<Target, LockId>,
}

/// Why not every lock was taken.
pub enum LockFailure {
    Held {
        target: Target,
        holder: Box<HeldLock>,
    },
    /// This server was never set up.
    NotSetUp {
        target: Target,
        why: String,
    },
    Unreachable {
        target: Target,
        why: String,
    },
}

impl<'a> Locks<'a> {
    pub fn new(context: &'a EngineContext, bus: &'a EventBus, lease: Lease) -> Self {
        let (held, uncertain) = (Vec::new(), Vec::new());
        let (counts, reported, renewals) = (BTreeMap::new(), BTreeMap::new(), Renewals::default());
        let for_setup = false;
        Self { context, bus, lease, renewals, for_setup, held, counts, uncertain, reported }
    }

    /// Creates the directory of the locks where a server was never set up.
    #[must_use]
    pub fn for_setup(self, for_setup: bool) -> Self {
        Self { for_setup, ..self }
    }

    /// Takes the lock of each member. The first by name is locked alone: of two consoles that want the same hosts, one gets
    /// it, and the other one takes nothing. The others are locked in parallel; since nobody waits for a lock, they need no
    /// order to avoid a deadlock.
    pub async fn take(&mut self, members: &[&'a Member]) -> Result<(), LockFailure> {
        let Some((first, others)) = members.split_first() else { return Ok(()) };
        let patience = WaitPolicy::ForAll.patience();
        let taken = self.acquire(first, patience).await;
        self.record(first, taken)?;
        let this = &*self;
        let taken = join_all(others.iter().map(|member| this.acquire(member, patience))).await;
        // All results are recorded before the first failure is returned.
        let results: Vec<_> =
            others.iter().zip(taken).map(|(member, taken)| self.record(member, taken)).collect();
        results.into_iter().collect()
    }

    fn record(&mut self, member: &'a Member, taken: LockAttempt) -> Result<(), LockFailure> {
        let target = member.target.clone();
        match taken {
            LockAttempt::Ours(count) => {
                self.acquired(member, count);
                Ok(())
            }
            LockAttempt::Held(holder) => {
                self.report_holder(member, &holder);
                Err(LockFailure::Held { target, holder })
            }
            LockAttempt::NotNeeded => Ok(()),
            LockAttempt::NotSetUp(why) => Err(LockFailure::NotSetUp { target, why }),
            LockAttempt::NotAsked(why) => Err(LockFailure::Unreachable { target, why }),
            LockAttempt::NotKnown(why) => {
                self.mark_uncertain(member);
                Err(LockFailure::Unreachable { target, why })
            }
        }
    }

    /// Takes the locks for a rollback: all in parallel, without hosts that do not answer, which are returned with the
    /// reason. Of two rollbacks that start at the same time one gets all ([`Race`]).
    pub async fn take_without_stragglers(
        &mut self,
        members: &[&'a Member],
        waits: WaitPolicy,
    ) -> Result<Vec<(&'a Member, String)>, LockFailure> {
        let (mut without, mut wanted) = (Vec::new(), members.to_vec());
        let mut race = Race::new();
        loop {
            let others = self.acquire_all(&wanted, waits, &mut without).await;
            let Some((first, holder)) = others.first() else { return Ok(without) };
            let holders = others.iter().map(|(_, holder)| &**holder);
            if !race.keeps_trying(self.lease.lock(), self.held.len(), holders) {
                let (target, holder) = (first.target.clone(), holder.clone());
                return Err(LockFailure::Held { target, holder });
            }
            wanted = others.into_iter().map(|(member, _)| member).collect();
            let _ = self.lease.end().run_until_cancelled(sleep(race::RETRY_INTERVAL)).await;
            if self.lease.end().is_cancelled() {
                race.give_up();
            }
        }
    }

    /// Takes the locks that are free by now, for a run that has already started. The others are returned with the reason.
    pub async fn take_late(&mut self, members: &[&'a Member]) -> Vec<(&'a Member, String)> {
        let mut without = Vec::new();
        let others = self.acquire_all(members, WaitPolicy::ForAll, &mut without).await;
        let held = |(member, holder)| (member, format!("it is locked by {holder}"));
        without.extend(others.into_iter().map(held));
        without
    }

    /// Tries each lock once, and returns those that another run holds.
    async fn acquire_all(
        &mut self,
        members: &[&'a Member],
        waits: WaitPolicy,
        without: &mut Vec<(&'a Member, String)>,
    ) -> Vec<(&'a Member, Box<HeldLock>)> {
        let this = &*self;
        let patience = waits.patience();
        let taken =
            waits.answers(members.iter().map(|member| this.acquire(member, patience))).await;
        let mut others = Vec::new();
        for (member, taken) in members.iter().copied().zip(taken) {
            match taken {
                Some(LockAttempt::Ours(count)) => self.acquired(member, count),
                Some(LockAttempt::Held(holder)) => {
                    self.report_holder(member, &holder);
                    others.push((member, holder));
                }
                Some(LockAttempt::NotNeeded) => {}
                Some(LockAttempt::NotAsked(why) | LockAttempt::NotSetUp(why)) => {
                    without.push((member, why));
                }
                Some(LockAttempt::NotKnown(why)) => {
                    self.mark_uncertain(member);
                    without.push((member, why));
                }
                None => {
                    self.mark_uncertain(member);
                    without.push((
                        member,
                        "skipped: too slow to answer (a rollback does not wait for stragglers)"
                            .to_owned(),
                    ));
                }
            }
        }
        others
    }

    /// Records a lock that may have been taken, although the host did not answer.
    fn mark_uncertain(&mut self, member: &'a Member) {
        if !self.uncertain.iter().any(|mark_uncertain| mark_uncertain.target == member.target) {
            self.uncertain.push(member);
        }
    }

    fn acquired(&mut self, member: &'a Member, count: Option<u64>) {
        self.counts.extend(count.map(|count| (member.target.clone(), count)));
        self.uncertain.retain(|mark_uncertain| mark_uncertain.target != member.target);
        self.held.push(member);
        self.lease.hold(member, &mut self.renewals);
        let lock = self.lease.lock().clone();
        self.bus.emit(What::LockTaken { target: member.target.clone(), lock });
    }

    fn report_holder(&mut self, member: &Member, holder: &HeldLock) {
        let target = member.target.clone();
        if self
            .reported
            .insert(target.clone(), holder.id())
            .is_none_or(|reported| reported != holder.id())
        {
            self.bus.emit(What::LockHeld { target, holder: holder.clone() });
        }
    }

    async fn acquire(&self, member: &Member, patience: Duration) -> LockAttempt {
        let taken = self.attempt(member, patience).await;
        let LockAttempt::Held(holder) = &taken else { return taken };
        if release_left_lock(self.context, member, holder).await {
            return self.attempt(member, patience).await;
        }
        taken
    }

    async fn attempt(&self, member: &Member, patience: Duration) -> LockAttempt {
        let lock = self.lease.lock();
        let claim = if self.for_setup { LockClaim::Setup(lock) } else { LockClaim::Ours(lock) };
        match command(self.context, member, &claim, LockCommand::Take, patience).await {
            None => LockAttempt::NotNeeded,
            Some(answer) => LockAttempt::of(answer),
        }
    }

    /// Returns the observation from shortly before this member's lock was taken, if the lock proves that nobody changed
    /// anything since.
    pub fn recent(&self, member: &Member) -> Option<Box<Observation>> {
        let taken = *self.counts.get(&member.target)?;
        let age = |seen: &Observation| self.context.now().signed_duration_since(seen.at).to_std();
        let mut seen = self.context.last_observation(member).filter(|seen| {
            seen.is_unchanged_at_lock(taken) && age(seen).is_ok_and(|age| age < FRESH)
        })?;
        // Only the lock has changed since.
        (seen.lock, seen.lock_count) = (Some(self.lease.lock().clone().into()), Some(taken));
        Some(seen)
    }

    /// Releases every lock. A lock that cannot be released is reported, with how to remove it.
    ///
    /// `is_aborted`: the person who aborted the run waits, so each host has less time.
    pub async fn release(self, is_aborted: bool) {
        let Self { context, bus, lease, renewals, held, uncertain, .. } = self;
        drop(renewals);
        let patience = if is_aborted { ENDED } else { WaitPolicy::ForAll.patience() };
        tokio::join!(
            release_all(context, bus, &held, lease.lock(), patience),
            release_all(context, bus, &uncertain, lease.lock(), ENDED),
        );
    }
}
