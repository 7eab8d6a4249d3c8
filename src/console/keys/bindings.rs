//! Which key does what.

use super::fixed::fixed_of;
use crate::console::actions::Verb;
use crate::console::key::Key;

/// Every action with its keys. No key has two meanings, and what changes servers is out of reach of
/// a slip: [`read`](super::read) makes no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bindings {
    /// In the order of the table.
    pub(super) bound: Vec<(Verb, Vec<Key>)>,
}

impl Bindings {
    pub fn find(&self, key: Key) -> Option<Verb> {
        self.bound.iter().find(|(_, keys)| keys.contains(&key)).map(|(verb, _)| *verb)
    }

    pub fn keys(&self, verb: Verb) -> &[Key] {
        self.bound.iter().find(|(bound, _)| *bound == verb).map_or(&[], |(_, keys)| keys)
    }

    /// The key that the screen shows.
    pub fn word(&self, verb: Verb) -> String {
        self.keys(verb).first().map(|key| key.word()).unwrap_or_default()
    }

    pub fn words(&self, verb: Verb) -> String {
        let words: Vec<String> = self.keys(verb).iter().map(|key| key.word()).collect();
        words.join(" ")
    }

    /// These keys and no others, but for the fixed ones.
    pub(super) fn bind(&mut self, verb: Verb, keys: Vec<Key>) {
        if let Some((_, bound)) = self.bound.iter_mut().find(|(bound, _)| *bound == verb) {
            *bound = keys;
            bound.extend(fixed_of(verb));
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (Verb, &[Key])> {
        self.bound.iter().map(|(verb, keys)| (*verb, keys.as_slice()))
    }
}
