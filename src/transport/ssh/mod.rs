//! Runs commands on hosts over SSH: one connection per host for the whole run, with the user's own SSH configuration,
//! keys, agent and known hosts. An [`Ending`] never guesses.

mod ask;
mod config;
mod config_values;
mod connect;
mod connection;
mod dial;
mod endpoint;
mod error;
mod exec;
mod expand;
mod greeting;
mod handler;
mod host_cert;
mod input;
mod keepalive;
mod keys;
pub mod known_hosts;
mod login;
mod methods;
mod offer;
mod order;
mod pulse;
mod reader;
mod received;
mod refusal;
mod revoked;
mod settings;
mod signer;
mod stop;
mod surroundings;
mod trust;
mod typed;
mod unused;
mod wire;
mod words;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use self::ask::Asker;
use self::config::Configs;
use self::connection::NoChannel;
use self::endpoint::{Endpoint, World};
pub use self::error::{ConnectError, Stage};
use self::exec::{Job, Until};
use self::input::Reader;
use self::keys::Keys;
pub use self::surroundings::Surroundings;
use self::trust::Trust;
use super::local_file::LocalFiles;
use super::{BoxFuture, ConnectionWatcher, Ending, Limits, Prompter, Shell, Sink};
use crate::domain::command::Command;
use crate::domain::known_secrets::KnownSecrets;
use crate::domain::names::HostName;
use crate::domain::spec::HostSpec;

/// The number of parallel handshakes. It is as fast as all at once, and a jump host's sshd rejects connections from
/// the tenth unfinished login on (`MaxStartups`).
const HANDSHAKES: usize = 24;

/// How long a command that ends by itself may still start after it was cancelled. On a good connection it does start,
/// since its start was already reported.
const MOMENT: Duration = Duration::from_secs(2);

/// All hosts of an inventory.
#[derive(Debug)]
pub struct Ssh {
    hosts: BTreeMap<HostName, Arc<Endpoint>>,
    world: Arc<World>,
    known: OnceLock<KnownSecrets>,
    files: LocalFiles,
}

impl Ssh {
    pub fn new(hosts: Vec<HostSpec>, prompter: Arc<dyn Prompter>) -> Self {
        Self::within(Surroundings::of_process(), hosts, prompter, None)
    }

    /// Does the same as [`Ssh::new`], with explicit surroundings and a watcher of connection events.
    pub fn within(
        around: Surroundings,
        hosts: Vec<HostSpec>,
        prompter: Arc<dyn Prompter>,
        watcher: Option<Arc<dyn ConnectionWatcher>>,
    ) -> Self {
        let world = Arc::new(World {
            configs: Configs::new(around.clone()),
            around,
            trust: Trust::default(),
            keys: Keys::default(),
            asker: Asker::new(prompter),
            handshakes: Semaphore::new(HANDSHAKES),
            watcher: watcher.map(OnceLock::from).unwrap_or_default(),
            jumps: Mutex::default(),
        });
        let endpoint = |host: HostSpec| {
            let name = host.name.clone();
            (name, Endpoint::host(world.clone(), host.name, host.ssh))
        };
        let hosts = hosts.into_iter().map(endpoint).collect();
        Self { hosts, world, known: OnceLock::new(), files: LocalFiles::default() }
    }

    /// Lets refused prompts be asked again and ends all pauses, because a person asked for another try.
    pub async fn try_again(&self) {
        self.world.asker.forget_refusals().await;
        for endpoint in self.hosts.values().chain(&self.jumps()) {
            endpoint.retry_now();
        }
    }

    fn jumps(&self) -> Vec<Arc<Endpoint>> {
        self.world.jumps.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn start(
        &self,
        host: &HostName,
        command: &Command,
        sink: &dyn Sink,
        limits: Limits,
    ) -> Ending {
        let Some(endpoint) = self.hosts.get(host) else {
            return Ending::NotStarted(format!("{host} is not a host of this inventory"));
        };
        let deadline = Instant::now() + limits.deadline;
        let cancel = limits.cancel.clone();
        let reader = Reader { known: self.known.get(), files: &self.files };
        let ready = async {
            let input = reader.read(&command.stdin).await?;
            Ok((input, reach(endpoint).await?))
        };
        let cancelled = async {
            cancel.cancelled().await;
            if command.ends_by_itself {
                sleep(MOMENT).await;
            }
        };
        let (input, (connection, slot)) = tokio::select! {
            biased;
            // Nothing was started, so nothing is left running.
            () = cancelled => return Ending::Cancelled { stopped: true },
            ready = ready => match ready {
                Ok(ready) => ready,
                Err(why) => return Ending::NotStarted(why),
            },
            () = tokio::time::sleep_until(deadline) => {
                let last = endpoint.failure().map(|why| format!("; the last attempt: {why}"));
                return Ending::NotStarted(format!(
                    "{host}: no connection within the command's own {:.1} s{}",
                    limits.deadline.as_secs_f64(),
                    last.unwrap_or_default()
                ));
            }
        };
        let job = Job {
            line: command.line(),
            run_as: command.run_as,
            input,
            sink,
            // Until here deadline and cancellation apply to every command: nothing has started.
            until: if command.ends_by_itself {
                Until::ByItself(limits.cancel)
            } else {
                Until::Ended { at: deadline, deadline: limits.deadline, cancel: limits.cancel }
            },
        };
        exec::run(&connection, slot, job).await
    }
}

/// Returns a channel on the host's connection. A connection that is gone, that does not answer or that refuses is
/// replaced once: its channels may be left over from a network that was cut.
async fn reach(
    endpoint: &Arc<Endpoint>,
) -> Result<(Arc<connection::Connection>, connection::Slot), String> {
    let mut again = true;
    loop {
        let began = Instant::now();
        let connection = endpoint.connection().await.map_err(|error| error.to_string())?;
        let (lost, what) = match connection.channel().await {
            Ok(slot) => return Ok((connection, slot)),
            Err(NoChannel::Gone) => {
                let gone = || "the connection is gone".to_owned();
                let why = connection.reason().await.unwrap_or_else(gone);
                (Some(why), gone())
            }
            Err(NoChannel::Silent(why)) => (Some(why.clone()), why),
            Err(NoChannel::Refused(what)) => (None, what),
        };
        endpoint.replace(&connection, lost);
        if std::mem::take(&mut again) {
            continue;
        }
        let error = ConnectError {
            host: endpoint.label.clone(),
            address: connection.address.clone(),
            stage: Stage::Channel,
            after: began.elapsed(),
            what,
        };
        return Err(error.to_string());
    }
}

impl Drop for Ssh {
    /// Breaks the reference cycle between jump hosts and the world.
    fn drop(&mut self) {
        self.world.jumps.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Shell for Ssh {
    fn run<'a>(
        &'a self,
        host: &'a HostName,
        command: &'a Command,
        sink: &'a dyn Sink,
        limits: Limits,
    ) -> BoxFuture<'a, Ending> {
        Box::pin(self.start(host, command, sink, limits))
    }

    fn try_again(&self) -> BoxFuture<'_, ()> {
        Box::pin(Ssh::try_again(self))
    }

    fn watch_connections(&self, watcher: Arc<dyn ConnectionWatcher>) {
        // The first one set stays.
        let _ = self.world.watcher.set(watcher);
    }

    fn share_secrets(&self, known: KnownSecrets) {
        // The first one set stays.
        let _ = self.known.set(known);
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            // Hosts before the jump hosts that carry them.
            futures::future::join_all(self.hosts.values().map(|host| host.close())).await;
            futures::future::join_all(self.jumps().iter().map(|jump| jump.close())).await;
        })
    }
}
