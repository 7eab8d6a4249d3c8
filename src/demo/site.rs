//! Where a fleet is built: its directory, its ports, its keys, and what every host of any platform has.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::header::HeaderValue;
use tokio::net::{TcpListener, UnixListener};

use super::host::{Host, Parts, Places, Runs};
use super::http::api::Api;
use super::nginx::conf::Files;
use super::nginx::proxy::{Proxy, Side};
use super::pace::Pace;
use super::ports::Ports;
use super::ssh;
use super::ssh::keys::{Keys, USER};
use super::standin::desk;
use super::tasks::Tasks;

/// What a platform builds on.
#[derive(Debug)]
pub struct Site {
    pub root: PathBuf,
    /// `PATH` on every host.
    pub path: String,
    pub keys: Keys,
    pub pace: Pace,
    pub tasks: Tasks,
    /// Those of each target, in their order.
    pub ports: Vec<Ports>,
}

/// What a platform has built.
#[derive(Debug, Default)]
pub struct Built {
    pub hosts: Vec<Arc<Host>>,
    pub apis: Vec<Arc<Api>>,
    /// Where users come to, by the name of the target.
    pub users: Vec<(String, SocketAddr)>,
    /// The inventory of all of it, as a team would write it.
    pub inventory: String,
}

impl Site {
    /// Returns the inventory's section on SSH.
    ///
    /// # Errors
    ///
    /// A path that is not text.
    pub fn ssh_defaults(&self) -> io::Result<SshDefaults> {
        Ok(SshDefaults {
            identity: text(&self.keys.identity)?,
            known_hosts: text(&self.keys.known_hosts)?,
            config: text(&self.root.join(ssh::EMPTY_CONFIG))?,
        })
    }

    /// Starts a proxy that sends users, and those who come to the passive port, to blue.
    pub async fn proxy(&self, places: &Places, ports: Ports) -> io::Result<Arc<Proxy>> {
        let files = Files::under(&places.root);
        files.write_first(ports)?;
        let colors = BTreeMap::from([
            (ports.blue(), HeaderValue::from_static("blue")),
            (ports.green(), HeaderValue::from_static("green")),
        ]);
        let proxy = Proxy::new(files, colors, self.pace.old_workers, self.tasks.clone());
        let proxy = Arc::new(proxy.map_err(io::Error::other)?);
        for (address, side) in [(ports.live(), Side::Live), (ports.passive(), Side::Passive)] {
            let listener = TcpListener::bind(address).await?;
            self.tasks.spawn(Arc::clone(&proxy).serve(listener, side));
        }
        Ok(proxy)
    }

    /// Starts what makes a host of a directory: its SSH server, and what answers its stand-ins.
    pub async fn host(
        &self,
        name: &str,
        places: Places,
        ports: Ports,
        runs: Runs,
        nginx: Option<Arc<Proxy>>,
    ) -> io::Result<Arc<Host>> {
        let host = Arc::new(Host::new(Parts {
            name: name.to_owned(),
            runs,
            nginx,
            places,
            ports,
            operator: self.keys.operator.clone(),
            path: self.path.clone(),
            tasks: self.tasks.clone(),
        }));
        let socket = UnixListener::bind(&host.places.desk)?;
        self.tasks.spawn(desk::serve(socket, Arc::clone(&host)));
        let listener = TcpListener::bind(ports.ssh()).await?;
        let config = Arc::new(ssh::config(&self.keys));
        self.tasks.spawn(ssh::serve(listener, config, Arc::clone(&host)));
        Ok(host)
    }
}

/// How the operator reaches every host: as nobody's own settings say.
#[derive(Debug)]
pub struct SshDefaults {
    identity: String,
    known_hosts: String,
    config: String,
}

impl fmt::Display for SshDefaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { identity, known_hosts, config } = self;
        write!(
            f,
            "defaults:
  ssh:
    user: {USER}
    identities: [{identity}]
    known_hosts: [{known_hosts}]
    config: {config} # empty: nothing of the operator's own settings
    jump: []
    connect_timeout: 5s
    keepalive: 5s
"
        )
    }
}

/// Returns a path as an inventory has it.
pub fn text(path: &Path) -> io::Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| io::Error::other(format!("{} is not text", path.display())))
}
