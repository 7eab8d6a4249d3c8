//! The lock on every host of a run: taken in the order of the hosts' names, given back on every way
//! out.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::bus::Bus;
use super::lease::{Lease, Renewals};
use super::observe::Collect;
use super::race::{self, Race};
use super::stragglers::WaitPolicy;
use super::world::World;
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
enum Taken {
    /// With how often it was taken there, ever, where the platform counts.
    Ours(Option<u64>),
    Held(Box<HeldLock>),
    /// There is nothing to lock: the server was never set up.
    NoPlace(String),
    /// The host was not reached: nothing was taken there.
    NotAsked(String),
    NotKnown(String),
}

/// The locks of one run.
pub struct Locks<'a> {
    world: &'a World,
    bus: &'a Bus,
    lease: Lease,
    renewals: Renewals,
    founding: bool,
    held: Vec<&'a Member>,
    counts: BTreeMap<Target, u64>,
    perhaps_held: Vec<&'a Member>,
    /// Whose lock was met where: each is told once.
    met: BTreeMap<Target, LockId>,
}

/// Why not every lock was taken.
pub enum NoLocks {
    Held {
        target: Target,
        holder: Box<HeldLock>,
    },
    /// This server was never set up.
    NoPlace {
        target: Target,
        why: String,
    },
    Unreachable {
        target: Target,
        why: String,
    },
}

impl<'a> Locks<'a> {
    pub fn new(world: &'a World, bus: &'a Bus, lease: Lease) -> Self {
        let (held, perhaps_held) = (Vec::new(), Vec::new());
        let (counts, met, renewals) = (BTreeMap::new(), BTreeMap::new(), Renewals::default());
        let founding = false;
        Self { world, bus, lease, renewals, founding, held, counts, perhaps_held, met }
    }

    /// Where a server was never set up, the place where its locks are kept is made.
    #[must_use]
    pub fn founding(self, founding: bool) -> Self {
        Self { founding, ..self }
    }

    /// Takes the lock of each member. The first by name comes first, alone: of two consoles that want
    /// the same hosts, one has it, and the other one takes nothing. The others follow at once; nobody
    /// waits for a lock, so no order among them is needed to avoid a standstill.
    pub async fn take(&mut self, members: &[&'a Member]) -> Result<(), NoLocks> {
        let Some((first, others)) = members.split_first() else { return Ok(()) };
        let patience = WaitPolicy::ForAll.patience();
        let taken = self.take_one(first, patience).await;
        self.keep(first, taken)?;
        let this = &*self;
        let taken = join_all(others.iter().map(|member| this.take_one(member, patience))).await;
        // Every one that was taken is known before the first that was not ends it.
        let kept: Vec<_> =
            others.iter().zip(taken).map(|(member, taken)| self.keep(member, taken)).collect();
        kept.into_iter().collect()
    }

    fn keep(&mut self, member: &'a Member, taken: Taken) -> Result<(), NoLocks> {
        let target = member.target.clone();
        match taken {
            Taken::Ours(count) => {
                self.ours(member, count);
                Ok(())
            }
            Taken::Held(holder) => {
                self.met(member, &holder);
                Err(NoLocks::Held { target, holder })
            }
            Taken::NoPlace(why) => Err(NoLocks::NoPlace { target, why }),
            Taken::NotAsked(why) => Err(NoLocks::Unreachable { target, why }),
            Taken::NotKnown(why) => {
                self.perhaps(member);
                Err(NoLocks::Unreachable { target, why })
            }
        }
    }

    /// The same for a rollback: all at once, and without hosts that do not answer, which are returned
    /// with the reason. Of two rollbacks that start at once one gets all ([`Race`]).
    pub async fn take_what_answers(
        &mut self,
        members: &[&'a Member],
        waits: WaitPolicy,
    ) -> Result<Vec<(&'a Member, String)>, NoLocks> {
        let (mut without, mut wanted) = (Vec::new(), members.to_vec());
        let mut race = Race::new();
        loop {
            let others = self.try_all(&wanted, waits, &mut without).await;
            let Some((first, holder)) = others.first() else { return Ok(without) };
            let holders = others.iter().map(|(_, holder)| &**holder);
            if !race.goes_on(self.lease.lock(), self.held.len(), holders) {
                let (target, holder) = (first.target.clone(), holder.clone());
                return Err(NoLocks::Held { target, holder });
            }
            wanted = others.into_iter().map(|(member, _)| member).collect();
            let _ = self.lease.end().run_until_cancelled(sleep(race::AGAIN)).await;
            if self.lease.end().is_cancelled() {
                race.give_up();
            }
        }
    }

    /// Takes what is free by now, for a run that is at work already. The others are returned with the
    /// reason.
    pub async fn take_late(&mut self, members: &[&'a Member]) -> Vec<(&'a Member, String)> {
        let mut without = Vec::new();
        let others = self.try_all(members, WaitPolicy::ForAll, &mut without).await;
        let held = |(member, holder)| (member, format!("it is locked by {holder}"));
        without.extend(others.into_iter().map(held));
        without
    }

    /// Tries each of them once, and returns those that are another's.
    async fn try_all(
        &mut self,
        members: &[&'a Member],
        waits: WaitPolicy,
        without: &mut Vec<(&'a Member, String)>,
    ) -> Vec<(&'a Member, Box<HeldLock>)> {
        let this = &*self;
        let patience = waits.patience();
        let taken =
            waits.answers(members.iter().map(|member| this.take_one(member, patience))).await;
        let mut others = Vec::new();
        for (member, taken) in members.iter().copied().zip(taken) {
            match taken {
                Some(Taken::Ours(count)) => self.ours(member, count),
                Some(Taken::Held(holder)) => {
                    self.met(member, &holder);
                    others.push((member, holder));
                }
                Some(Taken::NotAsked(why) | Taken::NoPlace(why)) => without.push((member, why)),
                Some(Taken::NotKnown(why)) => {
                    self.perhaps(member);
                    without.push((member, why));
                }
                None => {
                    self.perhaps(member);
                    without.push((member, "it does not answer as fast as the others".to_owned()));
                }
            }
        }
        others
    }

    /// One that did not answer may have been taken all the same.
    fn perhaps(&mut self, member: &'a Member) {
        if !self.perhaps_held.iter().any(|perhaps| perhaps.target == member.target) {
            self.perhaps_held.push(member);
        }
    }

    fn ours(&mut self, member: &'a Member, count: Option<u64>) {
        self.counts.extend(count.map(|count| (member.target.clone(), count)));
        self.perhaps_held.retain(|perhaps| perhaps.target != member.target);
        self.held.push(member);
        self.lease.hold(member, &mut self.renewals);
        let lock = self.lease.lock().clone();
        self.bus.emit(What::LockTaken { target: member.target.clone(), lock });
    }

    fn met(&mut self, member: &Member, holder: &HeldLock) {
        let target = member.target.clone();
        if self.met.insert(target.clone(), holder.id()).is_none_or(|met| met != holder.id()) {
            self.bus.emit(What::LockHeld { target, holder: holder.clone() });
        }
    }

    async fn take_one(&self, member: &Member, patience: Duration) -> Taken {
        let taken = self.try_one(member, patience).await;
        let Taken::Held(holder) = &taken else { return taken };
        if give_back_left(self.world, member, holder).await {
            return self.try_one(member, patience).await;
        }
        taken
    }

    async fn try_one(&self, member: &Member, patience: Duration) -> Taken {
        let lock = self.lease.lock();
        let claim = if self.founding { LockClaim::Setup(lock) } else { LockClaim::Ours(lock) };
        let locking = platform::of(&member.platform).locking(member, &claim);
        let Some(Locking { take: Some(take), .. }) = locking else { return Taken::Ours(None) };
        match on_host(self.world, member, &take, patience).await {
            Ok((0, said)) => Taken::Ours(said.trim().parse().ok()),
            Ok((Locking::HELD, said)) => Taken::Held(Box::new(Locking::held(&said))),
            Ok((Locking::NOT_SET_UP, said)) => Taken::NoPlace(said.trim().to_owned()),
            Ok((code, said)) => Taken::NotKnown(format!(
                "its lock could not be taken, exit {code}: {}",
                said.trim()
            )),
            Err(NoAnswer::NotStarted(why)) => Taken::NotAsked(why),
            Err(NoAnswer::NotKnown(why)) => Taken::NotKnown(why),
        }
    }

    /// What was seen of this member shortly before its lock was taken, if the lock tells that nobody
    /// worked there since.
    pub fn vouched(&self, member: &Member) -> Option<Box<Observation>> {
        let taken = *self.counts.get(&member.target)?;
        let age = |seen: &Observation| self.world.now().signed_duration_since(seen.at).to_std();
        let mut seen = self.world.last_of(member).filter(|seen| {
            seen.is_vouched_for_by(taken) && age(seen).is_ok_and(|age| age < FRESH)
        })?;
        // All that has changed since.
        (seen.lock, seen.lock_count) = (Some(self.lease.lock().clone().into()), Some(taken));
        Some(seen)
    }

    /// Gives every lock back. One that cannot be given back is told, with how to remove it.
    ///
    /// `is_aborted`: the person who aborted the run is not kept waiting long.
    pub async fn give_back(self, is_aborted: bool) {
        let Self { world, bus, lease, renewals, held, perhaps_held, .. } = self;
        drop(renewals);
        let patience = if is_aborted { ENDED } else { WaitPolicy::ForAll.patience() };
        tokio::join!(
            give_back_all(world, bus, &held, lease.lock(), patience),
            give_back_all(world, bus, &perhaps_held, lease.lock(), ENDED),
        );
    }
}

/// Gives the lock of one run back on each of these members, where that run holds it. Each has its own
/// `patience`: a host that is slow, but there, keeps no lock because others were quicker.
pub async fn give_back_all(
    world: &World,
    bus: &Bus,
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
        world.leave_lock(member, own.clone());
        let answer = on_host(world, member, &locking.give_back, patience).await;
        if matches!(answer, Ok((0 | Locking::HELD, _))) {
            world.lock_is_gone(member, &own);
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
pub async fn give_back_left(world: &World, member: &Member, seen: &HeldLock) -> bool {
    let lock = seen.id();
    if !world.has_left(member, &lock) {
        return false;
    }
    let is_free = matches!(remove(world, member, &lock).await, Ok(Removed::Free(_)));
    if is_free {
        world.lock_is_gone(member, &lock);
    }
    is_free
}

/// What came of removing a lock.
pub enum Removed {
    /// It is free now; the lock that was there, if it could be read.
    Free(Option<Lock>),
    /// Another lock is there by now, and stays.
    Another(HeldLock),
}

/// Removes the lock that was seen, and no other.
pub async fn remove(world: &World, member: &Member, seen: &LockId) -> Result<Removed, String> {
    let locking = platform::of(&member.platform)
        .locking(member, &LockClaim::Observed(seen))
        .ok_or("this platform has no lock to remove")?;
    let answer = on_host(world, member, &locking.give_back, WaitPolicy::ForAll.patience()).await;
    match answer.map_err(NoAnswer::why)? {
        (0, said) => Ok(Removed::Free(serde_json::from_str(&said).ok())),
        (Locking::HELD, said) => Ok(Removed::Another(Locking::held(&said))),
        (code, said) => Err(format!("exit {code}: {}", said.trim())),
    }
}

/// Why a command of a lock has no exit code.
pub enum NoAnswer {
    NotStarted(String),
    NotKnown(String),
}

impl NoAnswer {
    fn why(self) -> String {
        match self {
            Self::NotStarted(why) | Self::NotKnown(why) => why,
        }
    }
}

/// Runs a command of a lock: its exit code, and what it printed.
pub async fn on_host(
    world: &World,
    member: &Member,
    command: &Command,
    patience: Duration,
) -> Result<(i32, String), NoAnswer> {
    let host = member.target.host();
    let host = host.ok_or_else(|| NoAnswer::NotStarted("a lock needs a host".to_owned()))?;
    let collect = Collect::default();
    let limits = Limits { deadline: patience, cancel: CancellationToken::new() };
    let ending = world.shell.run(host, command, &collect, limits).await;
    let (stdout, stderr) = collect.into_texts();
    match ending {
        Ending::Exited(code) => Ok((code, if stdout.is_empty() { stderr } else { stdout })),
        Ending::NotStarted(why) => Err(NoAnswer::NotStarted(why)),
        Ending::Lost(why) => Err(NoAnswer::NotKnown(why)),
        other => Err(NoAnswer::NotKnown(format!("it did not answer: {other:?}"))),
    }
}
