//! The lock on every host of a run: taken in the order of the hosts' names, given back on every way
//! out.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::bus::EventBus;
use super::context::EngineContext;
use super::lease::{Lease, Renewals};
use super::observe::Collect;
use super::race::{self, Race};
use super::stragglers::WaitPolicy;
use crate::domain::command::Command;
use crate::domain::event::What;
use crate::domain::lock::{HeldLock, Lock, LockId};
use crate::domain::observation::Observation;
use crate::domain::spec::Member;
use crate::domain::target::Target;
use crate::platform::{self, LockClaim, Locking};
use crate::transport::{Ending, Limits};

/// A look that is older than this is not built upon, whatever a lock says of the time since.
const FRESH: Duration = Duration::from_secs(5);

/// How long an aborted run waits for each host to remove its lock. The person who aborted it waits, too.
/// A lock that is not removed in time is reported as left behind.
const ENDED: Duration = Duration::from_secs(3);

/// What came of taking one lock.
enum LockAttempt {
    /// With how often it was taken there, ever, where the platform counts.
    Ours(Option<u64>),
    Held(Box<HeldLock>),
    /// There is nothing to lock: the server was never set up.
    NotSetUp(String),
    /// The host was not reached: nothing was taken there.
    NotAsked(String),
    NotKnown(String),
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
    /// Whose lock was met where: each is told once.
    report_holder: BTreeMap<Target, LockId>,
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
        let (counts, report_holder, renewals) =
            (BTreeMap::new(), BTreeMap::new(), Renewals::default());
        let for_setup = false;
        Self { context, bus, lease, renewals, for_setup, held, counts, uncertain, report_holder }
    }

    /// Where a server was never set up, the place where its locks are kept is made.
    #[must_use]
    pub fn for_setup(self, for_setup: bool) -> Self {
        Self { for_setup, ..self }
    }

    /// Takes the lock of each member. The first by name comes first, alone: of two consoles that want
    /// the same hosts, one has it, and the other one takes nothing. The others follow at once; nobody
    /// waits for a lock, so no order among them is needed to avoid a standstill.
    pub async fn take(&mut self, members: &[&'a Member]) -> Result<(), LockFailure> {
        let Some((first, others)) = members.split_first() else { return Ok(()) };
        let patience = WaitPolicy::ForAll.patience();
        let taken = self.acquire(first, patience).await;
        self.keep(first, taken)?;
        let this = &*self;
        let taken = join_all(others.iter().map(|member| this.acquire(member, patience))).await;
        // Every one that was taken is known before the first that was not ends it.
        let kept: Vec<_> =
            others.iter().zip(taken).map(|(member, taken)| self.keep(member, taken)).collect();
        kept.into_iter().collect()
    }

    fn keep(&mut self, member: &'a Member, taken: LockAttempt) -> Result<(), LockFailure> {
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
            LockAttempt::NotSetUp(why) => Err(LockFailure::NotSetUp { target, why }),
            LockAttempt::NotAsked(why) => Err(LockFailure::Unreachable { target, why }),
            LockAttempt::NotKnown(why) => {
                self.mark_uncertain(member);
                Err(LockFailure::Unreachable { target, why })
            }
        }
    }

    /// The same for a rollback: all at once, and without hosts that do not answer, which are returned
    /// with the reason. Of two rollbacks that start at once one gets all ([`Race`]).
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

    /// Takes what is free by now, for a run that is at work already. The others are returned with the
    /// reason.
    pub async fn take_late(&mut self, members: &[&'a Member]) -> Vec<(&'a Member, String)> {
        let mut without = Vec::new();
        let others = self.acquire_all(members, WaitPolicy::ForAll, &mut without).await;
        let held = |(member, holder)| (member, format!("it is locked by {holder}"));
        without.extend(others.into_iter().map(held));
        without
    }

    /// Tries each of them once, and returns those that are another's.
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
                Some(LockAttempt::NotAsked(why) | LockAttempt::NotSetUp(why)) => {
                    without.push((member, why));
                }
                Some(LockAttempt::NotKnown(why)) => {
                    self.mark_uncertain(member);
                    without.push((member, why));
                }
                None => {
                    self.mark_uncertain(member);
                    without.push((member, "it does not answer as fast as the others".to_owned()));
                }
            }
        }
        others
    }

    /// One that did not answer may have been taken all the same.
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
            .report_holder
            .insert(target.clone(), holder.id())
            .is_none_or(|report_holder| report_holder != holder.id())
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
        let locking = platform::of(&member.platform).locking(member, &claim);
        let Some(Locking { take: Some(take), .. }) = locking else {
            return LockAttempt::Ours(None);
        };
        match on_host(self.context, member, &take, patience).await {
            Ok((0, said)) => LockAttempt::Ours(said.trim().parse().ok()),
            Ok((Locking::HELD, said)) => LockAttempt::Held(Box::new(Locking::held(&said))),
            Ok((Locking::NOT_SET_UP, said)) => LockAttempt::NotSetUp(said.trim().to_owned()),
            Ok((code, said)) => LockAttempt::NotKnown(format!(
                "its lock could not be taken, exit {code}: {}",
                said.trim()
            )),
            Err(LockCommandError::NotStarted(why)) => LockAttempt::NotAsked(why),
            Err(LockCommandError::NotKnown(why)) => LockAttempt::NotKnown(why),
        }
    }

    /// What was seen of this member shortly before its lock was taken, if the lock tells that nobody
    /// worked there since.
    pub fn recent(&self, member: &Member) -> Option<Box<Observation>> {
        let taken = *self.counts.get(&member.target)?;
        let age = |seen: &Observation| self.context.now().signed_duration_since(seen.at).to_std();
        let mut seen = self.context.last_observation(member).filter(|seen| {
            seen.is_unchanged_at_lock(taken) && age(seen).is_ok_and(|age| age < FRESH)
        })?;
        // All that has changed since.
        (seen.lock, seen.lock_count) = (Some(self.lease.lock().clone().into()), Some(taken));
        Some(seen)
    }

    /// Gives every lock back. One that cannot be given back is told, with how to remove it.
    ///
    /// `is_aborted`: the person who aborted the run is not kept waiting long.
    pub async fn give_back(self, is_aborted: bool) {
        let Self { context, bus, lease, renewals, held, uncertain, .. } = self;
        drop(renewals);
        let patience = if is_aborted { ENDED } else { WaitPolicy::ForAll.patience() };
        tokio::join!(
            release_all(context, bus, &held, lease.lock(), patience),
            release_all(context, bus, &uncertain, lease.lock(), ENDED),
        );
    }
}

/// Gives the lock of one run back on each of these members, where that run holds it. Each has its own
/// `patience`: a host that is slow, but there, keeps no lock because others were quicker.
pub async fn release_all(
    context: &EngineContext,
    bus: &EventBus,
    members: &[&Member],
    lock: &Lock,
    patience: Duration,
) {
    let own = LockId::Run(lock.run.clone());
    let returns = members.iter().map(|member| async {
        let target = member.target.clone();
        let locking = platform::of(&member.platform).locking(member, &LockClaim::Ours(lock));
        let Some(locking) = locking else { return };
        // Until it is known to be gone.
        context.leave_lock(member, own.clone());
        let answer = on_host(context, member, &locking.give_back, patience).await;
        if matches!(answer, Ok((0 | Locking::HELD, _))) {
            context.lock_is_gone(member, &own);
        }
        bus.emit(match answer {
            Ok((0, _)) => What::LockReleased { target },
            Ok((Locking::HELD, said)) => What::LockHeld { target, holder: Locking::held(&said) },
            Ok((code, said)) => {
                What::LockLeft { target, why: format!("exit {code}: {}", said.trim()) }
            }
            Err(no) => What::LockLeft { target, why: no.why() },
        });
    });
    join_all(returns).await;
}

/// Gives back a lock that a run of this engine had to leave behind. `false`: this is none, or it stays.
pub async fn release_left_lock(context: &EngineContext, member: &Member, seen: &HeldLock) -> bool {
    let lock = seen.id();
    if !context.has_left_lock(member, &lock) {
        return false;
    }
    let is_free = matches!(remove(context, member, &lock).await, Ok(LockRemoval::Free(_)));
    if is_free {
        context.lock_is_gone(member, &lock);
    }
    is_free
}

/// What came of removing a lock.
pub enum LockRemoval {
    /// It is free now; the lock that was there, if it could be read.
    Free(Option<Lock>),
    /// Another lock is there by now, and stays.
    Another(HeldLock),
}

/// Removes the lock that was seen, and no other.
pub async fn remove(
    context: &EngineContext,
    member: &Member,
    seen: &LockId,
) -> Result<LockRemoval, String> {
    let locking = platform::of(&member.platform)
        .locking(member, &LockClaim::Observed(seen))
        .ok_or("this platform has no lock to remove")?;
    let answer = on_host(context, member, &locking.give_back, WaitPolicy::ForAll.patience()).await;
    match answer.map_err(LockCommandError::why)? {
        (0, said) => Ok(LockRemoval::Free(serde_json::from_str(&said).ok())),
        (Locking::HELD, said) => Ok(LockRemoval::Another(Locking::held(&said))),
        (code, said) => Err(format!("exit {code}: {}", said.trim())),
    }
}

/// Why a command of a lock has no exit code.
pub enum LockCommandError {
    NotStarted(String),
    NotKnown(String),
}

impl LockCommandError {
    fn why(self) -> String {
        match self {
            Self::NotStarted(why) | Self::NotKnown(why) => why,
        }
    }
}

/// Runs a command of a lock: its exit code, and what it printed.
pub async fn on_host(
    context: &EngineContext,
    member: &Member,
    command: &Command,
    patience: Duration,
) -> Result<(i32, String), LockCommandError> {
    let host = member.target.host();
    let host =
        host.ok_or_else(|| LockCommandError::NotStarted("a lock needs a host".to_owned()))?;
    let collect = Collect::default();
    let limits = Limits { deadline: patience, cancel: CancellationToken::new() };
    let ending = context.shell.run(host, command, &collect, limits).await;
    let (stdout, stderr) = collect.into_texts();
    match ending {
        Ending::Exited(code) => Ok((code, if stdout.is_empty() { stderr } else { stdout })),
        Ending::NotStarted(why) => Err(LockCommandError::NotStarted(why)),
        Ending::Lost(why) => Err(LockCommandError::NotKnown(why)),
        other => Err(LockCommandError::NotKnown(format!("it did not answer: {other:?}"))),
    }
}
