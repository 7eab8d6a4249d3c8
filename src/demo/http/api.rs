//! One API: a live and a passive side, and what it knows of its last change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::sleep;

use super::deployment::{Deployment, Health};
use super::lock::Lock;
use crate::demo::link::Link;
use crate::demo::pace::Pace;
use crate::demo::ports::Ports;
use crate::demo::release::{self, RELEASES};
use crate::demo::tasks::Tasks;

/// The app, and the last part of an API's address.
pub const APP: &str = "shop";

#[derive(Debug)]
pub struct Api {
    pub name: String,
    pub ports: Ports,
    /// Every request must bring it.
    pub token: String,
    pub pace: Pace,
    pub tasks: Tasks,
    state: Mutex<State>,
    link: watch::Sender<Link>,
    /// Whether a switch is under way.
    switching: watch::Sender<bool>,
}

#[derive(Debug)]
struct State {
    live: Arc<Deployment>,
    passive: Option<Arc<Deployment>>,
    /// The release that users came from.
    previous: Option<String>,
    /// The release that was signed off.
    verified: Option<String>,
    change: Option<Change>,
    lock: Lock,
}

/// The last switch.
#[derive(Debug)]
struct Change {
    phase: String,
    at: DateTime<Utc>,
    by: String,
}

/// Where an operator sends users.
#[derive(Debug, Clone)]
pub struct Switch {
    pub to: String,
    /// The release that users are on, as far as the sender knows.
    pub from: String,
    pub phase: String,
    pub by: String,
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    NotFound(String),
    Conflict(String),
}

impl Api {
    /// Starts it with the first release live.
    pub fn new(name: String, ports: Ports, token: &str, pace: Pace, tasks: Tasks) -> Self {
        let live = Deployment::begin(RELEASES[0], &name, &pace, &tasks);
        let state = State {
            live,
            passive: None,
            previous: None,
            verified: None,
            change: None,
            lock: Lock::default(),
        };
        let (state, token) = (Mutex::new(state), token.to_owned());
        let (link, switching) = (watch::Sender::default(), watch::Sender::new(false));
        Self { name, ports, token, pace, tasks, state, link, switching }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn link(&self) -> &watch::Sender<Link> {
        &self.link
    }

    /// Waits until a switch is under way.
    pub async fn switch_begins(&self) {
        // The sender is this API's own.
        let _ = self.switching.subscribe().wait_for(|switching| *switching).await;
    }

    pub async fn first_answers(&self) {
        self.live().is_up().await;
    }

    pub fn live(&self) -> Arc<Deployment> {
        Arc::clone(&self.state().live)
    }

    pub fn passive(&self) -> Option<Arc<Deployment>> {
        self.state().passive.clone()
    }

    /// Returns the deployment of a release, on whichever side it is.
    pub fn deployment(&self, tag: &str) -> Result<Arc<Deployment>, Refused> {
        let both = [Some(self.live()), self.passive()];
        let found = both.into_iter().flatten().find(|it| it.release.tag == tag);
        found.ok_or_else(|| Refused::NotFound(format!("{tag} is on no side")))
    }

    /// Returns what is true, as `GET /state` answers.
    pub fn shown(&self) -> Value {
        let state = self.state();
        let change = state.change.as_ref().map(|Change { phase, at, by }| {
            let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
            json!({"phase": phase, "at": at, "by": by})
        });
        json!({
            "live": side(&state.live),
            "passive": state.passive.as_deref().map(side),
            "previous": state.previous,
            "verified": state.verified,
            "change": change,
        })
    }

    /// Returns what is on the passive side.
    pub fn shown_passive(&self) -> Result<Value, Refused> {
        let passive = self.passive().map(|passive| side(&passive));
        passive.ok_or_else(|| Refused::NotFound("nothing is on the passive side".to_owned()))
    }

    /// Starts a release on the passive side, unless it runs there.
    pub fn deploy(&self, tag: &str) -> Result<Value, Refused> {
        let found = release::find(tag);
        let release =
            found.ok_or_else(|| Refused::NotFound(format!("there is no release {tag}")))?;
        let mut state = self.state();
        if state.live.release == release {
            return Err(Refused::Conflict(format!("users are on {tag}")));
        }
        let runs = |it: &&Arc<Deployment>| it.release == release && it.health() != Health::Crashed;
        if let Some(there) = state.passive.as_ref().filter(runs) {
            return Ok(side(there));
        }
        let made = Deployment::begin(release, &self.name, &self.pace, &self.tasks);
        let shown = side(&made);
        (state.passive, state.verified) = (Some(made), None);
        Ok(shown)
    }

    /// Records that a person found the release on the passive side good.
    pub fn sign_off(&self, tag: &str) -> Result<(), Refused> {
        let mut state = self.state();
        match &state.passive {
            Some(passive) if passive.release.tag == tag => {
                state.verified = Some(tag.to_owned());
                Ok(())
            }
            _ => Err(Refused::Conflict(format!("{tag} is not on the passive side"))),
        }
    }

    /// Removes a release from the passive side; none there is none to remove.
    pub fn remove(&self, tag: &str) -> Result<(), Refused> {
        let mut state = self.state();
        match &state.passive {
            Some(passive) if passive.release.tag != tag => {
                let there = passive.release.tag;
                Err(Refused::Conflict(format!("{there} is on the passive side, not {tag}")))
            }
            _ => {
                state.passive = None;
                Ok(())
            }
        }
    }

    /// Sends users to a release, which is started first if it does not run.
    pub async fn switch(&self, wanted: Switch) -> Result<(), Refused> {
        if self.live().release.tag == wanted.to {
            return Ok(());
        }
        let _under_way = UnderWay::begin(self);
        if self.deployment(&wanted.to).is_err() {
            self.deploy(&wanted.to)?;
        }
        let deployed = self.deployment(&wanted.to)?;
        deployed.is_up().await;
        if !deployed.answers() {
            return Err(Refused::Conflict(format!("{} does not run", wanted.to)));
        }
        sleep(self.pace.switch).await;
        let mut state = self.state();
        let from = state.live.release.tag;
        if from != wanted.from {
            return Err(Refused::Conflict(format!("users are on {from}, not on {}", wanted.from)));
        }
        let left = std::mem::replace(&mut state.live, deployed);
        state.previous = Some(left.release.tag.to_owned());
        state.passive = Some(left);
        state.change = Some(Change { phase: wanted.phase, at: Utc::now(), by: wanted.by });
        Ok(())
    }

    /// Works on the lock.
    pub fn with_lock<T>(&self, work: impl FnOnce(&mut Lock) -> T) -> T {
        work(&mut self.state().lock)
    }
}

fn side(deployment: &Deployment) -> Value {
    json!({"release": deployment.release.tag, "health": deployment.health().word()})
}

/// Says that a switch is under way until it is dropped.
struct UnderWay<'a>(&'a Api);

impl<'a> UnderWay<'a> {
    fn begin(api: &'a Api) -> Self {
        api.switching.send_replace(true);
        Self(api)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.switching.send_replace(false);
    }
}
