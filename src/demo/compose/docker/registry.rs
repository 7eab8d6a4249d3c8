//! The registry of the demo: one repository, and what an image of each release is made of.

use crate::demo::release::{RELEASES, Release};
use crate::demo::standin::sums;

pub const REPOSITORY: &str = "registry.example.org/shop";

/// Made so far apart, in seconds, beginning with the first: the demo's releases are a day old each.
const DAY: i64 = 86_400;
const FIRST_MADE: i64 = 1_767_225_600;

/// A release that nobody can run here: registries have more than a fleet is made for.
pub const FOR_OTHERS: &str = "v2-s390x";

impl Release {
    pub fn digest(self) -> String {
        format!("sha256:{}", hash(self.tag))
    }

    /// An image's own id is not the digest that a registry knows it by.
    pub fn image_id(self) -> String {
        format!("sha256:{}", hash(&format!("image of {}", self.tag)))
    }

    /// Seconds since the epoch.
    pub fn made_at(self) -> i64 {
        let age = RELEASES.iter().position(|release| *release == self).unwrap_or(0);
        FIRST_MADE + DAY * i64::try_from(age).unwrap_or(0)
    }

    /// The layers of a pull: those of the base are the same in every release.
    pub fn layers(self) -> [String; 4] {
        let short = |of: &str| hash(of)[..12].to_owned();
        [
            short("base system"),
            short("interpreter"),
            short(&format!("libraries of {}", self.tag)),
            short(&format!("app {}", self.tag)),
        ]
    }
}

/// 64 hexadecimal digits, always the same ones for the same text.
pub fn hash(of: &str) -> String {
    sums::hex(of.as_bytes())
}
