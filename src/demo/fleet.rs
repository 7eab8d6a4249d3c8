//! A fleet: started as one, stopped as one.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use super::host::Host;
use super::http::api::Api;
use super::link::Link;
use super::load::{Figures, Load};
use super::pace::Pace;
use super::platform::DemoPlatform;
use super::ports::{self, Claim};
use super::site::Site;
use super::ssh;
use super::ssh::keys::Keys;
use super::standin::{self, sums};
use super::tasks::Tasks;
use crate::domain::spec::Inventory;
use crate::inventory;

/// How a fleet is to be.
#[derive(Debug, Clone)]
pub struct Setup {
    pub platform: DemoPlatform,
    /// At least two.
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
    #[error("the demo's hosts use `{0}`, and no `{0}` is on the PATH: install it first")]
    Missing(&'static str),
    #[error("a fleet has 2 to 200 targets, not {0}")]
    Size(u16),
    #[error("the demo's fleet could not be started: {what}: {why}")]
    Start { what: String, why: io::Error },
    #[error("the demo's fleet has no target called `{0}`")]
    NoSuchTarget(String),
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
    pub fn show(platform: DemoPlatform, hosts: u16) -> Result<Self, FleetError> {
        let program = doing("this program's own path", std::env::current_exe())?;
        Ok(Self { platform, hosts, program, pace: Pace::SHOW, requests: 12 })
    }
}

/// Hosts or APIs that live in this process. Dropping it ends everything that belongs to it.
#[derive(Debug)]
pub struct Fleet {
    platform: DemoPlatform,
    hosts: Vec<Arc<Host>>,
    apis: Vec<Arc<Api>>,
    /// The names of the targets that users reach.
    reached: Vec<String>,
    /// The text of the inventory.
    inventory: String,
    keys: Keys,
    load: Load,
    tasks: Tasks,
    /// Its ports are the fleet's own until this is dropped.
    _claim: Claim,
    /// Last: it is removed when nothing writes there any more.
    root: TempDir,
}

impl Fleet {
    /// A fleet of so many hosts at the pace of a show.
    pub async fn start(platform: DemoPlatform, hosts: u16) -> Result<Self, FleetError> {
        Self::start_with(Setup::show(platform, hosts)?).await
    }

    pub async fn start_with(setup: Setup) -> Result<Self, FleetError> {
        if !(2..=200).contains(&setup.hosts) {
            return Err(FleetError::Size(setup.hosts));
        }
        let path = std::env::var("PATH").unwrap_or_default();
        let mut needed = setup.platform.programs().iter();
        if let Some(missing) = needed.find(|program| !has(&path, program)) {
            return Err(FleetError::Missing(missing));
        }
        // Not the user's own temporary directory: the path of a unix socket has 100 bytes at most.
        let root = doing(
            "a directory under /tmp",
            tempfile::Builder::new().prefix("flipside-demo.").tempdir_in("/tmp"),
        )?;
        let bin = root.path().join("bin");
        doing("the stand-ins", standins(&bin, &setup.program, &path))?;
        let empty = root.path().join(ssh::EMPTY_CONFIG);
        doing("an SSH configuration", fs::write(empty, ""))?;
        let claim = doing("ports", ports::claim(setup.hosts))?;
        let keys = Keys::make(root.path(), claim.ports.iter().map(|ports| ports.ssh()));
        let keys = doing("keys", keys)?;
        let tasks = Tasks::default();
        let site = Site {
            root: root.path().to_owned(),
            path: format!("{}:{path}:/usr/bin:/bin:/usr/sbin:/sbin", bin.display()),
            keys: keys.clone(),
            pace: setup.pace,
            tasks: tasks.clone(),
            ports: claim.ports.clone(),
        };
        let (platform, load) = (setup.platform, Load::default());
        // From here on, whatever fails, what was started is stopped when this is dropped.
        let mut fleet = Self {
            platform,
            hosts: Vec::new(),
            apis: Vec::new(),
            reached: Vec::new(),
            inventory: String::new(),
            keys,
            load,
            tasks,
            _claim: claim,
            root,
        };
        let built = doing("a target", platform.build(&site).await)?;
        (fleet.hosts, fleet.apis) = (built.hosts, built.apis);
        fleet.inventory = built.inventory;
        fleet.reached = built.users.iter().map(|(name, _)| name.clone()).collect();
        fleet.load.run(built.users, setup.requests, &fleet.tasks);
        Ok(fleet)
    }

    pub fn platform(&self) -> DemoPlatform {
        self.platform
    }

    pub fn hosts(&self) -> &[Arc<Host>] {
        &self.hosts
    }

    pub fn host(&self, name: &str) -> Result<&Arc<Host>, FleetError> {
        let found = self.hosts.iter().find(|host| host.name == name);
        found.ok_or_else(|| FleetError::NoSuchTarget(name.to_owned()))
    }

    pub fn api(&self, name: &str) -> Option<&Arc<Api>> {
        self.apis.iter().find(|api| api.name == name)
    }

    /// Returns the names of the targets that users reach.
    pub fn reached(&self) -> &[String] {
        &self.reached
    }

    /// Waits until a switch of this target is under way.
    pub async fn switch_begins(&self, target: &str) -> Result<(), FleetError> {
        match self.api(target) {
            Some(api) => api.switch_begins().await,
            None => self.host(target)?.switch_begins().await,
        }
        Ok(())
    }

    /// The operator's private key, a file.
    pub fn identity(&self) -> &Path {
        &self.keys.identity
    }

    pub fn known_hosts(&self) -> &Path {
        &self.keys.known_hosts
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// Where [`Self::inventory_yaml`] is written.
    pub fn inventory_path(&self) -> PathBuf {
        self.root().join("inventory.yaml")
    }

    pub fn inventory_yaml(&self) -> &str {
        &self.inventory
    }

    /// The same, written down and read back as any inventory is.
    pub fn inventory(&self) -> Result<Inventory, FleetError> {
        let path = self.inventory_path();
        let write = fs::write(&path, &self.inventory).map_err(|error| error.to_string());
        let read = |()| {
            inventory::load(&path, crate::platform::DECODERS)
                .map_err(|problems| problems.to_string())
        };
        write.and_then(read).map(|loaded| loaded.inventory).map_err(bad_inventory)
    }

    /// Drops a target's connections and refuses new ones, until it is healed. What runs there goes on.
    pub fn cut(&self, target: &str) -> Result<(), FleetError> {
        self.set_link(target, Link::Cut)
    }

    /// Keeps a target's connections, and lets nothing through them until it is healed.
    pub fn hang(&self, target: &str) -> Result<(), FleetError> {
        self.set_link(target, Link::Hung)
    }

    pub fn heal(&self, target: &str) -> Result<(), FleetError> {
        self.set_link(target, Link::Good)
    }

    fn set_link(&self, target: &str, link: Link) -> Result<(), FleetError> {
        match self.api(target) {
            Some(api) => drop(api.link().send_replace(link)),
            None => self.host(target)?.set_link(link),
        }
        Ok(())
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
