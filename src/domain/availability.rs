//! What a registry says of releases that a plan would have to pull.

use super::catalog::Image;
use super::release::Release;

/// A release that is not on a host, and must be pulled there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseToPull {
    pub image: Image,
    pub release: Release,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
    Has,
    /// It answered, and does not have it any more.
    Gone,
    /// It did not say, and why.
    Silent(String),
}

/// What was asked so far. A release that is not in it was not asked for.
#[derive(Debug, Clone, Default)]
pub struct Availabilities(Vec<(ReleaseToPull, Availability)>);

impl Availabilities {
    pub fn of(&self, image: &str, release: &Release) -> Option<&Availability> {
        let is = |wanted: &ReleaseToPull| wanted.image.name == image && wanted.release == *release;
        self.0.iter().find(|(wanted, _)| is(wanted)).map(|(_, supply)| supply)
    }

    pub fn learn(&mut self, wanted: ReleaseToPull, supply: Availability) {
        self.0.push((wanted, supply));
    }
}
