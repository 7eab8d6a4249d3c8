//! How fast the demo's world turns.

use std::time::Duration;

/// Real releases take minutes; a demo shows the same steps in seconds, and a test in less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// All that a pull takes.
    pub pull: Duration,
    /// Until a container of a good release answers.
    pub boot: Duration,
    /// Between two of a container's health checks.
    pub check: Duration,
    /// Until a container of the slow release answers.
    pub slow_boot: Duration,
    pub migration: Duration,
    /// Between two lines of a release's hook.
    pub hook: Duration,
    /// What an API takes to send users to its other side.
    pub switch: Duration,
    /// How long the nginx configuration before a reload goes on answering new requests.
    pub old_workers: Duration,
}

impl Pace {
    pub const SHOW: Self = Self {
        pull: Duration::from_millis(1800),
        boot: Duration::from_millis(700),
        check: Duration::from_millis(600),
        slow_boot: Duration::from_secs(6),
        migration: Duration::from_millis(1500),
        hook: Duration::from_millis(400),
        switch: Duration::from_millis(600),
        old_workers: Duration::from_millis(100),
    };

    /// For tests. What stands for real nginx keeps its real time.
    pub const QUICK: Self = Self {
        pull: Duration::from_millis(120),
        boot: Duration::from_millis(120),
        check: Duration::from_millis(150),
        slow_boot: Duration::from_millis(1500),
        migration: Duration::from_millis(400),
        hook: Duration::from_millis(50),
        switch: Duration::from_millis(200),
        old_workers: Duration::from_millis(100),
    };
}
