//! What the API says is true.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::request;
use super::spec::{HealthPointer, HttpSpec, LIVE, PASSIVE};
use crate::base::text::clean_words;
use crate::domain::freeze::Freeze;
use crate::domain::lock::HeldLock;
use crate::domain::names::{Color, RunId};
use crate::domain::observation::{
    Change, Detail, Drift, DriftKind, Gauges, Health, HttpAnswer, Observation, Proof, Running,
    Slot, Traffic,
};
use crate::domain::phase::Phase;
use crate::domain::plan::Action;
use crate::domain::release::{Release, Tag};
use crate::domain::spec::Member;
use crate::platform::contract::{ProbeReply, ReadError};
use crate::platform::locking::LockRequests;

/// What planners need to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub live: Option<Tag>,
    pub live_health: Health,
    /// `None`: nothing is on the passive side, or there is none.
    pub passive: Option<Tag>,
    pub passive_health: Health,
    pub previous: Option<Tag>,
    pub last_phase: Option<Phase>,
    pub last_at: Option<DateTime<Utc>>,
    pub last_by: Option<String>,
    pub verified: Option<Tag>,
    /// Why go-live is closed; it may be empty. `None`: it is open, or the API keeps no freeze.
    #[serde(default)]
    pub frozen: Option<String>,
    #[serde(default)]
    pub frozen_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub frozen_by: Option<String>,
}

impl Facts {
    pub fn of(observation: &Observation) -> Option<Self> {
        serde_json::from_value(observation.detail.0.clone()).ok()
    }

    /// Returns the release on the passive side, unless it is live or the one that users came from.
    pub fn prepared(&self) -> Option<&Tag> {
        let is_other =
            |tag: &&Tag| self.live.as_ref() != Some(*tag) && self.previous.as_ref() != Some(*tag);
        self.passive.as_ref().filter(is_other)
    }

    /// Returns the release on the passive side that `abandon` removes: a prepared one, or the one that users left by a
    /// rollback. Never the one that a rollback goes to.
    pub fn removable(&self) -> Option<&Tag> {
        let left = || {
            let passive = self.passive.as_ref().filter(|tag| self.live.as_ref() != Some(*tag));
            passive.filter(|_| self.last_phase == Some(Phase::Rollback))
        };
        self.prepared().or_else(left)
    }

    /// Returns [`Facts::prepared`] if the API also names the release that users came from. Otherwise users may have come
    /// from the one on the passive side.
    pub fn proven_prepared(&self) -> Option<&Tag> {
        self.prepared().filter(|_| self.previous.is_some())
    }
}

pub fn probe(spec: &HttpSpec) -> Vec<Action> {
    let observe = request::get(spec, &spec.observe.path);
    let lock = spec.lock.as_ref().map(|lock| request::get(spec, &lock.path));
    [Some(observe), lock].into_iter().flatten().map(Action::Request).collect()
}

pub fn read(
    member: &Member,
    spec: &HttpSpec,
    replies: &[ProbeReply],
) -> Result<Observation, ReadError> {
    let reply = replies.first().ok_or_else(ReadError::no_reply)?;
    let path = &spec.observe.path;
    if !(200..300).contains(&reply.code) {
        let said: String = clean_words(&reply.stdout).chars().take(200).collect();
        let request = format!("GET {path}");
        return Err(ReadError::Status { request, status: reply.code, body: said });
    }
    let body: Value = serde_json::from_str(&reply.stdout).map_err(|error| {
        ReadError::Malformed(format!("GET {path}: the body is not JSON: {error}"))
    })?;
    let facts = facts(spec, &body).map_err(ReadError::Malformed)?;
    let lock = match (&spec.lock, replies.get(1)) {
        (Some(lock), Some(reply)) => held(&lock.path, reply).map_err(ReadError::Malformed)?,
        (Some(lock), None) => {
            return Err(ReadError::NoReply { to: format!("the lock {}", lock.path) });
        }
        (None, _) => None,
    };
    observation(member, spec, reply, &facts, lock).map_err(ReadError::Malformed)
}

fn facts(spec: &HttpSpec, body: &Value) -> Result<Facts, String> {
    let wanted = &spec.observe;
    let tag = |pointer: &Option<String>| match pointer {
        Some(pointer) => tag(body, pointer),
        None => Ok(None),
    };
    let text = |pointer: &Option<String>| body.pointer(pointer.as_ref()?)?.as_str();
    let time = |pointer| text(pointer).and_then(|at| DateTime::parse_from_rfc3339(at).ok());
    let at = time(&wanted.last_at);
    let frozen = wanted.frozen.as_ref().and_then(|pointer| frozen(body.pointer(pointer)?));
    let (live, passive) = (tag(&Some(wanted.live.clone()))?, tag(&wanted.passive)?);
    Ok(Facts {
        live_health: health(body, wanted.live_health.as_ref(), live.as_ref()),
        passive_health: health(body, wanted.passive_health.as_ref(), passive.as_ref()),
        live,
        passive,
        previous: tag(&wanted.previous)?,
        last_phase: text(&wanted.last_phase).and_then(|phase| phase.parse().ok()),
        last_at: at.map(|at| at.to_utc()),
        last_by: text(&wanted.last_by).map(clean_words),
        verified: tag(&wanted.verified)?,
        frozen,
        frozen_at: time(&wanted.frozen_at).map(|at| at.to_utc()),
        frozen_by: text(&wanted.frozen_by).map(clean_words),
    })
}

/// Returns why go-live is closed. `None`: it is open.
fn frozen(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some(String::new()),
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(clean_words(text)),
        other => Some(clean_words(&other.to_string())),
    }
}

/// Reads a release. `None`: the API says that there is none.
fn tag(body: &Value, pointer: &str) -> Result<Option<Tag>, String> {
    let text = match body.pointer(pointer) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let bad =
        |_| format!("{pointer} is `{}`, which is not the name of a release", clean_words(&text));
    Tag::new(text.clone()).map(Some).map_err(bad)
}

fn health(body: &Value, wanted: Option<&HealthPointer>, release: Option<&Tag>) -> Health {
    let (Some(wanted), Some(_)) = (wanted, release) else {
        return if release.is_some() { Health::Unchecked } else { Health::None };
    };
    let text = body.pointer(&wanted.pointer).map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    match text {
        Some(text) if wanted.healthy.contains(&text) => Health::Healthy,
        _ => Health::Unhealthy,
    }
}

/// Reads the answer to a GET of the lock.
pub fn held(path: &str, reply: &ProbeReply) -> Result<Option<HeldLock>, String> {
    match reply.code {
        404 | 410 => Ok(None),
        200..300 if reply.stdout.trim().is_empty() => Ok(None),
        200..300 => Ok(Some(LockRequests::holder(&reply.stdout))),
        code => Err(format!("GET {path} answered {code}, expected 200 or 404")),
    }
}

fn observation(
    member: &Member,
    spec: &HttpSpec,
    reply: &ProbeReply,
    facts: &Facts,
    lock: Option<HeldLock>,
) -> Result<Observation, String> {
    let at = DateTime::from_timestamp_millis(reply.answered_ms).unwrap_or_default();
    let took = u64::try_from(reply.answered_ms - reply.asked_ms).unwrap_or_default();
    let took = Duration::from_millis(took);
    let color = |name: &str| Color::new(name).map_err(|error| error.to_string());
    let (live, passive) = (color(LIVE)?, color(PASSIVE)?);
    let mut colors = BTreeMap::from([(live.clone(), slot(facts.live.as_ref(), facts.live_health))]);
    if spec.observe.passive.is_some() {
        colors.insert(passive.clone(), slot(facts.passive.as_ref(), facts.passive_health));
    }
    let shown = spec.observe.passive.as_ref();
    let shown = shown.map(|_| if facts.prepared().is_some() { passive } else { live.clone() });
    let answers = facts.live.is_some() && facts.live_health != Health::Unhealthy;
    let answer = HttpAnswer {
        status: answers.then(|| u16::try_from(reply.code).unwrap_or_default()),
        took,
        color: None,
        release: facts.live.as_ref().map(ToString::to_string),
    };
    Ok(Observation {
        target: member.target.clone(),
        at,
        took,
        live: Traffic {
            configured: facts.live.as_ref().map(|_| live),
            answer: Some(answer),
            recorded: None,
            answers_name_color: false,
            proof: Proof::Answer,
        },
        passive_shows: shown.clone(),
        passive_points_at: shown,
        colors,
        jobs: Vec::new(),
        migrated: Vec::new(),
        pulled: None,
        kept: Vec::new(),
        host: Gauges::default(),
        lock,
        lock_count: None,
        // A sign-off has a time and a run, which the API does not name. Planners read the release from the facts.
        verified: None,
        last_change: change(facts),
        frozen: freeze(facts)?,
        withdrawn: None,
        changed_elsewhere: None,
        config_change: None,
        cold_rollback: None,
        switching: None,
        drift: drift(spec, facts),
        detail: Detail(serde_json::to_value(facts).unwrap_or_default()),
    })
}

/// Returns the freeze that the API keeps. Which run left it, and between which releases, it does not say.
fn freeze(facts: &Facts) -> Result<Option<Freeze>, String> {
    let Some(reason) = &facts.frozen else { return Ok(None) };
    Ok(Some(Freeze {
        at: facts.frozen_at,
        by: facts.frozen_by.clone().unwrap_or_else(|| "somebody".to_owned()),
        from: None,
        to: None,
        reason: Some(reason.clone()).filter(|reason| !reason.is_empty()),
        run: RunId::new("of-the-api").map_err(|error| error.to_string())?,
    }))
}

fn slot(tag: Option<&Tag>, health: Health) -> Slot {
    let running = if tag.is_some() { Running::Up } else { Running::Absent };
    Slot { release: tag.cloned().map(Release::of_tag), running, health }
}

/// Returns the last change, if the API names all of it.
fn change(facts: &Facts) -> Option<Change> {
    Some(Change {
        at: facts.last_at?,
        by: facts.last_by.clone().unwrap_or_else(|| "?".to_owned()),
        what: facts.last_phase?.word().to_owned(),
        tag: facts.live.clone(),
        digest: None,
        from: Some(facts.previous.clone()?),
        from_digest: None,
        from_file: None,
        named: false,
        by_another_tool: false,
        run: None,
    })
}

fn drift(spec: &HttpSpec, facts: &Facts) -> Vec<Drift> {
    let (what, remedy) = match (&facts.live, facts.live_health, &spec.observe.live_health) {
        (None, ..) => (
            spec.wording.no_live.map_or_else(
                || format!("the API names no live release at {}", spec.observe.live),
                str::to_owned,
            ),
            "Send users to a release: `flipside go-live --release TAG`.".to_owned(),
        ),
        (Some(live), Health::Unhealthy, Some(health)) => (
            format!("the API says that {live} is not healthy ({})", health.pointer),
            "Roll back, or go live with another release.".to_owned(),
        ),
        _ => return Vec::new(),
    };
    vec![Drift { what, remedy, kind: DriftKind::UsersUnanswered, repairable: false }]
}
