//! Two rollbacks that start at once: each takes what it gets, and which of them goes on is decided the
//! same way by both.
//!
//! A rollback that met the lock of a rollback with a smaller run id gives back at once what it has;
//! so does one that got nothing. The smallest of those that hold anything never yields to another of
//! them: it keeps what it has and asks again for the rest, which the others are giving back. It gives
//! up when nothing more came for [`PATIENCE`]: then the holder is at work, or died.

use std::time::Duration;

use tokio::time::Instant;

use crate::domain::lock::{HeldLock, Lock};

/// Longer than the slowest of the others takes to hear of its conflict and to give its locks back.
pub const PATIENCE: Duration = Duration::from_secs(6);

/// How long after one try the next one begins.
pub const RETRY_INTERVAL: Duration = Duration::from_millis(150);

/// One rollback's part in it.
#[derive(Debug)]
pub struct Race {
    held: usize,
    until: Instant,
}

impl Race {
    pub fn new() -> Self {
        Self { held: 0, until: Instant::now() + PATIENCE }
    }

    /// Whether to keep the `held` locks and ask again for those that the others hold.
    pub fn keeps_trying<'a>(
        &mut self,
        mine: &Lock,
        held: usize,
        others: impl IntoIterator<Item = &'a HeldLock>,
    ) -> bool {
        if held > self.held {
            *self = Self { held, until: Instant::now() + PATIENCE };
        }
        held > 0
            && Instant::now() < self.until
            && others.into_iter().all(|other| may_yield(mine, other))
    }

    /// The run was aborted: nothing is waited for.
    pub fn give_up(&mut self) {
        self.until = Instant::now();
    }
}

/// Whether this holder may give its lock back soon, and to us. Any phase but a rollback gives up at
/// once where it meets a lock.
fn may_yield(mine: &Lock, other: &HeldLock) -> bool {
    match other.lock() {
        Some(lock) if lock.rollback && lock.run < mine.run => false,
        Some(_) => !other.is_dead(),
        None => false,
    }
}
