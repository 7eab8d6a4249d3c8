//! The display order of tags. Versions come first, the newest first, as semantic versioning orders them
//! (<https://semver.org>, section 11), with or without a leading `v` and with any count of numbers. Tags with a known age
//! follow, the youngest first. All other names follow in descending order, with numbers compared as numbers.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use crate::domain::release::Tag;

/// The sort key of a tag; the smallest comes first. No two tags have the same key: `8` and `08` are distinguished by their
/// spelling.
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

    /// Returns whether the name alone decides the order, so that an age changes nothing.
    pub fn is_version(&self) -> bool {
        matches!(self.0, Rank::Version(_))
    }
}

/// Returns whether the tag is a version, which is sorted by its name and needs no age.
pub fn is_version(tag: &Tag) -> bool {
    Version::of(tag.as_str()).is_some()
}

/// A version number. `1.10.0` and `1.10` are the same version: trailing zeros are dropped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    numbers: Vec<Number>,
    /// A release is newer than its pre-releases.
    released: bool,
    pre_release: Vec<Vec<Chunk>>,
}

impl Version {
    /// Parses a version. A bare number is not one: it may be a build number, or a commit hash without letters.
    fn of(tag: &str) -> Option<Self> {
        let (core, pre_release) =
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
        let parts = pre_release.map(|text| text.split('.').map(chunks).collect());
        Some(Self { numbers, released: parts.is_none(), pre_release: parts.unwrap_or_default() })
    }
}

/// Digits of any length that compare as a number.
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

/// A part of a name. Numbers come before words, as in the pre-releases of semantic versioning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Chunk {
    Number(Number),
    Word(String),
}

/// Splits a name into numbers and words, so that `rc10` comes after `rc9`.
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
    fn versions_are_sorted_by_number_newest_first() {
        assert_eq!(ordered("v1.9 v1.10 v1.2", &[]), "v1.10 v1.9 v1.2");
        assert_eq!(ordered("v9 v411 v412", &[]), "v412 v411 v9");
        assert_eq!(ordered("1.0.1 1.1 1.0.0 1.0", &[]), "1.1 1.0.1 1.0.0 1.0");
        assert_eq!(
            ordered("20151025.143403 20151025.090000", &[]),
            "20151025.143403 20151025.090000"
        );
    }

    #[test]
    fn pre_releases_are_older_than_their_release() {
        let names = "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 \
                     1.0.0-beta.11 1.0.0-rc.1 1.0.0";
        let newest_first: Vec<&str> = names.split(' ').rev().collect();
        assert_eq!(ordered(names, &[]), newest_first.join(" "), "the specification's own example");
        assert_eq!(ordered("v2-rc9 v2-rc10", &[]), "v2-rc10 v2-rc9");
    }

    #[test]
    fn other_tags_follow_by_age_and_then_by_name() {
        let made = [("main", 1), ("0a1b2c3", 2), ("nightly", 9), ("v1", 400)];
        assert_eq!(
            ordered("build-9 nightly v1 build-10 0a1b2c3 main 1234567", &made),
            "v1 main 0a1b2c3 nightly build-10 build-9 1234567",
            "1234567 may be a commit: only what says so is a version"
        );
    }

    #[test]
    fn tags_with_equal_numbers_have_a_stable_order() {
        assert_eq!(ordered("08 8", &[]), "8 08");
        assert_eq!(ordered("8 08", &[]), "8 08");
    }

    proptest! {
        #[test]
        fn order_of_tags_does_not_depend_on_their_initial_order(names in proptest::collection::vec("[a-z0-9][a-z0-9.-]{0,9}", 2..9)) {
            let once = ordered(&names.join(" "), &[]);
            let mut turned: Vec<&str> = once.split(' ').collect();
            turned.reverse();
            prop_assert_eq!(ordered(&turned.join(" "), &[]), once);
        }
    }
}
