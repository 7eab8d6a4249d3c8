//! Which key does what.

use super::fixed::fixed_of;
use super::key::Key;
use crate::console::actions::ActionId;

/// Every action with its keys. No key has two meanings, and what changes servers is out of reach of
/// a slip: [`read`](super::read) makes no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bindings {
    /// In the order of the table.
    pub(super) bound: Vec<(ActionId, Vec<Key>)>,
}

impl Bindings {
    pub fn find(&self, key: Key) -> Option<ActionId> {
        self.bound.iter().find(|(_, keys)| keys.contains(&key)).map(|(id, _)| *id)
    }

    pub fn keys(&self, id: ActionId) -> &[Key] {
        self.bound.iter().find(|(bound, _)| *bound == id).map_or(&[], |(_, keys)| keys)
    }

    /// The key that the screen shows.
    pub fn word(&self, id: ActionId) -> String {
        self.keys(id).first().map(|key| key.word()).unwrap_or_default()
    }

    pub fn words(&self, id: ActionId) -> String {
        let words: Vec<String> = self.keys(id).iter().map(|key| key.word()).collect();
        words.join(" ")
    }

    /// These keys and no others, but for the fixed ones.
    pub(super) fn bind(&mut self, id: ActionId, keys: Vec<Key>) {
        if let Some((_, bound)) = self.bound.iter_mut().find(|(bound, _)| *bound == id) {
            *bound = keys;
            bound.extend(fixed_of(id));
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (ActionId, &[Key])> {
        self.bound.iter().map(|(id, keys)| (*id, keys.as_slice()))
    }
}
