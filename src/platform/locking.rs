//! Locks on hosts: the commands that take and release one, and the meaning of their exit codes and output.

use crate::base::checksum::sha256;
use crate::base::text::{clean_line, clean_words};
use crate::domain::command::Command;
use crate::domain::http::Request;
use crate::domain::lock::{HeldLock, Holder, Lock, LockId};
use crate::domain::names::RunId;

/// The lock to take or release.
#[derive(Debug, Clone, Copy)]
pub enum LockClaim<'a> {
    /// The lock of this run.
    Ours(&'a Lock),
    /// The lock of this run. The stack's directory is created if it is missing, which only setup may do.
    Setup(&'a Lock),
    /// A lock that was observed on the host, to be removed by a person's order.
    Observed(&'a LockId),
}

/// The commands of a lock. Each exits with 0 on success. [`Locking::HELD`]: another run holds the lock, and
/// the output describes it ([`Locking::held`]). [`Locking::NOT_SET_UP`]: the server was never set up, so
/// there is nothing to lock.
#[derive(Debug, Clone, PartialEq)]
pub struct Locking {
    pub take: Option<Command>,
    pub give_back: Command,
}

/// The requests of a lock that is a resource of an API.
#[derive(Debug, Clone, PartialEq)]
pub struct LockRequests {
    /// Creates the resource, unless it exists: 409 and 412 mean that another run holds the lock.
    pub take: Option<Request>,
    /// Returns the resource with its `ETag`. 404: nobody holds the lock.
    pub read: Request,
    /// Deletes the resource. Sent with the `ETag` of [`LockRequests::read`] as `If-Match`, and only if that was
    /// `owner`'s lock.
    pub release: Request,
    pub owner: LockId,
}

impl LockRequests {
    /// Reads the resource. One that cannot be read is identified by its checksum.
    pub fn holder(text: &str) -> HeldLock {
        Locking::held_in(Some(&format!("- {}", &sha256(text)[..12])), text)
    }
}

/// What must hold on a host before a command changes something there.
#[derive(Debug, Clone, Copy)]
pub struct Fence<'a> {
    /// This run holds the lock.
    pub run: &'a RunId,
    /// Go-live is not closed by a freeze.
    pub closes: bool,
}

impl Locking {
    pub const HELD: i32 = 75;
    pub const NOT_SET_UP: i32 = 78;
    /// Exit code of a fence: the run lost its lock. Nothing was changed.
    pub const LOST: i32 = 77;
    /// Exit code of a fence: go-live was closed. Nothing was changed.
    pub const CLOSED: i32 = 79;

    /// Reads the lock that a command printed: a line that describes the file, then its content.
    pub fn held(output: &str) -> HeldLock {
        let (file, text) = output.split_once('\n').unwrap_or((output, ""));
        Self::held_in(Some(file), text)
    }

    /// Reads a lock file. `file` is the line of `lock-file.sh`: the seconds since the heartbeat and the
    /// file's identity, each `-` where the host cannot tell.
    pub fn held_in(file: Option<&str>, text: &str) -> HeldLock {
        let (silent, file) =
            file.and_then(|file| file.trim().split_once(' ')).unwrap_or(("-", "-"));
        let holder = serde_json::from_str(text).map_or_else(
            |_| Holder::Unreadable { file: clean_line(file.as_bytes()) },
            |lock| Holder::Run(clean(lock)),
        );
        // A negative age: the host's clock was set back since the heartbeat.
        let silent = silent.parse::<i64>().ok().map(|age| u64::try_from(age).unwrap_or(0));
        HeldLock { holder, silent }
    }
}

/// Removes control characters from texts of a host that terminals will show.
fn clean(mut lock: Lock) -> Lock {
    for text in [&mut lock.who, &mut lock.machine, &mut lock.why] {
        *text = clean_words(text);
    }
    lock
}
