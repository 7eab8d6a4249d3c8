//! What a prepared release changes in its configuration, as names: a value may be a secret that nothing marks as one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::release::Tag;
use crate::base::text::some_of;

/// How many names a line has at most.
const NAMES: usize = 4;

/// The configuration of a prepared release, compared with that of the live one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigChange {
    pub live: Tag,
    pub prepared: Tag,
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub changed: Vec<String>,
}

impl ConfigChange {
    /// Compares two configurations. Each value is known by its name, `db.hosts[0]`, and a checksum.
    pub fn between(
        (live, was): (&Tag, &BTreeMap<String, String>),
        (prepared, is): (&Tag, &BTreeMap<String, String>),
    ) -> Self {
        let without = |these: &BTreeMap<String, String>, those: &BTreeMap<String, String>| {
            these.keys().filter(|name| !those.contains_key(*name)).cloned().collect()
        };
        let differs = |(name, sum): (&String, &String)| {
            was.get(name).filter(|before| *before != sum).map(|_| name.clone())
        };
        Self {
            live: live.clone(),
            prepared: prepared.clone(),
            added: without(is, was),
            removed: without(was, is),
            changed: is.iter().filter_map(differs).collect(),
        }
    }

    pub fn is_none(&self) -> bool {
        self.names().next().is_none()
    }

    /// Returns every name with its sign: `+` added, `-` removed, `~` changed.
    pub fn names(&self) -> impl Iterator<Item = (char, &str)> {
        let added = self.added.iter().map(|name| ('+', name.as_str()));
        let removed = self.removed.iter().map(|name| ('-', name.as_str()));
        let changed = self.changed.iter().map(|name| ('~', name.as_str()));
        added.chain(removed).chain(changed)
    }

    /// Returns the comparison in one line: how many values differ, and the first few names.
    pub fn in_words(&self) -> String {
        let Self { live, prepared, .. } = self;
        let names: Vec<String> = self.names().map(|(sign, name)| format!("{sign}{name}")).collect();
        match names.len() {
            0 => format!("the configuration of {prepared} is that of {live}"),
            1 => format!("1 value of the configuration is not that of {live}: {}", names[0]),
            n => format!(
                "{n} values of the configuration are not those of {live}: {}",
                some_of(&names, NAMES)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_added_removed_and_changed() {
        let values = |text: &str| {
            let value =
                |word: &str| word.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()));
            text.split(' ').filter_map(value).collect::<BTreeMap<_, _>>()
        };
        let [v1, v2] = ["v1", "v2"].map(|name| Tag::new(name).unwrap());
        let between = |was: &str, is: &str| {
            ConfigChange::between((&v1, &values(was)), (&v2, &values(is))).in_words()
        };
        assert_eq!(between("a=1 b=2", "a=1 b=2"), "the configuration of v2 is that of v1");
        assert_eq!(between("a=1", "a=2"), "1 value of the configuration is not that of v1: ~a");
        assert_eq!(
            between("a=1 b=2 c=3", "a=2 c=3 d=4 e=5 f=6"),
            "5 values of the configuration are not those of v1: +d, +e, +f, -b and 1 more"
        );
    }
}
