//! Whether a registry has the releases that a plan would have to pull.

use super::catalog::Image;
use super::release::Release;

/// A release that a host does not have and must pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseToPull {
    pub image: Image,
    pub release: Release,
}

/// The registry's answer about one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
    Available,
    /// The registry answered that it does not have the release any more.
    Missing,
    /// The registry did not answer; the text says why.
    Unknown(String),
}

/// The answers so far. A release that is not among them was not asked for.
#[derive(Debug, Clone, Default)]
pub struct Availabilities(Vec<(ReleaseToPull, Availability)>);

impl Availabilities {
    pub fn of(&self, image: &str, release: &Release) -> Option<&Availability> {
        let is = |asked: &ReleaseToPull| asked.image.name == image && asked.release == *release;
        self.0.iter().find(|(asked, _)| is(asked)).map(|(_, availability)| availability)
    }

    pub fn add(&mut self, release: ReleaseToPull, availability: Availability) {
        self.0.push((release, availability));
    }
}
