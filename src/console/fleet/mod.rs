//! What the observations and the run say about the hosts, in the words of the screen.

mod deal;
mod filter;
mod freeze;
mod host;
mod order;
mod returning;
mod side;
mod together;
mod undone;

pub use deal::{Agreed, Deal, WayBack};
pub use host::{Freshness, Host};
pub use order::Trouble;
pub use returning::{Return, Standing, Told};
pub use side::{Letters, Side, named};
pub use together::{Looks, Together, Widest};

use super::glyphs::Mark;
use super::state::State;
use crate::domain::lock::HeldLock;
use crate::domain::observation::Observation;
use crate::domain::release::Tag;

/// A status: its glyph, and its words. Color is only ever added after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub mark: Mark,
    pub words: String,
}

impl Status {
    pub fn new(mark: Mark, words: impl Into<String>) -> Self {
        Self { mark, words: words.into() }
    }
}

impl State {
    pub fn hosts(&self) -> impl DoubleEndedIterator<Item = Host<'_>> + ExactSizeIterator {
        self.members.iter().map(|member| Host::new(self, member))
    }

    /// Does the inventory put any of them into a group?
    pub fn is_grouped(&self) -> bool {
        self.members.iter().any(|member| !self.setup.groups(&member.target).is_empty())
    }

    /// How many hosts answered when they were last looked at.
    pub fn reachable(&self) -> usize {
        self.looks().reachable
    }

    /// Has any host ever been looked at?
    pub fn is_anything_known(&self) -> bool {
        self.members.iter().any(|member| self.deploy.observations.contains_key(&member.target))
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
}
