//! The registry of the demo: one repository, and how each of its releases behaves.

use std::time::Duration;

use crate::demo::pace::Pace;
use crate::demo::standin::sums;

pub const REPOSITORY: &str = "registry.example.org/shop";

/// One release of the demo's app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    pub tag: &'static str,
    pub behavior: Behavior,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    Good,
    /// Starts, and its health check never passes.
    NeverHealthy,
    /// Ends with an error soon after its start, each time.
    Crashes,
    /// Takes long until it answers.
    SlowToBoot,
    /// Healthy, and answers every fifth request with an error.
    Flaky,
    /// Healthy, and right, and so slow that users leave.
    Sluggish,
}

/// Made so far apart, in seconds, beginning with the first: the demo's releases are a day old each.
const DAY: i64 = 86_400;
const FIRST_MADE: i64 = 1_767_225_600;

pub const RELEASES: [Release; 8] = [
    Release { tag: "v1", behavior: Behavior::Good },
    Release { tag: "v2", behavior: Behavior::Good },
    Release { tag: "v3", behavior: Behavior::Good },
    Release { tag: "v4-bad", behavior: Behavior::NeverHealthy },
    Release { tag: "v5-crash", behavior: Behavior::Crashes },
    Release { tag: "v6-slow", behavior: Behavior::SlowToBoot },
    Release { tag: "v7-broken", behavior: Behavior::Flaky },
    Release { tag: "v8-sluggish", behavior: Behavior::Sluggish },
];

/// A release that nobody can run here: registries have more than a fleet is made for.
pub const FOR_OTHERS: &str = "v2-s390x";

pub fn find(tag: &str) -> Option<Release> {
    RELEASES.into_iter().find(|release| release.tag == tag)
}

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

impl Behavior {
    pub fn boot(self, pace: &Pace) -> Duration {
        if self == Self::SlowToBoot { pace.slow_boot } else { pace.boot }
    }
}

/// 64 hexadecimal digits, always the same ones for the same text.
pub fn hash(of: &str) -> String {
    sums::hex(of.as_bytes())
}
