//! The releases of the demo's app, the same ones on every platform, and how each of them behaves.

use std::time::Duration;

use super::pace::Pace;

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

/// In the order in which they were built. The first one is live when a demo begins.
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

/// How long before the demo began each release was built, in minutes: the last ones on this very day.
const BUILT_BEFORE: [i64; 8] = [12_960, 8_700, 7_190, 2_890, 1_450, 610, 175, 38];

pub fn find(tag: &str) -> Option<Release> {
    RELEASES.into_iter().find(|release| release.tag == tag)
}

impl Release {
    /// Returns how long before the demo began it was built, in minutes.
    pub fn minutes_old(self) -> i64 {
        let at = RELEASES.iter().position(|other| *other == self).unwrap_or_default();
        BUILT_BEFORE.get(at).copied().unwrap_or_default()
    }
}

impl Behavior {
    pub fn boot(self, pace: &Pace) -> Duration {
        if self == Self::SlowToBoot { pace.slow_boot } else { pace.boot }
    }
}
