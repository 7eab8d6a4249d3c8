//! What every part of the engine works with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::domain::names::{AppName, StackName};
use crate::domain::observation::Observation;
use crate::domain::spec::{AppSpec, Environment, Member};
use crate::domain::target::Target;
use crate::transport::{Shell, Web};

/// Time comes in from the rim, so that a test can have its own.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Is a person there to decide after a failure?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    /// After a failure the run waits for a choice.
    Attended,
    /// After a failure the run ends.
    Unattended,
}

type Key = (Target, AppName, StackName);

#[derive(Clone)]
pub struct World {
    pub environment: Arc<Environment>,
    pub shell: Arc<dyn Shell>,
    pub web: Arc<dyn Web>,
    pub clock: Clock,
    /// Where journals are kept.
    pub journals: PathBuf,
    /// The inventory, as it is told in journals.
    pub inventory: String,
    pub attendance: Attendance,
    last: Arc<Mutex<BTreeMap<Key, Box<Observation>>>>,
}

impl World {
    pub fn new(
        environment: Environment,
        shell: Arc<dyn Shell>,
        web: Arc<dyn Web>,
        clock: Clock,
        journals: PathBuf,
        inventory: String,
        attendance: Attendance,
    ) -> Self {
        let last = Arc::default();
        Self {
            environment: Arc::new(environment),
            shell,
            web,
            clock,
            journals,
            inventory,
            attendance,
            last,
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    pub fn app(&self, app: &AppName) -> Option<&AppSpec> {
        self.environment.apps.get(app)
    }

    /// The stack's members, in the order of their targets' names.
    pub fn members(&self, app: &AppName, stack: &StackName) -> Vec<&Member> {
        let mut members = self.app(app).map(|app| app.stack(stack)).unwrap_or_default();
        members.sort_by(|a, b| a.target.cmp(&b.target));
        members
    }

    /// The newest observation of this member, whatever its age.
    pub fn last_of(&self, member: &Member) -> Option<Box<Observation>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&key(member)).cloned()
    }

    pub fn remember(&self, member: &Member, observation: &Observation) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(key(member), Box::new(observation.clone()));
    }
}

fn key(member: &Member) -> Key {
    (member.target.clone(), member.app.clone(), member.stack.clone())
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("environment", &self.environment.name).finish_non_exhaustive()
    }
}
