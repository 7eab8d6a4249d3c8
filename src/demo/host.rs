//! One host of the fleet: its directory, what runs its releases, its proxy, its SSH server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::keys::PublicKey;
use rustix::process::{Pid, Signal};
use tokio::sync::watch;
use tokio::time::sleep;

use super::compose::docker::engine::Engine;
use super::link::Link;
use super::nginx::proxy::Proxy;
use super::ports::Ports;
use super::standin::wire::SOCKET;
use super::symlink::services::Services;
use super::tasks::Tasks;

/// Where the things of a host are. Everything is under its own root, which is under the fleet's.
#[derive(Debug, Clone)]
pub struct Places {
    pub root: PathBuf,
    /// The stack's directory: `srv/shop`.
    pub stack: PathBuf,
    pub docker_socket: PathBuf,
    /// Where the stand-ins reach this host.
    pub desk: PathBuf,
    pub tmp: PathBuf,
    /// Nothing is ever there: the workers of the demo's proxy are no processes.
    pub pid_file: PathBuf,
}

impl Places {
    pub fn under(root: PathBuf) -> Self {
        Self {
            stack: root.join("srv/shop"),
            docker_socket: root.join("docker.sock"),
            desk: root.join("desk.sock"),
            tmp: root.join("tmp"),
            pid_file: root.join("run/nginx.pid"),
            root,
        }
    }
}

/// What a host carries of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    App,
    JobsOnly,
}

/// What runs the releases of a host.
#[derive(Debug, Clone)]
pub enum Runs {
    Docker(Arc<Engine>),
    Services(Arc<Services>),
}

#[derive(Debug)]
pub struct Host {
    pub name: String,
    pub runs: Runs,
    /// `None`: this host carries only jobs.
    pub nginx: Option<Arc<Proxy>>,
    pub places: Places,
    ports: Ports,
    operator: PublicKey,
    /// `PATH` on this host: stand-ins first.
    path: String,
    link: watch::Sender<Link>,
    running: Running,
    tasks: Tasks,
}

/// What a host is made of.
#[derive(Debug)]
pub struct Parts {
    pub name: String,
    pub runs: Runs,
    /// `None`: this host carries only jobs.
    pub nginx: Option<Arc<Proxy>>,
    pub places: Places,
    pub ports: Ports,
    pub operator: PublicKey,
    pub path: String,
    pub tasks: Tasks,
}

impl Host {
    pub fn new(parts: Parts) -> Self {
        let Parts { name, runs, nginx, places, ports, operator, path, tasks } = parts;
        let link = watch::Sender::new(Link::Good);
        let running = Running::default();
        Self { name, runs, nginx, places, ports, operator, path, link, running, tasks }
    }

    /// Returns the engine, where Docker runs its releases.
    pub fn docker(&self) -> Option<&Arc<Engine>> {
        match &self.runs {
            Runs::Docker(engine) => Some(engine),
            Runs::Services(_) => None,
        }
    }

    /// Returns the services, where commands start and stop its releases.
    pub fn services(&self) -> Option<&Arc<Services>> {
        match &self.runs {
            Runs::Services(services) => Some(services),
            Runs::Docker(_) => None,
        }
    }

    /// Waits until the switch that is about to begin has changed the live include, and has recorded nothing yet.
    pub async fn switch_begins(&self) {
        let Some(nginx) = &self.nginx else { return };
        let include = &nginx.files().live_include;
        let before = std::fs::read_to_string(include).ok();
        while std::fs::read_to_string(include).ok() == before {
            sleep(Duration::from_millis(5)).await;
        }
    }

    pub fn carries(&self) -> Carries {
        if self.nginx.is_some() { Carries::App } else { Carries::JobsOnly }
    }

    pub fn ports(&self) -> Ports {
        self.ports
    }

    pub fn operator(&self) -> &PublicKey {
        &self.operator
    }

    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    pub fn running(&self) -> &Running {
        &self.running
    }

    pub fn home(&self) -> &Path {
        &self.places.root
    }

    pub fn link(&self) -> watch::Receiver<Link> {
        self.link.subscribe()
    }

    pub fn set_link(&self, link: Link) {
        self.link.send_replace(link);
    }

    /// All that a command on this host has of an environment.
    pub fn environment(&self) -> BTreeMap<&'static str, String> {
        let text = |path: &Path| path.display().to_string();
        BTreeMap::from([
            ("HOME", text(&self.places.root)),
            ("PATH", self.path.clone()),
            ("TMPDIR", text(&self.places.tmp)),
            ("USER", super::ssh::keys::USER.to_owned()),
            ("LOGNAME", super::ssh::keys::USER.to_owned()),
            ("SHELL", "/bin/sh".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            (SOCKET, text(&self.places.desk)),
        ])
    }
}

/// The process groups of the commands that run on a host.
#[derive(Debug, Default)]
pub struct Running(Mutex<Vec<Pid>>);

impl Running {
    pub fn add(&self, group: Option<Pid>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(group);
    }

    pub fn remove(&self, group: Option<Pid>) {
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        groups.retain(|known| Some(*known) != group);
    }

    pub fn kill(&self) {
        for group in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = rustix::process::kill_process_group(group, Signal::KILL);
        }
    }
}
