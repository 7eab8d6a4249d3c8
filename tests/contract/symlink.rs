//! An archive, a link and hooks: with a pair of services behind nginx, on hosts that Flipside set up, and without one,
//! on hosts that another tool set up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use flipside::domain::availability::{ArchiveFacts, ArchiveQuery};
use flipside::domain::catalog::{Facts, Image, ListSummary, ReleaseSource, SourceError};
use flipside::domain::release::{Digest, Release, Tag};
use flipside::domain::spec::Environment;
use flipside::transport::sources::Catalog;
use flipside::transport::{BoxFuture, Shell, Web};
use tempfile::TempDir;

use crate::platform::PlatformUnderTest;
use crate::testkit::fleet::{Fleet, Luck, NoWeb};
use crate::testkit::host::{Host, Registry};
use crate::testkit::linked::{Stack, sha256};

const HOSTS: [&str; 2] = ["web1", "web2"];
/// It serves no users, and its link follows those of the others.
const WORKER: &str = "worker1";

pub type WithPair = Symlink<true>;
pub type Alone = Symlink<false>;

const PAIR: &str = r#"
    source: {url: "https://artifacts.test/shop/{release}.tar.gz"}
    release_hooks: {prepare: {command: [bin/prepare]}, deployed: {command: [bin/deployed]}}
    services: {systemd: "shop-{color}"}
    nginx: {live_include: /i/live.conf, passive_include: /i/passive.conf}
    keep_releases: 1
    config: {file: configuration.json, central: [central], app: app}
"#;

const ALONE: &str = r#"
    source: {upload: "dist/{release}.tar.gz"}
    keep_releases: 1
    layout: {versions: releases, link: current}
    release_hooks: {prepare: {command: [bin/prepare]}, deployed: {command: [bin/deployed]}}
"#;

#[derive(Clone)]
pub struct Symlink<const HAS_PAIR: bool> {
    fleet: Arc<Fleet<Stack>>,
    environment: Arc<Environment>,
}

impl<const HAS_PAIR: bool> Symlink<HAS_PAIR> {
    fn each(&self, change: impl Fn(&mut Stack)) {
        for host in HOSTS.into_iter().chain([WORKER]) {
            self.fleet.change(host, &change);
        }
    }
}

fn environment(app: &str) -> Environment {
    let dir = TempDir::new().unwrap();
    for (layer, text) in [("central/common.yaml", "log: info\n"), ("app/shop-default.yaml", "{}\n")]
    {
        let path = dir.path().join(layer);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let text = format!(
        "version: 1\napps:\n  shop:\n    platform: symlink\n{app}\
         environments:\n  test:\n    hosts:\n      web1: {{address: web1.test, roles: [app, primary]}}\n      \
         web2: {{address: web2.test, roles: [app]}}\n      {WORKER}: {{address: {WORKER}.test, roles: [jobs]}}\n"
    );
    let path = dir.path().join("inventory.yaml");
    let loaded = flipside::inventory::from_text(&path, text, flipside::platform::DECODERS);
    let loaded = loaded.unwrap_or_else(|problems| panic!("{problems}"));
    loaded.inventory.environments.into_values().next().unwrap()
}

impl<const HAS_PAIR: bool> PlatformUnderTest for Symlink<HAS_PAIR> {
    const RELEASES: [&'static str; 3] = ["v1", "v2", "v3"];

    fn new() -> Self {
        let stack = if HAS_PAIR { Stack::with_pair } else { Stack::of_another_tool };
        let registry: Arc<Mutex<Registry>> = Arc::default();
        let mut hosts: BTreeMap<String, Stack> =
            HOSTS.map(|name| (name.to_owned(), stack(&registry))).into();
        hosts.insert(WORKER.to_owned(), stack(&registry).without_users());
        let environment = environment(if HAS_PAIR { PAIR } else { ALONE });
        Self { fleet: Fleet::of(hosts, registry), environment: Arc::new(environment) }
    }

    fn copy(&self) -> Self {
        let hosts = self.fleet.hosts.lock().unwrap().clone();
        let fleet = Fleet::of(hosts, Arc::clone(&self.fleet.registry));
        Self { fleet, environment: Arc::clone(&self.environment) }
    }

    fn environment(&self) -> Environment {
        (*self.environment).clone()
    }

    fn shell(&self) -> Arc<dyn Shell> {
        self.fleet.clone()
    }

    fn web(&self) -> Arc<dyn Web> {
        Arc::new(NoWeb)
    }

    fn catalog(&self) -> Arc<dyn Catalog> {
        Arc::new(Archives)
    }

    fn users(&self) -> BTreeMap<String, String> {
        let hosts = self.fleet.hosts.lock().unwrap();
        let serving = hosts.iter().filter(|(name, _)| *name != WORKER);
        serving.map(|(name, stack)| (name.clone(), stack.users())).collect()
    }

    fn state(&self, target: &str) -> String {
        let mut stack = self.fleet.host(target);
        stack.broken = Luck::good();
        stack.kit = Host {
            registry: Arc::default(),
            lock: None,
            silent: 0,
            lock_count: 0,
            looks: 0,
            // What was done, not what is so.
            switches: Vec::new(),
            moves: Vec::new(),
            ..stack.kit
        };
        format!("{target}: {stack:#?}\n")
    }

    fn goes_silent_after(&self, commands: Option<u32>) {
        *self.fleet.dies_after.lock().unwrap() = commands;
    }

    fn cut_off(&self, target: &str) {
        self.fleet.cut.lock().unwrap().push(target.to_owned());
    }

    fn faults(&self, seed: u64, percent: u64) {
        *self.fleet.luck.lock().unwrap() = Luck::of_seed(seed, percent);
        self.each(|stack| stack.broken = Luck::of_seed(seed, percent));
    }

    fn jitter(&self, seed: u64) {
        *self.fleet.jitter.lock().unwrap() = (Luck::of_seed(seed, 0), 80);
    }

    fn locks_are_taken_over(&self) {
        let lock = r#"{"who":"li","machine":"m","why":"rollback","since":"2026-01-01T00:00:00Z","release":null,"run":"li-run"}"#;
        self.each(|stack| stack.kit.lock = Some(lock.to_owned()));
    }

    fn unlock(&self) {
        self.each(|stack| stack.kit.lock = None);
    }
}

/// The checksum of every archive.
#[derive(Debug)]
struct Archives;

impl Catalog for Archives {
    fn tags<'a>(
        &'a self,
        _: &'a ReleaseSource,
        _: &'a (dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> BoxFuture<'a, Result<ListSummary, SourceError>> {
        Box::pin(async { Ok(ListSummary::default()) })
    }

    fn facts<'a>(
        &'a self,
        _: &'a ReleaseSource,
        _: &'a Tag,
    ) -> BoxFuture<'a, Result<Facts, SourceError>> {
        Box::pin(async { Ok(Facts::default()) })
    }

    fn has<'a>(
        &'a self,
        _: &'a Image,
        release: &'a Release,
    ) -> BoxFuture<'a, Result<bool, SourceError>> {
        panic!("{release} is no image")
    }

    fn archive<'a>(
        &'a self,
        query: &'a ArchiveQuery,
    ) -> BoxFuture<'a, Result<ArchiveFacts, SourceError>> {
        let sum = format!("sha256:{}", sha256(query.release.as_str()));
        let facts = ArchiveFacts { digest: Digest::new(sum).unwrap(), bytes: None };
        Box::pin(async { Ok(facts) })
    }

    fn stores<'a>(&'a self, _: &'a ArchiveQuery) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(async { Ok(true) })
    }
}
