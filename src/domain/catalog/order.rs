//! In which order tags stand: versions first, the newest first, as semantic versioning has it
//! (<https://semver.org>, section 11), read kindly: with or without `v`, with any count of numbers. Then
//! what tells its age, the youngest first. Then names, the greatest first, with numbers as numbers.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use crate::domain::release::Tag;

/// Where a tag stands: the least one first. No two tags stand at one place: `8` and `08` are told apart
/// by how they are written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagOrder(Rank, Reverse<Vec<Chunk>>, Reverse<String>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Version(Reverse<Version>),
    Aged(Reverse<DateTime<Utc>>),
    Named,
}

impl TagOrder {
    pub fn of(tag: &Tag, made_at: Option<DateTime<Utc>>) -> Self {
        let rank = match (Version::of(tag.as_str()), made_at) {
            (Some(version), _) => Rank::Version(Reverse(version)),
            (None, Some(at)) => Rank::Aged(Reverse(at)),
            (None, None) => Rank::Named,
        };
        Self(rank, Reverse(chunks(tag.as_str())), Reverse(tag.as_str().to_owned()))
    }

    /// It is told by the name: an age changes nothing.
    pub fn is_version(&self) -> bool {
        matches!(self.0, Rank::Version(_))
    }
}

/// Its own name tells where it stands: its age need not be known for that.
pub fn is_version(tag: &Tag) -> bool {
    Version::of(tag.as_str()).is_some()
}

/// `1.10.0` and `1.10` are the same version: trailing zeros are not kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    numbers: Vec<Number>,
    /// What is released comes after what leads to it.
    released: bool,
    leading_to: Vec<Vec<Chunk>>,
}

impl Version {
    /// A bare number is none: it may as well be a build, or a commit that happens to have no letter.
    fn of(tag: &str) -> Option<Self> {
        let (core, leading_to) =
            tag.split_once('-').map_or((tag, None), |(c, rest)| (c, Some(rest)));
        let bare = core.strip_prefix(['v', 'V']);
        if bare.is_none() && !core.contains('.') {
            return None;
        }
        let numbers: Option<Vec<Number>> =
            bare.unwrap_or(core).split('.').map(Number::of).collect();
        let mut numbers = numbers?;
        while numbers.last().is_some_and(Number::is_zero) {
            numbers.pop();
        }
        let parts = leading_to.map(|text| text.split('.').map(chunks).collect());
        Some(Self { numbers, released: parts.is_none(), leading_to: parts.unwrap_or_default() })
    }
}

/// Digits of any length, compared as a number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Number {
    length: usize,
    digits: String,
}

impl Number {
    fn of(digits: &str) -> Option<Self> {
        let good = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let digits = digits.trim_start_matches('0').to_owned();
        good.then_some(Self { length: digits.len(), digits })
    }

    fn is_zero(&self) -> bool {
        self.length == 0
    }
}

/// A piece of a name. Numbers come before words, as in the pre-releases of semantic versioning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Chunk {
    Number(Number),
    Word(String),
}

/// `rc10` is after `rc9`.
fn chunks(name: &str) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        let number = Number::of(piece).map(Chunk::Number);
        chunks.push(number.unwrap_or_else(|| Chunk::Word(piece.to_owned())));
        rest = after;
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn ordered(names: &str, made: &[(&str, i64)]) -> String {
        let now = DateTime::<Utc>::default();
        let at = |tag: &Tag| {
            let found = made.iter().find(|(name, _)| *name == tag.as_str());
            found.map(|(_, days)| now - TimeDelta::days(*days))
        };
        let mut tags: Vec<Tag> = names.split(' ').map(|name| Tag::new(name).unwrap()).collect();
        tags.sort_by_cached_key(|tag| TagOrder::of(tag, at(tag)));
        tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn versions_stand_by_their_numbers_the_newest_first() {
        assert_eq!(ordered("v1.9 v1.10 v1.2", &[]), "v1.10 v1.9 v1.2");
        assert_eq!(ordered("v9 v411 v412", &[]), "v412 v411 v9");
        assert_eq!(ordered("1.0.1 1.1 1.0.0 1.0", &[]), "1.1 1.0.1 1.0.0 1.0");
        assert_eq!(
            ordered("20151025.143403 20151025.090000", &[]),
            "20151025.143403 20151025.090000"
        );
    }

    #[test]
    fn what_leads_to_a_version_comes_before_it() {
        let names = "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 \
                     1.0.0-beta.11 1.0.0-rc.1 1.0.0";
        let newest_first: Vec<&str> = names.split(' ').rev().collect();
        assert_eq!(ordered(names, &[]), newest_first.join(" "), "the specification's own example");
        assert_eq!(ordered("v2-rc9 v2-rc10", &[]), "v2-rc10 v2-rc9");
    }

    #[test]
    fn others_follow_by_age_and_those_without_an_age_by_name() {
        let made = [("main", 1), ("0a1b2c3", 2), ("nightly", 9), ("v1", 400)];
        assert_eq!(
            ordered("build-9 nightly v1 build-10 0a1b2c3 main 1234567", &made),
            "v1 main 0a1b2c3 nightly build-10 build-9 1234567",
            "1234567 may be a commit: only what says so is a version"
        );
    }

    #[test]
    fn what_counts_the_same_still_stands_always_in_the_same_order() {
        assert_eq!(ordered("08 8", &[]), "8 08");
        assert_eq!(ordered("8 08", &[]), "8 08");
    }

    proptest! {
        #[test]
        fn it_is_an_order_of_all_tags(names in proptest::collection::vec("[a-z0-9][a-z0-9.-]{0,9}", 2..9)) {
            let once = ordered(&names.join(" "), &[]);
            let mut turned: Vec<&str> = once.split(' ').collect();
            turned.reverse();
            prop_assert_eq!(ordered(&turned.join(" "), &[]), once);
        }
    }
}
