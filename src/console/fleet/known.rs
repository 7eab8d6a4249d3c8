//! What is known of the hosts together.

use super::Host;
use crate::console::app::setup::Setup;
use crate::console::app::state::State;
use crate::domain::lock::HeldLock;
use crate::domain::names::BadName;
use crate::domain::observation::Observation;
use crate::domain::plan::{Intent, RunRequest};
use crate::domain::release::Tag;

impl State {
    pub fn hosts(&self) -> impl DoubleEndedIterator<Item = Host<'_>> + ExactSizeIterator {
        self.fleet.members.iter().map(|member| Host::new(self, member))
    }

    /// Does the inventory put any of them into a group?
    pub fn is_grouped(&self) -> bool {
        self.fleet.members.iter().any(|member| !self.setup.groups(&member.target).is_empty())
    }

    /// How many hosts answered when they were last looked at.
    pub fn reachable(&self) -> usize {
        self.observation_ages().reachable
    }

    /// Has any host ever been looked at?
    pub fn is_anything_known(&self) -> bool {
        self.fleet
            .members
            .iter()
            .any(|member| self.run.deploy.observations.contains_key(&member.target))
    }

    /// The locks that were seen, each run once.
    pub fn locks(&self) -> Vec<&HeldLock> {
        let mut locks: Vec<&HeldLock> = Vec::new();
        for lock in self.hosts().filter_map(|host| host.observation()?.lock.as_ref()) {
            if !locks.iter().any(|known| known.id() == lock.id()) {
                locks.push(lock);
            }
        }
        locks
    }

    /// Every tag that a host has, running or not.
    pub fn tags_seen(&self) -> Vec<Tag> {
        let seen = self.hosts().filter_map(|host| host.latest());
        let mut tags: Vec<Tag> = seen.flat_map(Observation::tags).cloned().collect();
        tags.sort();
        tags.dedup();
        tags
    }

    pub fn chosen_host(&self) -> Option<Host<'_>> {
        let place = self.place_of(self.fleet.chosen.as_ref()?)?;
        self.fleet.members.get(place).map(|member| Host::new(self, member))
    }

    /// Returns the intent for a request, completed with what the inventory says.
    pub fn intent(&self, request: RunRequest) -> Result<Intent, BadName> {
        let Setup { environment, app, stack, operator, .. } = &self.setup;
        environment.intent(app, stack, operator, self.now.at, request)
    }
}
