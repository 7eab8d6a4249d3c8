//! What a registry says of releases that a plan would have to pull.

use super::catalog::Image;
use super::release::Release;

/// A release that is not on a host, and must be pulled there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub image: Image,
    pub release: Release,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Supply {
    Has,
    /// It answered, and does not have it any more.
    Gone,
    /// It did not say, and why.
    Silent(String),
}

/// What was asked so far. A release that is not in it was not asked for.
#[derive(Debug, Clone, Default)]
pub struct Stock(Vec<(Wanted, Supply)>);

impl Stock {
    pub fn of(&self, image: &str, release: &Release) -> Option<&Supply> {
        let is = |wanted: &Wanted| wanted.image.name == image && wanted.release == *release;
        self.0.iter().find(|(wanted, _)| is(wanted)).map(|(_, supply)| supply)
    }

    pub fn learn(&mut self, wanted: Wanted, supply: Supply) {
        self.0.push((wanted, supply));
    }
}
