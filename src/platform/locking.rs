//! Locks on hosts: the commands that take, renew and remove one, and what their answers mean.

use crate::base::text::{clean_line, clean_words};
use crate::domain::command::Command;
use crate::domain::lock::{HeldLock, Holder, Lock, LockId};
use crate::domain::names::RunId;

/// Whose lock it is about.
#[derive(Debug, Clone, Copy)]
pub enum LockClaim<'a> {
    Ours(&'a Lock),
    /// Ours, and the place where locks are kept is made if it is not there: only what sets a server
    /// up may do that.
    Setup(&'a Lock),
    /// One that was seen: a person takes it away.
    Observed(&'a LockId),
}

/// The commands of a lock. Each exits 0 when it is as wanted; [`Locking::HELD`] means that it is
/// another's, and describes it ([`Locking::held`]); [`Locking::NOT_SET_UP`] that there is nothing to
/// lock, because the server was never set up.
#[derive(Debug, Clone, PartialEq)]
pub struct Locking {
    pub take: Option<Command>,
    pub give_back: Command,
}

/// What must be so on a host before a command changes something there.
#[derive(Debug, Clone, Copy)]
pub struct Fence<'a> {
    /// The lock is this run's.
    pub run: &'a RunId,
    /// Nobody closed go-live.
    pub closes: bool,
}

impl Locking {
    pub const HELD: i32 = 75;
    pub const NOT_SET_UP: i32 = 78;
    /// A fence: the lock is not the run's any more. Nothing was changed.
    pub const LOST: i32 = 77;
    /// A fence: go-live was closed. Nothing was changed.
    pub const CLOSED: i32 = 79;

    /// The lock that a command printed: a line that describes its file, then what is in it.
    pub fn held(said: &str) -> HeldLock {
        let (file, text) = said.split_once('\n').unwrap_or((said, ""));
        Self::held_in(Some(file), text)
    }

    /// `file`: the seconds since its heartbeat, and what tells it from other files; `-` for either
    /// that the host cannot say.
    pub fn held_in(file: Option<&str>, text: &str) -> HeldLock {
        let (silent, file) =
            file.and_then(|file| file.trim().split_once(' ')).unwrap_or(("-", "-"));
        let holder = serde_json::from_str(text).map_or_else(
            |_| Holder::Unreadable { file: clean_line(file.as_bytes()) },
            |lock| Holder::Run(clean(lock)),
        );
        // A heartbeat of the future: the host's clock was set back since.
        let silent = silent.parse::<i64>().ok().map(|age| u64::try_from(age).unwrap_or(0));
        HeldLock { holder, silent }
    }
}

/// What a host says of people is shown on terminals.
fn clean(mut lock: Lock) -> Lock {
    for text in [&mut lock.who, &mut lock.machine, &mut lock.why] {
        *text = clean_words(text);
    }
    lock
}
