//! Images on one host.

use std::collections::BTreeMap;

use super::registry::REPOSITORY;
use crate::demo::release::{RELEASES, Release};

/// The images that were pulled, by their tags.
#[derive(Debug, Default)]
pub struct Images(BTreeMap<&'static str, Release>);

/// `repository:tag`.
pub fn reference(tag: &str) -> String {
    format!("{REPOSITORY}:{tag}")
}

/// The tag of a reference to the one repository there is. A digest is of one tag here: none is ever moved.
pub fn tag_of(reference: &str) -> Option<&str> {
    let rest = reference.strip_prefix(REPOSITORY)?;
    let by_digest = |digest: &str| {
        RELEASES.iter().find(|release| release.digest() == digest).map(|release| release.tag)
    };
    rest.strip_prefix(':').or_else(|| by_digest(rest.strip_prefix('@')?))
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
