//! Which key does what: the table's own keys, and a person's over them.

mod file;
mod rules;

pub use file::read;

use super::actions::{ACTIONS, Action, Verb, of_verb};
use super::key::Key;

/// Every action with its keys. No key has two meanings, and what changes servers is out of reach of
/// a slip: [`read`] makes no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bindings {
    /// In the order of the table.
    bound: Vec<(Verb, Vec<Key>)>,
}

impl Default for Bindings {
    fn default() -> Self {
        Self { bound: ACTIONS.iter().map(|action| (action.verb, action.keys.to_vec())).collect() }
    }
}

impl Bindings {
    pub fn action(&self, key: Key) -> Option<&'static Action> {
        let (verb, _) = self.bound.iter().find(|(_, keys)| keys.contains(&key))?;
        of_verb(*verb)
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
    fn bind(&mut self, verb: Verb, keys: Vec<Key>) {
        if let Some((_, bound)) = self.bound.iter_mut().find(|(bound, _)| *bound == verb) {
            *bound = keys;
            bound.extend(rules::fixed_of(verb));
        }
    }

    fn all(&self) -> impl Iterator<Item = (Verb, &[Key])> {
        self.bound.iter().map(|(verb, keys)| (*verb, keys.as_slice()))
    }
}
