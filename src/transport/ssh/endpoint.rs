//! A server and its connection, which is made for the first command, shared by all, and made again when it was lost.
//! Failed attempts are followed by growing pauses.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use futures::FutureExt;
use futures::future::Shared;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::ask::Asker;
use super::config::Configs;
use super::connection::Connection;
use super::error::{ConnectError, Stage, address};
use super::expand::home;
use super::handler::{Ended, why};
use super::keepalive;
use super::keys::Keys;
use super::surroundings::Surroundings;
use super::trust::Trust;
use crate::domain::names::HostName;
use crate::domain::spec::SshSpec;
use crate::transport::{BoxFuture, ConnectionEvent, ConnectionWatcher};

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The state that all connections share.
pub struct World {
    pub around: Surroundings,
    pub configs: Configs,
    pub trust: Trust,
    pub keys: Keys,
    pub asker: Asker,
    pub handshakes: Semaphore,
    pub watcher: OnceLock<Arc<dyn ConnectionWatcher>>,
    pub jumps: Mutex<Vec<Arc<Endpoint>>>,
}

type Result<T> = std::result::Result<T, ConnectError>;
type Making = Shared<BoxFuture<'static, Result<Arc<Connection>>>>;

pub struct Endpoint {
    pub world: Arc<World>,
    /// The host that prompts name: this host, or the one behind this jump host.
    pub name: HostName,
    /// The name in error texts.
    pub label: String,
    pub spec: SshSpec,
    is_jump: bool,
    /// The endpoints that are reached through this one, the host first.
    way: Vec<String>,
    state: Mutex<State>,
    failure: Mutex<Option<String>>,
}

enum State {
    /// Never tried, lost, or failed so many times in a row; not to be tried before then.
    Down {
        failures: u32,
        not_before: Option<Instant>,
    },
    Making(Making),
    Up(Arc<Connection>),
    Closed,
}

impl Endpoint {
    pub fn host(world: Arc<World>, name: HostName, spec: SshSpec) -> Arc<Self> {
        let label = name.to_string();
        Arc::new(Self::new(world, name, label, spec, false))
    }

    fn new(world: Arc<World>, name: HostName, label: String, spec: SshSpec, is_jump: bool) -> Self {
        let state = Mutex::new(State::Down { failures: 0, not_before: None });
        let way = Vec::new();
        Self { world, name, label, spec, is_jump, way, state, failure: Mutex::default() }
    }

    fn place(&self) -> String {
        place_of(&self.spec)
    }

    /// The last jump host of a chain, reached through those before it. Hosts with the same chain and
    /// the same settings share it.
    pub fn jump(self: &Arc<Self>, chain: &[String]) -> std::result::Result<Arc<Self>, String> {
        let Some((last, before)) = chain.split_last() else {
            return Err("an empty chain of jump hosts".to_owned());
        };
        let spec = jump_spec(&self.spec, last, before)?;
        // A configuration like `Host *` with a `ProxyJump` sends the jump host to itself; ssh(1)
        // then starts itself without end.
        let way: Vec<String> = self.way.iter().cloned().chain([self.place()]).collect();
        let place = place_of(&spec);
        if way.contains(&place) {
            return Err(format!(
                "the way to {place} goes through itself ({}); end it with `ProxyJump none` there",
                way.join(", then ")
            ));
        }
        let mut jumps = self.world.jumps.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = jumps.iter().find(|jump| jump.spec == spec) {
            return Ok(known.clone());
        }
        let name = HostName::new(spec.address.clone()).unwrap_or_else(|_| self.name.clone());
        let mut jump = Self::new(self.world.clone(), name, last.clone(), spec, true);
        jump.way = way;
        let jump = Arc::new(jump);
        jumps.push(jump.clone());
        Ok(jump)
    }

    /// Whether the inventory itself names this key file.
    pub fn names_identity(&self, path: &Path) -> bool {
        self.spec.identities.iter().any(|file| home(file, &self.world.around) == path)
    }

    /// Returns the connection, made if there is none. Concurrent callers wait for the same attempt, which continues if the
    /// caller that started it goes away.
    pub async fn connection(self: &Arc<Self>) -> Result<Arc<Connection>> {
        let making = {
            let mut state = self.state();
            match &*state {
                State::Up(connection) if !connection.is_lost() => return Ok(connection.clone()),
                State::Closed => return Err(self.closed()),
                State::Making(making) => making.clone(),
                State::Down { failures, not_before } => {
                    let making = self.make(*failures, *not_before);
                    *state = State::Making(making.clone());
                    making
                }
                State::Up(_) => {
                    let making = self.make(0, Some(Instant::now() + jitter(FIRST_PAUSE)));
                    *state = State::Making(making.clone());
                    making
                }
            }
        };
        making.await
    }

    fn make(self: &Arc<Self>, failures: u32, not_before: Option<Instant>) -> Making {
        let endpoint = self.clone();
        // A large future, and a task moves its own some five times.
        let task = tokio::spawn(Box::pin(async move {
            if let Some(then) = not_before {
                tokio::time::sleep_until(then).await;
            }
            endpoint.report(&ConnectionEvent::Connecting);
            let made = endpoint.connect().await.map(Arc::new);
            endpoint.settle(failures, made)
        }));
        let closed = self.closed();
        task.map(|done| done.unwrap_or(Err(closed))).boxed().shared()
    }

    /// Records the result of an attempt.
    fn settle(
        self: &Arc<Self>,
        failures: u32,
        made: Result<Arc<Connection>>,
    ) -> Result<Arc<Connection>> {
        let mut state = self.state();
        if matches!(*state, State::Closed) {
            return Err(self.closed());
        }
        let failure = made.as_ref().err().map(ToString::to_string);
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
        match &made {
            Ok(connection) => {
                *state = State::Up(connection.clone());
                self.report(&ConnectionEvent::Up { address: connection.address.clone() });
                tokio::spawn(watch(
                    Arc::downgrade(self),
                    Arc::downgrade(connection),
                    connection.watch(),
                ));
                let endpoint = Arc::downgrade(self);
                let replace = move |connection: &Arc<Connection>, why| {
                    if let Some(endpoint) = endpoint.upgrade() {
                        endpoint.replace(connection, Some(why));
                    }
                };
                let watched = Arc::downgrade(connection);
                tokio::spawn(keepalive::keep(watched, self.spec.keepalive, replace));
            }
            Err(error) => {
                let pause = FIRST_PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE);
                let not_before = Some(Instant::now() + jitter(pause));
                *state = State::Down { failures: failures + 1, not_before };
                self.report(&ConnectionEvent::Failed { why: error.to_string() });
            }
        }
        made
    }

    fn lost(&self, connection: &Weak<Connection>, why: String) {
        let mut state = self.state();
        if matches!(&*state, State::Up(current) if Arc::as_ptr(current) == connection.as_ptr()) {
            let not_before = Some(Instant::now() + jitter(FIRST_PAUSE));
            *state = State::Down { failures: 0, not_before };
            self.report(&ConnectionEvent::Lost { why });
        }
    }

    /// Gives a connection up: the next command makes a new one, and running commands continue. `lost` is the reason if the
    /// connection is lost; `None` if it only takes no more commands.
    pub fn replace(&self, connection: &Arc<Connection>, lost: Option<String>) {
        let mut state = self.state();
        if !matches!(&*state, State::Up(current) if Arc::ptr_eq(current, connection)) {
            return;
        }
        let not_before = lost.as_ref().map(|_| Instant::now() + jitter(FIRST_PAUSE));
        *state = State::Down { failures: 0, not_before };
        connection.retire();
        if let Some(why) = lost {
            connection.give_up();
            self.report(&ConnectionEvent::Lost { why });
        }
    }

    /// Drops the pause before the next connection attempt.
    pub fn retry_now(&self) {
        if let State::Down { failures, not_before } = &mut *self.state() {
            (*failures, *not_before) = (0, None);
        }
    }

    /// Returns why the last attempt failed, if it did.
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn close(&self) {
        let before = {
            let mut state = self.state();
            std::mem::replace(&mut *state, State::Closed)
        };
        if let State::Up(connection) = before {
            connection.close().await;
        }
    }

    /// Reports a connection event. Jump hosts are not in the inventory: their events show at the hosts behind them.
    fn report(&self, link: &ConnectionEvent) {
        if let (false, Some(watcher)) = (self.is_jump, self.world.watcher.get()) {
            watcher.link(&self.name, link);
        }
    }

    fn closed(&self) -> ConnectError {
        ConnectError {
            host: self.label.clone(),
            address: String::new(),
            stage: Stage::Connect,
            after: Duration::ZERO,
            what: "connections were closed".to_owned(),
        }
    }
}

/// Waits for the end of a connection. It keeps neither the connection nor the host alive.
async fn watch(endpoint: Weak<Endpoint>, connection: Weak<Connection>, mut ended: Ended) {
    let why = why(&mut ended).await;
    if let Some(endpoint) = endpoint.upgrade() {
        endpoint.lost(&connection, why);
    }
}

fn place_of(spec: &SshSpec) -> String {
    match spec.port {
        Some(port) => address(&spec.address, port),
        None => spec.address.clone(),
    }
}

/// `user@host:port`, `[address]:port`, or an alias, reached through `before`.
fn jump_spec(
    behind: &SshSpec,
    text: &str,
    before: &[String],
) -> std::result::Result<SshSpec, String> {
    let text = text.strip_prefix("ssh://").unwrap_or(text);
    let (user, place) = match text.rsplit_once('@') {
        Some((user, place)) => (Some(user.to_owned()), place),
        None => (None, text),
    };
    let (address, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => (address, rest.strip_prefix(':')),
        // More than one colon is an IPv6 address without a port.
        None => match place.split_once(':') {
            Some((address, port)) if !port.contains(':') => (address, Some(port)),
            _ => (place, None),
        },
    };
    let port = port.map(str::parse).transpose();
    let port = port.map_err(|_| format!("the jump host {text} has a port that is none"))?;
    if address.is_empty() {
        return Err(format!("the jump host {text:?} has no name"));
    }
    Ok(SshSpec {
        address: address.to_owned(),
        port,
        user,
        // The first of a chain goes its own configured way, as with `ssh -J`.
        jump: (!before.is_empty()).then(|| before.to_vec()),
        ..behind.clone()
    })
}

/// Between half and one and a half times `pause`, so that hosts that were lost together do not come
/// back together.
pub fn jitter(pause: Duration) -> Duration {
    let mut random = [0; 1];
    // Without randomness all wait equally long, which still works.
    let _ = SystemRandom::new().fill(&mut random);
    pause / 2 + pause.mul_f64(f64::from(random[0]) / 255.0)
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("label", &self.label).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("around", &self.around).finish_non_exhaustive()
    }
}
