//! The rule for rollbacks that start at the same time: each takes the locks that it gets, and all of them decide in the
//! same way which one continues.
//!
//! A rollback that finds the lock of a rollback with a smaller run id releases its own locks at once, and so does one
//! that got none. The one with the smallest run id keeps its locks and asks again for the rest, which the others are
//! releasing. It gives up when it got no further lock for [`PATIENCE`]: then the holder is in progress, or died.

use std::time::Duration;

use tokio::time::Instant;

use crate::domain::lock::{HeldLock, Lock};

/// Longer than the slowest of the others takes to notice the conflict and to release its locks.
pub const PATIENCE: Duration = Duration::from_secs(6);

/// The time between two tries.
pub const RETRY_INTERVAL: Duration = Duration::from_millis(150);

/// One rollback's state in the race.
#[derive(Debug)]
pub struct Race {
    held: usize,
    until: Instant,
}

impl Race {
    pub fn new() -> Self {
        Self { held: 0, until: Instant::now() + PATIENCE }
    }

    /// Returns whether to keep the `held` locks and ask again for those that the others hold.
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

    /// Stops waiting, because the run was aborted.
    pub fn give_up(&mut self) {
        self.until = Instant::now();
    }
}

/// Returns whether this holder may release its lock soon in our favor. Any phase but a rollback gives up at once when
/// it finds a lock.
fn may_yield(mine: &Lock, other: &HeldLock) -> bool {
    match other.lock() {
        Some(lock) if lock.rollback && lock.run < mine.run => false,
        Some(_) => !other.is_dead(),
        None => false,
    }
}
