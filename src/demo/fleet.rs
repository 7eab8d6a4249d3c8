//! A fleet: started as one, stopped as one.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::build::Builder;
use super::docker::filter::Filter;
use super::furnish::{Carries, TEMPLATE};
use super::host::Host;
use super::inventory;
use super::load::{Figures, Load};
use super::pace::Pace;
use super::ports::{self, Claim};
use super::ssh::keys::Keys;
use super::ssh::link::Link;
use super::standin::{self, sums};
use super::tasks::Tasks;
use crate::domain::spec::Inventory;

/// How a fleet is to be.
#[derive(Debug, Clone)]
pub struct Setup {
    /// At least two: all but the last carry the app, the last one only its jobs.
    pub hosts: u16,
    /// The program that hosts call as `docker`, `nginx` and `sudo`: one whose `main` asks
    /// [`standin::called_as`] first.
    pub program: PathBuf,
    pub pace: Pace,
    /// Requests to each host's live port, in a second.
    pub requests: u32,
}

#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    #[error("the demo's hosts ask with `curl`, and no `curl` is on the PATH: install it first")]
    NoCurl,
    #[error("a fleet has 2 to 200 hosts, not {0}")]
    Size(u16),
    #[error("the demo's fleet could not be started: {what}: {why}")]
    Start { what: String, why: io::Error },
    #[error("the demo's fleet has no host called `{0}`")]
    NoSuchHost(String),
}

/// Says what was being done when an error came.
fn doing<T>(what: impl Into<String>, result: io::Result<T>) -> Result<T, FleetError> {
    result.map_err(|why| FleetError::Start { what: what.into(), why })
}

impl FleetError {
    pub(super) fn empty() -> Self {
        bad_inventory("it names no app".to_owned())
    }
}

fn bad_inventory(why: String) -> FleetError {
    FleetError::Start { what: "the inventory".to_owned(), why: io::Error::other(why) }
}

impl Setup {
    /// As `flipside demo` shows it.
    pub fn show(hosts: u16) -> Result<Self, FleetError> {
        let program = doing("this program's own path", std::env::current_exe())?;
        Ok(Self { hosts, program, pace: Pace::SHOW, requests: 12 })
    }
}

/// Hosts that live in this process. Dropping it ends everything that belongs to it.
#[derive(Debug)]
pub struct Fleet {
    hosts: Vec<Arc<Host>>,
    keys: Keys,
    load: Load,
    tasks: Tasks,
    claim: Claim,
    /// Last: it is removed when nothing writes there any more.
    root: TempDir,
}

impl Fleet {
    /// A fleet of so many hosts at the pace of a show: `web1`, `web2` … and `jobs1`.
    pub async fn start(hosts: u16) -> Result<Self, FleetError> {
        Self::start_with(Setup::show(hosts)?).await
    }

    pub async fn start_with(setup: Setup) -> Result<Self, FleetError> {
        if !(2..=200).contains(&setup.hosts) {
            return Err(FleetError::Size(setup.hosts));
        }
        let path = std::env::var("PATH").unwrap_or_default();
        if !has(&path, "curl") {
            return Err(FleetError::NoCurl);
        }
        // Not the user's own temporary directory: the path of a unix socket has 100 bytes at most.
        let root = doing(
            "a directory under /tmp",
            tempfile::Builder::new().prefix("flipside-demo.").tempdir_in("/tmp"),
        )?;
        let bin = root.path().join("bin");
        doing("the stand-ins", standins(&bin, &setup.program, &path))?;
        let files = [("ssh_config", ""), ("compose.yml", TEMPLATE)];
        for (name, text) in files {
            doing(name, fs::write(root.path().join(name), text))?;
        }
        let claim = doing("ports", ports::claim(setup.hosts))?;
        let keys = Keys::make(root.path(), claim.ports.iter().map(|ports| ports.ssh()));
        let keys = doing("keys", keys)?;
        let path = format!("{}:{path}:/usr/bin:/bin:/usr/sbin:/sbin", bin.display());
        let tasks = Tasks::default();
        let builder = Builder {
            root: root.path().to_owned(),
            path,
            keys: keys.clone(),
            pace: setup.pace,
            tasks: tasks.clone(),
        };
        // From here on, whatever fails, what was started is stopped when this is dropped.
        let load = Load::default();
        let mut fleet = Self { hosts: Vec::new(), keys, load, tasks, claim, root };
        for (number, ports) in (1..).zip(fleet.claim.ports.clone()) {
            let built = if number < setup.hosts {
                builder.host(format!("web{number}"), ports, Carries::App).await
            } else {
                builder.host("jobs1".to_owned(), ports, Carries::JobsOnly).await
            };
            fleet.hosts.push(doing("a host", built)?);
        }
        fleet.is_well().await;
        let targets = fleet.hosts.iter().filter(|host| host.carries() == Carries::App);
        let targets = targets.map(|host| (host.name.clone(), host.ports().live())).collect();
        fleet.load.run(targets, setup.requests, &fleet.tasks);
        Ok(fleet)
    }

    /// Waits until every host's first release answers.
    async fn is_well(&self) {
        for host in &self.hosts {
            while host.engine.containers(&Filter::default()).iter().any(|c| !c.is_well()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    pub fn hosts(&self) -> &[Arc<Host>] {
        &self.hosts
    }

    pub fn host(&self, name: &str) -> Result<&Arc<Host>, FleetError> {
        let found = self.hosts.iter().find(|host| host.name == name);
        found.ok_or_else(|| FleetError::NoSuchHost(name.to_owned()))
    }

    /// The operator's private key, a file.
    pub fn identity(&self) -> &Path {
        &self.keys.identity
    }

    pub fn known_hosts(&self) -> &Path {
        &self.keys.known_hosts
    }

    /// An SSH configuration that says nothing.
    pub fn ssh_config(&self) -> PathBuf {
        self.root().join("ssh_config")
    }

    /// The template of the dated compose files.
    pub fn template(&self) -> PathBuf {
        self.root().join("compose.yml")
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// Where [`Self::inventory_yaml`] is written.
    pub fn inventory_path(&self) -> PathBuf {
        self.root().join("inventory.yaml")
    }

    pub fn inventory_yaml(&self) -> Result<String, FleetError> {
        inventory::text(self).map_err(bad_inventory)
    }

    /// The same, written down and read back as any inventory is.
    pub fn inventory(&self) -> Result<Inventory, FleetError> {
        inventory::write(self).map_err(bad_inventory)
    }

    /// Drops a host's connections and refuses new ones, until it is healed. What runs there goes on.
    pub fn cut(&self, host: &str) -> Result<(), FleetError> {
        self.host(host).map(|host| host.set_link(Link::Cut))
    }

    /// Keeps a host's connections, and lets nothing through them until it is healed.
    pub fn hang(&self, host: &str) -> Result<(), FleetError> {
        self.host(host).map(|host| host.set_link(Link::Hung))
    }

    pub fn heal(&self, host: &str) -> Result<(), FleetError> {
        self.host(host).map(|host| host.set_link(Link::Good))
    }

    /// What users got so far.
    pub fn load(&self) -> Figures {
        self.load.figures()
    }

    /// Users were answered, and never with an error.
    pub fn requests_ok(&self) -> bool {
        let figures = self.load.figures();
        figures.total() > 0 && figures.bad() == 0
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.tasks.stop();
        for host in &self.hosts {
            host.running().kill();
        }
    }
}

/// Where a host finds `docker`, `nginx` and `sudo`, and what this machine may lack.
fn standins(bin: &Path, program: &Path, path: &str) -> io::Result<()> {
    fs::create_dir(bin)?;
    let lacking = (!has(path, sums::NAME)).then_some(sums::NAME);
    let mut names = standin::NAMES.into_iter().chain(lacking);
    names.try_for_each(|name| symlink(program, bin.join(name)))
}

fn has(path: &str, program: &str) -> bool {
    std::env::split_paths(path).any(|directory| directory.join(program).is_file())
}
