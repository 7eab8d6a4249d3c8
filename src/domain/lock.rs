//! The lock that a run holds on every host it works on: its holder, its reason and its age.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::names::RunId;
use super::release::Tag;
use super::target::Target;
use crate::base::duration::in_words;
use crate::base::text::clean_words;

/// The lease of a lock. A holder whose last heartbeat is older than this is dead. A run renews its locks four times within
/// one lease.
pub const LEASE_SECONDS: u64 = 60;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    pub who: String,
    /// The operator's machine.
    pub machine: String,
    /// The phase, or the reason that a person gave.
    pub why: String,
    pub since: DateTime<Utc>,
    pub release: Option<Tag>,
    /// The run that took the lock. Only this run, or `flipside unlock`, removes it.
    pub run: RunId,
    /// How many seconds without a heartbeat mean that the holder is dead. `None`: the lock was taken by an older version,
    /// which has no heartbeat.
    #[serde(default)]
    pub lease: Option<u64>,
    /// Whether the holder is a rollback. Of two rollbacks that start at the same time, the one with the larger run id yields.
    #[serde(default)]
    pub rollback: bool,
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, machine, why, since, release, .. } = self;
        // A lock is a file on a host, and anyone may have written it.
        let (who, machine, why) = (clean_words(who), clean_words(machine), clean_words(why));
        write!(f, "{who}@{machine} since {} for {why}", since.format("%Y-%m-%d %H:%M:%S UTC"))?;
        release.as_ref().map_or(Ok(()), |tag| write!(f, " of {tag}"))
    }
}

/// The holder of a lock that was observed on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Holder {
    Run(Lock),
    /// The lock file is empty or broken. It still locks the host.
    Unreadable {
        /// An identifier that distinguishes this file from a newer one at the same path.
        file: String,
    },
}

/// A lock as it was observed on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldLock {
    #[serde(flatten)]
    pub holder: Holder,
    /// Seconds since the last heartbeat, by the host's own clock. `None`: the host cannot tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<u64>,
}

/// The identity of a lock. A newer lock on the same host has another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockId {
    Run(RunId),
    /// An unreadable lock file.
    File(String),
}

impl From<Lock> for HeldLock {
    fn from(lock: Lock) -> Self {
        Self { holder: Holder::Run(lock), silent: None }
    }
}

impl HeldLock {
    pub fn lock(&self) -> Option<&Lock> {
        match &self.holder {
            Holder::Run(lock) => Some(lock),
            Holder::Unreadable { .. } => None,
        }
    }

    pub fn is_of(&self, run: &RunId) -> bool {
        self.lock().is_some_and(|lock| lock.run == *run)
    }

    /// Returns the holder's name, or `?` if the lock file cannot be read.
    pub fn who(&self) -> &str {
        self.lock().map_or("?", |lock| lock.who.as_str())
    }

    pub fn id(&self) -> LockId {
        match &self.holder {
            Holder::Run(lock) => LockId::Run(lock.run.clone()),
            Holder::Unreadable { file } => LockId::File(file.clone()),
        }
    }

    /// Returns whether the lease has expired, so that the holder no longer renews the lock.
    pub fn is_dead(&self) -> bool {
        let lease = self.lock().and_then(|lock| lock.lease);
        lease.zip(self.silent).is_some_and(|(lease, silent)| silent > lease)
    }

    /// Returns what to do about the lock. A run that is gone left its lock on all its hosts, and one command removes them all.
    pub fn remedy(&self, target: &Target) -> String {
        let which = match self.lock() {
            Some(lock) => format!("--run {}", lock.run),
            None => format!("--only {target}"),
        };
        let unlock = format!("`flipside unlock {which} --reason \"…\"`");
        match &self.holder {
            Holder::Run(_) if self.is_dead() => {
                format!(
                    "Its process is gone, or its machine is asleep. To remove its lock: {unlock}"
                )
            }
            Holder::Run(_) => {
                format!("Wait until that run has ended. If it cannot end: {unlock}")
            }
            Holder::Unreadable { .. } => {
                format!("No run can own such a file. To remove it: {unlock}")
            }
        }
    }
}

impl fmt::Display for HeldLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.holder {
            Holder::Run(lock) => write!(f, "{lock}")?,
            Holder::Unreadable { .. } => f.write_str("? (the lock file cannot be read)")?,
        }
        match self.silent {
            Some(silent) if self.is_dead() => {
                write!(
                    f,
                    "; DEAD: its last heartbeat was {} ago",
                    in_words(Duration::from_secs(silent))
                )
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(lease: Option<u64>) -> Lock {
        Lock {
            who: "ann".to_owned(),
            machine: "laptop".to_owned(),
            why: "go-live".to_owned(),
            since: DateTime::from_timestamp(0, 0).unwrap(),
            release: None,
            run: RunId::new("r1").unwrap(),
            lease,
            rollback: false,
        }
    }

    fn silent(lease: Option<u64>, silent: Option<u64>) -> HeldLock {
        HeldLock { silent, ..lock(lease).into() }
    }

    #[test]
    fn holder_is_dead_when_its_lease_has_expired() {
        assert!(!silent(Some(60), Some(60)).is_dead());
        assert!(silent(Some(60), Some(61)).is_dead());
        assert!(!silent(Some(60), None).is_dead(), "the host could not say");
        assert!(!silent(None, Some(9_999)).is_dead(), "an older version has no heartbeat");
        let text = silent(Some(60), Some(312)).to_string();
        assert!(text.contains("ann@laptop") && text.contains("go-live"), "{text}");
        assert!(text.ends_with("DEAD: its last heartbeat was 5 min ago"), "{text}");
    }

    #[test]
    fn held_lock_round_trips_through_json_and_older_json_is_read() {
        let unreadable =
            HeldLock { holder: Holder::Unreadable { file: "7-1-0".to_owned() }, silent: Some(3) };
        for held in [silent(Some(60), Some(5)), silent(None, None), unreadable] {
            let text = serde_json::to_string(&held).unwrap();
            assert_eq!(serde_json::from_str::<HeldLock>(&text).unwrap(), held, "{text}");
        }
        let old = r#"{"who":"ann","machine":"laptop","why":"go-live","since":"1970-01-01T00:00:00Z","release":null,"run":"r1"}"#;
        assert_eq!(serde_json::from_str::<HeldLock>(old).unwrap(), lock(None).into());
    }
}
