//! Boxes that yodeploy's deploy agents release. There is no passive side, no lock and no record of what was live before:
//! laws about those are not held to it, and a rollback is one to a named release.

use std::collections::BTreeMap;
use std::sync::Arc;

use flipside::domain::event::Verdict;
use flipside::domain::phase::Phase;
use flipside::domain::plan::Intent;
use flipside::domain::spec::Environment;
use flipside::transport::sources::Catalog;
use flipside::transport::{Shell, Web};

use crate::platform::PlatformUnderTest;
use crate::testkit::agent::{Agents, VERSIONS, environment};
use crate::testkit::fleet::{Asked, Fleet, Luck};
use crate::trial::Trial;

impl PlatformUnderTest for Agents {
    const RELEASES: [&'static str; 3] = VERSIONS;
    const RECORDS_ORIGIN: bool = false;

    fn new() -> Self {
        Self::new()
    }

    fn copy(&self) -> Self {
        self.copy()
    }

    fn environment(&self) -> Environment {
        environment()
    }

    fn shell(&self) -> Arc<dyn Shell> {
        Fleet::new(&[])
    }

    fn web(&self) -> Arc<dyn Web> {
        Arc::new(self.clone())
    }

    fn catalog(&self) -> Arc<dyn Catalog> {
        Arc::new(Asked(Arc::clone(&Fleet::new(&[]).registry)))
    }

    fn users(&self) -> BTreeMap<String, String> {
        let names = self.with(|world| world.boxes.keys().cloned().collect::<Vec<_>>());
        names.into_iter().map(|name| (name.clone(), self.live(&name))).collect()
    }

    fn state(&self, target: &str) -> String {
        format!("{target}: {}\n", self.live(target))
    }

    fn goes_silent_after(&self, commands: Option<u32>) {
        self.with(|world| world.silent_after = commands);
    }

    fn cut_off(&self, target: &str) {
        self.with(|world| world.cut.push(target.to_owned()));
    }

    fn faults(&self, seed: u64, percent: u64) {
        self.with(|world| world.luck = Luck::of_seed(seed, percent));
    }

    fn jitter(&self, seed: u64) {
        self.with(|world| world.jitter = (Luck::of_seed(seed, 0), 80));
    }

    /// There is none.
    fn locks_are_taken_over(&self) {}

    fn unlock(&self) {}
}

#[tokio::test(start_paused = true)]
async fn rollback_without_a_name_is_refused_and_changes_nothing() {
    let mut trial = Trial::<Agents>::new();
    trial.does(Phase::GoLive, 1).await;
    let intent = Intent { goal: None, ..trial.intent(Phase::Rollback, 1) };
    let (verdict, _) = trial.runs(intent).await;
    let Verdict::Refused { why } = &verdict else { panic!("{verdict:?}") };
    assert!(why.contains("the agent keeps no record of it"), "{why}");
    assert!(why.contains("`flipside rollback --to TAG`"), "{why}");
    assert!(trial.users_are_on(1));
    trial.desk.quit().await;
}
