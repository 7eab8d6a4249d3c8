//! Docker Compose behind nginx, on the simulated hosts of the testkit.

use std::collections::BTreeMap;
use std::sync::Arc;

use flipside::domain::spec::Environment;
use flipside::transport::sources::Catalog;
use flipside::transport::{Shell, Web};

use crate::platform::PlatformUnderTest;
use crate::testkit::fleet::{Asked, Fleet, Luck, NoWeb};
use crate::testkit::host::Host;
use crate::testkit::inventory::Inventory;

const HOSTS: [&str; 3] = ["jobs1", "web1", "web2"];

#[derive(Clone)]
pub struct Compose {
    fleet: Arc<Fleet>,
    environment: Arc<Environment>,
}

impl Compose {
    fn each(&self, change: impl Fn(&mut Host)) {
        for host in HOSTS {
            self.fleet.change(host, &change);
        }
    }
}

impl PlatformUnderTest for Compose {
    const RELEASES: [&'static str; 3] = ["v1", "v2", "v3"];

    fn new() -> Self {
        let environment = Inventory::default().environment(&HOSTS.map(str::to_owned));
        Self { fleet: Fleet::new(&HOSTS), environment: Arc::new(environment) }
    }

    fn copy(&self) -> Self {
        let copy = Fleet::new(&HOSTS);
        let hosts = self.fleet.hosts.lock().unwrap();
        for (name, host) in hosts.iter() {
            let registry = Arc::clone(&copy.registry);
            copy.change(name, |copied| *copied = Host { registry, ..host.clone() });
        }
        drop(hosts);
        Self { fleet: copy, environment: Arc::clone(&self.environment) }
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
        Arc::new(Asked(Arc::clone(&self.fleet.registry)))
    }

    fn users(&self) -> BTreeMap<String, String> {
        let hosts = self.fleet.hosts.lock().unwrap();
        let serving = hosts.iter().filter(|(_, host)| !host.jobs_only);
        serving.map(|(name, host)| (name.clone(), host.live_bytes())).collect()
    }

    fn state(&self, target: &str) -> String {
        let host = Host {
            registry: Arc::default(),
            lock: None,
            silent: 0,
            lock_count: 0,
            looks: 0,
            // What was done, not what is so.
            switches: Vec::new(),
            moves: Vec::new(),
            ..self.fleet.host(target)
        };
        format!("{target}: {host:#?}\n")
    }

    fn goes_silent_after(&self, commands: Option<u32>) {
        *self.fleet.dies_after.lock().unwrap() = commands;
    }

    fn cut_off(&self, target: &str) {
        self.fleet.cut.lock().unwrap().push(target.to_owned());
    }

    fn faults(&self, seed: u64, percent: u64) {
        *self.fleet.luck.lock().unwrap() = Luck::of_seed(seed, percent);
    }

    fn jitter(&self, seed: u64) {
        *self.fleet.jitter.lock().unwrap() = (Luck::of_seed(seed, 0), 80);
    }

    fn locks_are_taken_over(&self) {
        let lock = r#"{"who":"li","machine":"m","why":"rollback","since":"2026-01-01T00:00:00Z","release":null,"run":"li-run"}"#;
        self.each(|host| host.lock = Some(lock.to_owned()));
    }

    fn unlock(&self) {
        self.each(|host| host.lock = None);
    }
}
