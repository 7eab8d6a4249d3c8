//! Images on one host.

use std::collections::BTreeMap;

use super::registry::{REPOSITORY, Release};

/// The images that were pulled, by their tags.
#[derive(Debug, Default)]
pub struct Images(BTreeMap<&'static str, Release>);

/// `repository:tag`.
pub fn reference(tag: &str) -> String {
    format!("{REPOSITORY}:{tag}")
}

/// The tag of a reference to the one repository there is.
pub fn tag_of(reference: &str) -> Option<&str> {
    reference.strip_prefix(REPOSITORY)?.strip_prefix(':')
}

impl Images {
    /// `false`: it was there already.
    pub fn add(&mut self, release: Release) -> bool {
        self.0.insert(release.tag, release).is_none()
    }

    pub fn find(&self, reference: &str) -> Option<Release> {
        self.0.get(tag_of(reference)?).copied()
    }

    pub fn remove(&mut self, release: Release) {
        self.0.remove(release.tag);
    }

    pub fn all(&self) -> impl Iterator<Item = Release> {
        self.0.values().copied()
    }

    pub fn has_layer(&self, layer: &str) -> bool {
        self.all().any(|release| release.layers().iter().any(|known| known == layer))
    }
}
