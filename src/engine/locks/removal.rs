//! Locks that are removed without [`Locks`](super::Locks): those that a run left, and those that a person removes.

use std::time::Duration;

use futures::future::join_all;

use crate::domain::event::What;
use crate::domain::lock::{HeldLock, Lock, LockId};
use crate::domain::spec::Member;
use crate::engine::bus::EventBus;
use crate::engine::context::EngineContext;
use crate::engine::lock_answer::LockRemovalError;
use crate::engine::lock_command::{LockCommand, command};
use crate::engine::stragglers::WaitPolicy;
use crate::platform::{LockClaim, Locking};

/// Releases the lock of one run on each of these members, where that run holds it. Each host has its own `patience`, so
/// that a slow host is not left locked because others were quicker.
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
        let claim = LockClaim::Ours(lock);
        // Recorded as left behind until it is known to be gone.
        context.leave_lock(member, own.clone());
        let answer = command(context, member, &claim, LockCommand::GiveBack, patience).await;
        let Some(answer) = answer else {
            context.lock_is_gone(member, &own);
            return;
        };
        if matches!(answer, Ok((0 | Locking::HELD, _))) {
            context.lock_is_gone(member, &own);
        }
        bus.emit(match answer {
            Ok((0, _)) => What::LockReleased { target },
            Ok((Locking::HELD, output)) => {
                What::LockHeld { target, holder: Locking::held(&output) }
            }
            Ok((code, output)) => {
                What::LockLeft { target, why: format!("exit {code}: {}", output.trim()) }
            }
            Err(no) => What::LockLeft { target, why: no.to_string() },
        });
    });
    join_all(returns).await;
}

/// Releases a lock that a run of this engine left behind. `false`: it is not such a lock, or it stays.
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

/// The result of removing a lock.
pub enum LockRemoval {
    /// The host is unlocked now. Contains the removed lock, if it could be read.
    Free(Option<Lock>),
    /// Another run's lock is there by now, and stays.
    Another(HeldLock),
}

/// Removes the lock that was observed, and no other.
pub async fn remove(
    context: &EngineContext,
    member: &Member,
    seen: &LockId,
) -> Result<LockRemoval, LockRemovalError> {
    let (claim, patience) = (LockClaim::Observed(seen), WaitPolicy::ForAll.patience());
    let answer = command(context, member, &claim, LockCommand::GiveBack, patience).await;
    let answer = answer.ok_or(LockRemovalError::NoLock)?;
    match answer? {
        (0, output) => Ok(LockRemoval::Free(serde_json::from_str(&output).ok())),
        (Locking::HELD, output) => Ok(LockRemoval::Another(Locking::held(&output))),
        (code, output) => Err(LockRemovalError::Failed { code, output: output.trim().to_owned() }),
    }
}
