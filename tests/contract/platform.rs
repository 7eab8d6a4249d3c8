//! What the suite must know of a platform: its simulated targets, what is true there, and what can go wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use flipside::domain::spec::Environment;
use flipside::transport::sources::Catalog;
use flipside::transport::{Shell, Web};

/// Targets whose users are on [`PlatformUnderTest::RELEASES`]`[0]` on every target.
pub trait PlatformUnderTest: Clone + Send + Sync + 'static {
    /// Releases that can be brought to every target, the first of them live at the beginning.
    const RELEASES: [&'static str; 3];

    /// A target records which release its users came from. Otherwise each rollback names a release.
    const RECORDS_ORIGIN: bool = true;

    fn new() -> Self;

    /// Others, in the same state, and without a fault.
    fn copy(&self) -> Self;

    /// At least two targets.
    fn environment(&self) -> Environment;

    fn shell(&self) -> Arc<dyn Shell>;

    fn web(&self) -> Arc<dyn Web>;

    fn catalog(&self) -> Arc<dyn Catalog>;

    /// The release that users of each target get, by the targets themselves.
    fn users(&self) -> BTreeMap<String, String>;

    /// Everything on a target that a phase may change: no locks, no heartbeats, no counts of observations.
    fn state(&self, target: &str) -> String;

    /// After so many commands the targets are not heard of any more: the last of them has its effect, and its
    /// outcome is lost.
    fn goes_silent_after(&self, commands: Option<u32>);

    fn cut_off(&self, target: &str);

    /// Of a hundred commands so many meet a fault, by a seed.
    fn faults(&self, seed: u64, percent: u64);

    /// Commands take different times, by a seed.
    fn jitter(&self, seed: u64);

    /// Somebody else has every lock from now on.
    fn locks_are_taken_over(&self);

    /// What a person does about locks that a dead run left: `flipside unlock`.
    fn unlock(&self);
}
