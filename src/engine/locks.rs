//! The lock on every host of a run: taken in the order of the hosts' names, given back on every way
//! out.

use std::time::Duration;

use futures::future::join_all;
use tokio_util::sync::CancellationToken;

use super::bus::Bus;
use super::look::Collect;
use super::world::World;
use crate::domain::command::Command;
use crate::domain::event::What;
use crate::domain::lock::Lock;
use crate::domain::spec::Member;
use crate::domain::target::Target;
use crate::platform::{self, Claim, Locking};
use crate::transport::{Ending, Limits};

const PATIENCE: Duration = Duration::from_secs(15);

/// What came of taking one lock.
enum Taken {
    Ours,
    Held(Box<Lock>),
    /// There is nothing to lock: the server was never set up.
    NoPlace(String),
    NotKnown(String),
}

/// The locks of one run.
pub struct Locks<'a> {
    world: &'a World,
    bus: &'a Bus,
    lock: Lock,
    founding: bool,
    held: Vec<&'a Member>,
}

/// Why not every lock was taken.
pub enum NoLocks {
    Held {
        target: Target,
        holder: Box<Lock>,
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
    pub fn new(world: &'a World, bus: &'a Bus, lock: Lock) -> Self {
        Self { world, bus, lock, founding: false, held: Vec::new() }
    }

    /// Where a server was never set up, the place where its locks are kept is made.
    #[must_use]
    pub fn founding(self, founding: bool) -> Self {
        Self { founding, ..self }
    }

    /// Takes the lock of each member, in the order given. `leave_out` says whether a host that cannot
    /// be reached may be gone without: then it is returned with the reason.
    pub async fn take(
        &mut self,
        members: &[&'a Member],
        leave_out: bool,
    ) -> Result<Vec<(&'a Member, String)>, NoLocks> {
        let mut without = Vec::new();
        for member in members {
            let target = member.target.clone();
            match self.take_one(member).await {
                Taken::Ours => {
                    self.held.push(member);
                    self.bus.tell(What::LockTaken { target, lock: self.lock.clone() });
                }
                Taken::Held(holder) => {
                    self.bus
                        .tell(What::LockHeld { target: target.clone(), holder: (*holder).clone() });
                    return Err(NoLocks::Held { target, holder });
                }
                Taken::NoPlace(why) | Taken::NotKnown(why) if leave_out => {
                    without.push((*member, why))
                }
                Taken::NoPlace(why) => return Err(NoLocks::NoPlace { target, why }),
                Taken::NotKnown(why) => return Err(NoLocks::Unreachable { target, why }),
            }
        }
        Ok(without)
    }

    async fn take_one(&self, member: &Member) -> Taken {
        let lock = &self.lock;
        let claim = if self.founding { Claim::Founding(lock) } else { Claim::Ours(lock) };
        let locking = platform::of(&member.platform).locking(member, &claim);
        let Some(Locking { take: Some(take), .. }) = locking else { return Taken::Ours };
        match run(self.world, member, &take).await {
            Ok((0, _)) => Taken::Ours,
            Ok((Locking::HELD, said)) => match serde_json::from_str(&said) {
                Ok(holder) => Taken::Held(Box::new(holder)),
                Err(_) => Taken::NotKnown(format!("its lock cannot be read: {}", said.trim())),
            },
            Ok((Locking::NO_PLACE, said)) => Taken::NoPlace(said.trim().to_owned()),
            Ok((code, said)) => Taken::NotKnown(format!(
                "its lock could not be taken, exit {code}: {}",
                said.trim()
            )),
            Err(why) => Taken::NotKnown(why),
        }
    }

    /// Gives every lock back. One that cannot be given back is told, with how to remove it.
    pub async fn give_back(self) {
        give_back_all(self.world, self.bus, &self.held, &self.lock).await;
    }
}

/// Gives the lock of one run back on each of these members, where that run holds it.
pub async fn give_back_all(world: &World, bus: &Bus, members: &[&Member], lock: &Lock) {
    let returns = members.iter().map(|member| async move {
        let target = member.target.clone();
        let locking = platform::of(&member.platform).locking(member, &Claim::Ours(lock));
        let Some(locking) = locking else { return };
        bus.tell(match run(world, member, &locking.give_back).await {
            Ok((0, _)) => What::LockReleased { target },
            Ok((code, said)) => {
                What::LockLeft { target, why: format!("exit {code}: {}", said.trim()) }
            }
            Err(why) => What::LockLeft { target, why },
        });
    });
    join_all(returns).await;
}

/// Takes a lock away from whoever holds it; tells who that was.
pub async fn remove(world: &World, member: &Member) -> Result<Option<Lock>, String> {
    let locking = platform::of(&member.platform)
        .locking(member, &Claim::Anybodys)
        .ok_or("this platform has no lock to remove")?;
    match run(world, member, &locking.give_back).await? {
        (0, said) => Ok(serde_json::from_str(&said).ok()),
        (code, said) => Err(format!("exit {code}: {}", said.trim())),
    }
}

async fn run(world: &World, member: &Member, command: &Command) -> Result<(i32, String), String> {
    let host = member.target.host().ok_or("a lock needs a host")?;
    let collect = Collect::default();
    let limits = Limits { deadline: PATIENCE, cancel: CancellationToken::new() };
    let ending = world.shell.run(host, command, &collect, limits).await;
    let (stdout, stderr) = collect.into_texts();
    match ending {
        Ending::Exited(code) => Ok((code, if stdout.is_empty() { stderr } else { stdout })),
        Ending::NotStarted(why) | Ending::Lost(why) => Err(why),
        other => Err(format!("it did not answer: {other:?}")),
    }
}
