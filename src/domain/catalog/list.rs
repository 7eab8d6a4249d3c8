//! The list of releases, in display order, as far as it is known.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, SourceError, TagOrder};
use crate::domain::release::Tag;

/// How many facts are requested for tags that are not visible. A tag without a version in its name is sorted by its age, so
/// its age is needed to place it. More requests could exhaust a registry's rate limit.
const PREFETCH: usize = 60;

#[derive(Debug, Clone, Default)]
pub struct ReleaseList {
    entries: Vec<ListEntry>,
    facts: BTreeMap<Tag, Result<Facts, SourceError>>,
    longest: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    place: TagOrder,
    pub tag: Tag,
    /// Whether the registry listed this tag. Otherwise it is only known from a host.
    pub listed: bool,
}

impl ReleaseList {
    /// Returns the entries in display order.
    pub fn entries(&self) -> &[ListEntry] {
        &self.entries
    }

    pub fn facts(&self, tag: &Tag) -> Option<&Result<Facts, SourceError>> {
        self.facts.get(tag)
    }

    pub fn find(&self, tag: &Tag) -> Option<&ListEntry> {
        self.at(tag).map(|at| &self.entries[at])
    }

    /// Returns how many tags the registry listed.
    pub fn listed(&self) -> usize {
        self.entries.iter().filter(|entry| entry.listed).count()
    }

    /// Returns the length of the longest name.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Adds tags that the registry listed.
    pub fn add_listed(&mut self, tags: &[Tag]) {
        self.add(tags, true);
    }

    /// Adds tags that a host has, whether the registry lists them or not.
    pub fn add_from_hosts(&mut self, tags: &[Tag]) {
        self.add(tags, false);
    }

    fn add(&mut self, tags: &[Tag], listed: bool) {
        let (mut new, mut seen) = (Vec::new(), BTreeSet::new());
        for tag in tags {
            match self.at(tag) {
                Some(at) => self.entries[at].listed |= listed,
                None if seen.insert(tag) => {
                    self.longest = self.longest.max(tag.as_str().len());
                    new.push(ListEntry { place: self.place(tag), tag: tag.clone(), listed });
                }
                None => {}
            }
        }
        self.entries.extend(new);
        self.entries.sort_by(|a, b| a.place.cmp(&b.place));
    }

    /// Records what is known about a tag, which may move the tag within the list.
    pub fn set_facts(&mut self, tag: &Tag, facts: Result<Facts, SourceError>) {
        let at = self.at(tag);
        self.facts.insert(tag.clone(), facts);
        let place = self.place(tag);
        if let Some(at) = at.filter(|at| self.entries[*at].place != place) {
            let entry = ListEntry { place, ..self.entries.remove(at) };
            let to = self.entries.partition_point(|other| other.place < entry.place);
            self.entries.insert(to, entry);
        }
    }

    fn place(&self, tag: &Tag) -> TagOrder {
        let facts = self.facts.get(tag).and_then(|facts| facts.as_ref().ok());
        TagOrder::of(tag, facts.and_then(|facts| facts.made_at))
    }

    fn at(&self, tag: &Tag) -> Option<usize> {
        let place = self.place(tag);
        let at = self.entries.partition_point(|entry| entry.place < place);
        // Names that differ only in leading zeros compare as equal.
        let here = self.entries[at..].iter().take_while(|entry| entry.place == place);
        here.zip(at..).find(|(entry, _)| entry.tag == *tag).map(|(_, at)| at)
    }

    /// Returns the tags whose facts should be requested next, the visible ones first.
    pub fn missing_facts<'a>(&'a self, visible: impl Iterator<Item = &'a Tag>) -> Vec<Tag> {
        let mut wanted: Vec<&Tag> = visible.filter(|tag| self.lacks(tag)).collect();
        let seen: BTreeSet<&Tag> = wanted.iter().copied().collect();
        // Versions are sorted first, and need no age for that.
        let versions = self.entries.partition_point(|entry| entry.place.is_version());
        let others = self.entries[versions..].iter().map(|entry| &entry.tag);
        let left = PREFETCH.saturating_sub(self.facts.len());
        wanted.extend(others.filter(|tag| self.lacks(tag) && !seen.contains(tag)).take(left));
        wanted.into_iter().cloned().collect()
    }

    fn lacks(&self, tag: &Tag) -> bool {
        !self.facts.contains_key(tag) && self.find(tag).is_some_and(|entry| entry.listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeDelta, Utc};

    fn tags(names: &str) -> Vec<Tag> {
        names.split(' ').map(|name| Tag::new(name).unwrap()).collect()
    }

    fn words(list: &ReleaseList) -> String {
        list.entries().iter().map(|entry| entry.tag.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn made(days: i64) -> Facts {
        Facts { made_at: Some(Utc::now() - TimeDelta::days(days)), ..Facts::default() }
    }

    #[test]
    fn tags_from_several_pages_are_sorted() {
        let mut list = ReleaseList::default();
        list.add_from_hosts(&tags("v3 v9"));
        list.add_listed(&tags("v1 v10"));
        list.add_listed(&tags("v3 v2 v1"));
        assert_eq!(words(&list), "v10 v9 v3 v2 v1");
        let unlisted: Vec<&str> =
            list.entries().iter().filter(|it| !it.listed).map(|it| it.tag.as_str()).collect();
        assert_eq!((unlisted.as_slice(), list.listed()), (["v9"].as_slice(), 4));
    }

    #[test]
    fn tag_without_version_is_sorted_by_age() {
        let mut list = ReleaseList::default();
        list.add_listed(&tags("a b c v1"));
        assert_eq!(words(&list), "v1 c b a");
        list.set_facts(&tags("a")[0], Ok(made(1)));
        list.set_facts(&tags("b")[0], Ok(made(3)));
        list.set_facts(&tags("v1")[0], Ok(made(0)));
        assert_eq!(words(&list), "v1 a b c");
        list.set_facts(&tags("a")[0], Ok(made(9)));
        assert_eq!(words(&list), "v1 b a c");
    }

    #[test]
    fn tags_that_read_as_the_same_number_are_distinguished() {
        let mut list = ReleaseList::default();
        list.add_listed(&tags("v1.0 v1.00 v1"));
        for tag in tags("v1.0 v1.00 v1") {
            assert_eq!(list.find(&tag).unwrap().tag, tag);
        }
    }

    #[test]
    fn facts_of_visible_tags_are_requested_first_and_of_hidden_versions_not_at_all() {
        let mut list = ReleaseList::default();
        list.add_listed(&tags("v1 v2 v3 main nightly"));
        list.add_from_hosts(&tags("old"));
        let observed = tags("v3 old");
        let wanted = |list: &ReleaseList| {
            list.missing_facts(observed.iter())
                .iter()
                .map(Tag::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(wanted(&list), "v3 nightly main");
        list.set_facts(&tags("v3")[0], Ok(made(1)));
        assert_eq!(wanted(&list), "nightly main");
        let many: Vec<Tag> = (0..500).map(|n| Tag::new(format!("b{n}")).unwrap()).collect();
        list.add_listed(&many);
        assert_eq!(list.missing_facts(observed.iter()).len(), PREFETCH - 1);
    }
}
