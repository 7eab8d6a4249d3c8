//! The state and services that all parts of the engine share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::domain::lock::LockId;
use crate::domain::names::{AppName, StackName};
use crate::domain::observation::Observation;
use crate::domain::spec::{AppSpec, Environment, Member};
use crate::domain::target::Target;
use crate::transport::{Shell, Web};

/// The time comes from outside the engine, so that a test can set it.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Whether a person is there to watch, and to decide after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    /// After a failure the run waits for a choice.
    Attended,
    /// After a failure the run ends.
    Unattended,
}

type Key = (Target, AppName, StackName);

/// An observation, and when it was made.
type Seen = (Instant, Box<Observation>);

#[derive(Clone)]
pub struct EngineContext {
    pub environment: Arc<Environment>,
    pub shell: Arc<dyn Shell>,
    pub web: Arc<dyn Web>,
    pub clock: Clock,
    /// The directory of the journals.
    pub journals: PathBuf,
    /// The inventory, as it is recorded in journals.
    pub inventory: String,
    pub attendance: Attendance,
    last: Arc<Mutex<BTreeMap<Key, Seen>>>,
    /// Locks that ended runs of this engine left on hosts that were out of reach.
    left: Arc<Mutex<Vec<(Key, LockId)>>>,
    /// For each member, how often moving its users was started or ended: odd while users are being moved.
    moves: Arc<Mutex<BTreeMap<Key, u64>>>,
}

/// Marks that one member's users are being moved, until it is dropped.
pub struct Move<'a> {
    context: &'a EngineContext,
    key: Key,
}

impl Drop for Move<'_> {
    fn drop(&mut self) {
        self.context.count_move(&self.key);
    }
}

impl EngineContext {
    pub fn new(
        environment: Environment,
        shell: Arc<dyn Shell>,
        web: Arc<dyn Web>,
        clock: Clock,
        journals: PathBuf,
        inventory: String,
        attendance: Attendance,
    ) -> Self {
        let (last, left, moves) = (Arc::default(), Arc::default(), Arc::default());
        Self {
            environment: Arc::new(environment),
            shell,
            web,
            clock,
            journals,
            inventory,
            attendance,
            last,
            left,
            moves,
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    pub fn app(&self, app: &AppName) -> Option<&AppSpec> {
        self.environment.apps.get(app)
    }

    /// Returns the stack's members, in the order of their targets' names.
    pub fn members(&self, app: &AppName, stack: &StackName) -> Vec<&Member> {
        let mut members = self.app(app).map(|app| app.stack(stack)).unwrap_or_default();
        members.sort_by(|a, b| a.target.cmp(&b.target));
        members
    }

    /// Returns the newest observation of this member, whatever its age.
    pub fn last_observation(&self, member: &Member) -> Option<Box<Observation>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&key(member)).map(|(_, seen)| seen.clone())
    }

    /// Returns when this member was last observed, by the watch or by a run.
    pub fn last_observed_at(&self, member: &Member) -> Option<Instant> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&key(member)).map(|(at, _)| *at)
    }

    pub fn remember(&self, member: &Member, observation: &Observation) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(key(member), (Instant::now(), Box::new(observation.clone())));
    }
}

impl EngineContext {
    /// Records a lock that a run could not release when it ended.
    pub fn leave_lock(&self, member: &Member, lock: LockId) {
        self.left_locks().push((key(member), lock));
    }

    pub fn lock_is_gone(&self, member: &Member, lock: &LockId) {
        let member = key(member);
        self.left_locks().retain(|(of, left)| *of != member || left != lock);
    }

    /// Returns whether an ended run of this engine left this lock behind.
    pub fn has_left_lock(&self, member: &Member, lock: &LockId) -> bool {
        let member = key(member);
        self.left_locks().iter().any(|(of, left)| *of == member && left == lock)
    }

    fn left_locks(&self) -> MutexGuard<'_, Vec<(Key, LockId)>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EngineContext {
    pub fn begin_move(&self, target: &Target, app: &AppName, stack: &StackName) -> Move<'_> {
        let key = (target.clone(), app.clone(), stack.clone());
        self.count_move(&key);
        Move { context: self, key }
    }

    /// Returns the count of moves. `None`: users of this member are being moved at this moment.
    pub fn moves_if_idle(&self, member: &Member) -> Option<u64> {
        let moves = self.moves.lock().unwrap_or_else(PoisonError::into_inner);
        Some(moves.get(&key(member)).copied().unwrap_or_default()).filter(|count| count % 2 == 0)
    }

    fn count_move(&self, key: &Key) {
        let mut moves = self.moves.lock().unwrap_or_else(PoisonError::into_inner);
        *moves.entry(key.clone()).or_default() += 1;
    }
}

fn key(member: &Member) -> Key {
    (member.target.clone(), member.app.clone(), member.stack.clone())
}

impl std::fmt::Debug for EngineContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineContext")
            .field("environment", &self.environment.name)
            .finish_non_exhaustive()
    }
}
