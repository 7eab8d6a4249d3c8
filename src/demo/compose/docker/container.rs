//! One container: what it is, how it stands, what it wrote.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::image;
use crate::demo::app::Log;
use crate::demo::release::Release;

/// What never changes of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    pub id: String,
    pub name: String,
    pub project: String,
    pub service: String,
    /// Made by `docker compose run`.
    pub oneoff: bool,
    pub release: Release,
    /// Where it is published; a service without a port works in the background.
    pub address: Option<SocketAddr>,
    pub has_check: bool,
    pub restarts: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Created,
    Running { since: Instant, health: Option<Health> },
    Restarting { code: u8, since: Instant },
    Exited { code: u8, since: Instant },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Starting,
    Healthy,
    Unhealthy,
}

/// One try of a health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub exit: u8,
    pub output: String,
}

/// The two ways to end a life: as asked by SIGTERM, and as done by SIGKILL.
#[derive(Debug, Clone, Default)]
pub struct Ends {
    pub stop: CancellationToken,
    pub kill: CancellationToken,
}

#[derive(Debug)]
pub struct Container {
    pub fixed: Fixed,
    made_at: Instant,
    state: watch::Sender<State>,
    log: watch::Sender<Vec<String>>,
    checks: Mutex<Vec<Check>>,
    restart_count: AtomicU32,
    ends: Mutex<Ends>,
}

impl Container {
    pub fn new(fixed: Fixed) -> Self {
        Self {
            fixed,
            made_at: Instant::now(),
            state: watch::Sender::new(State::Created),
            log: watch::Sender::new(Vec::new()),
            checks: Mutex::default(),
            restart_count: AtomicU32::new(0),
            ends: Mutex::default(),
        }
    }

    pub fn image(&self) -> String {
        image::reference(self.fixed.release.tag)
    }

    pub fn short_id(&self) -> &str {
        &self.fixed.id[..12]
    }

    /// When it was made, by the host's clock.
    pub fn made_at(&self) -> chrono::DateTime<chrono::Utc> {
        chrono::Utc::now() - self.made_at.elapsed()
    }

    /// How often the engine has started it again by itself.
    pub fn restart_count(&self) -> u32 {
        self.restart_count.load(Ordering::Relaxed)
    }

    pub fn restarted(&self) {
        self.restart_count.fetch_add(1, Ordering::Relaxed);
    }

    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    pub fn set(&self, state: State) {
        self.state.send_replace(state);
    }

    pub fn set_health(&self, now: Health) {
        self.state.send_if_modified(|state| match state {
            State::Running { health: Some(health), .. } if *health != now => {
                *health = now;
                true
            }
            _ => false,
        });
    }

    /// It runs, or will by itself in a moment.
    pub fn is_alive(&self) -> bool {
        matches!(*self.state.borrow(), State::Running { .. } | State::Restarting { .. })
    }

    /// It runs, and its health check, if it has one, passes.
    pub fn is_well(&self) -> bool {
        matches!(*self.state.borrow(), State::Running { health: None | Some(Health::Healthy), .. })
    }

    /// Waits until it has ended for good, and tells how.
    pub async fn ended(&self) -> u8 {
        let mut states = self.state.subscribe();
        loop {
            if let State::Exited { code, .. } = *states.borrow_and_update() {
                return code;
            }
            if states.changed().await.is_err() {
                return 0;
            }
        }
    }

    /// The log so far, and what comes.
    pub fn log(&self) -> watch::Receiver<Vec<String>> {
        self.log.subscribe()
    }

    pub fn checked(&self, check: Check) {
        let mut checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        checks.push(check);
        // Docker keeps the last five.
        let surplus = checks.len().saturating_sub(5);
        checks.drain(..surplus);
    }

    pub fn checks(&self) -> Vec<Check> {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A life begins: what ends it.
    pub fn begin(&self) -> Ends {
        let ends = Ends::default();
        *self.ends.lock().unwrap_or_else(PoisonError::into_inner) = ends.clone();
        ends
    }

    /// SIGTERM, and SIGKILL to what has not ended within the limit.
    pub async fn stop(&self, limit: Duration) {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !self.is_alive() {
            return;
        }
        ends.stop.cancel();
        if tokio::time::timeout(limit, self.ended()).await.is_err() {
            ends.kill.cancel();
            self.ended().await;
        }
    }

    /// `running`, as in `docker ps --format '{{.State}}'`.
    pub fn state_word(&self) -> &'static str {
        match *self.state.borrow() {
            State::Created => "created",
            State::Running { .. } => "running",
            State::Restarting { .. } => "restarting",
            State::Exited { .. } => "exited",
        }
    }

    /// `Up 3 seconds (healthy)`, as in `docker ps --format '{{.Status}}'`.
    pub fn status(&self) -> String {
        match &*self.state.borrow() {
            State::Created => "Created".to_owned(),
            State::Running { since, health } => {
                let health = match health {
                    None => "",
                    Some(Health::Starting) => " (health: starting)",
                    Some(Health::Healthy) => " (healthy)",
                    Some(Health::Unhealthy) => " (unhealthy)",
                };
                format!("Up {}{health}", long(*since))
            }
            State::Restarting { code, since } => {
                format!("Restarting ({code}) {} ago", long(*since))
            }
            State::Exited { code, since } => format!("Exited ({code}) {} ago", long(*since)),
        }
    }

    pub fn exit_code(&self) -> u8 {
        match *self.state.borrow() {
            State::Restarting { code, .. } | State::Exited { code, .. } => code,
            State::Created | State::Running { .. } => 0,
        }
    }
}

impl Log for Container {
    fn write(&self, line: &str) {
        self.log.send_modify(|lines| lines.push(line.to_owned()));
    }
}

/// How long ago, in Docker's words.
fn long(since: Instant) -> String {
    match since.elapsed().as_secs() {
        0 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        seconds @ 2..60 => format!("{seconds} seconds"),
        60..120 => "About a minute".to_owned(),
        seconds @ 120..3600 => format!("{} minutes", seconds / 60),
        3600..7200 => "About an hour".to_owned(),
        seconds => format!("{} hours", seconds / 3600),
    }
}
