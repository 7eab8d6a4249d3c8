//! What one look at a target told. Nothing here is guessed: what was not seen is `None`, and the
//! screen says `?`.

mod drift;
mod live;
mod recorded;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::freeze::Freeze;
use super::lock::{HeldLock, Holder};
use super::names::Color;
use super::phase::Phase;
use super::release::{Digest, Release, Tag};
use super::rollback::{ColdRollback, Origin, Withdrawn};
use super::target::Target;
use crate::base::text::clean_words;

pub use self::drift::{Drift, DriftKind};
pub use self::live::{HttpAnswer, Traffic};
pub use self::recorded::{Change, SignOff, Switching};

/// One look at one stack on one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    pub target: Target,
    /// When the answer came, by the console's clock. Its age is told from here.
    pub at: DateTime<Utc>,
    #[serde(with = "crate::base::millis")]
    pub took: Duration,
    pub live: Traffic,
    /// The color that the passive way in shows: the live one outside a deploy, the passive one once
    /// it is prepared. `None`: not seen, or this platform has no passive way in.
    pub passive_shows: Option<Color>,
    /// The color that the passive way in is configured for, whatever it answers.
    #[serde(default)]
    pub passive_points_at: Option<Color>,
    pub colors: BTreeMap<Color, Slot>,
    pub jobs: Vec<Workload>,
    /// The releases whose migration finished here.
    #[serde(default)]
    pub migrated: Vec<Tag>,
    /// Every release of the app that was pulled and is still here, whether it runs or not.
    #[serde(default)]
    pub kept: Vec<Release>,
    pub host: Gauges,
    pub lock: Option<HeldLock>,
    /// How often a lock was ever taken here. Who takes the next one, and sees that it is the next
    /// one, knows that nobody worked here since.
    #[serde(default)]
    pub lock_count: Option<u64>,
    /// The release that a person signed off here, and who did.
    pub verified: Option<SignOff>,
    /// The last change made here, as the host itself records it.
    pub last_change: Option<Change>,
    /// Users were sent back from here, and nobody has opened go-live again since.
    #[serde(default)]
    pub frozen: Option<Freeze>,
    /// The prepared release that a rollback took back here last.
    #[serde(default)]
    pub withdrawn: Option<Withdrawn>,
    /// A rollback to a named release began to start it here, and users did not get there yet.
    #[serde(default, alias = "returning")]
    pub cold_rollback: Option<ColdRollback>,
    /// A switch that is at work here, or was interrupted before its end.
    #[serde(default)]
    pub switching: Option<Switching>,
    pub drift: Vec<Drift>,
    pub detail: Detail,
}

impl Observation {
    /// The same, with every word of the host's on one line and without anything that acts on a terminal.
    /// What only its platform reads stays as it came: files are compared to the byte.
    #[must_use]
    pub fn cleaned(mut self) -> Self {
        let clean = |text: &mut String| *text = clean_words(text);
        self.live.answer.iter_mut().filter_map(|answer| answer.release.as_mut()).for_each(clean);
        self.jobs.iter_mut().for_each(|job| clean(&mut job.name));
        self.host.machine.iter_mut().for_each(clean);
        if let Some(HeldLock { holder: Holder::Run(lock), .. }) = &mut self.lock {
            [&mut lock.who, &mut lock.machine, &mut lock.why].into_iter().for_each(clean);
        }
        if let Some(signed) = &mut self.verified {
            clean(&mut signed.by);
        }
        if let Some(change) = &mut self.last_change {
            [&mut change.by, &mut change.what].into_iter().for_each(clean);
        }
        self.withdrawn.iter_mut().for_each(|withdrawn| clean(&mut withdrawn.by));
        self.cold_rollback.iter_mut().for_each(|cold_rollback| clean(&mut cold_rollback.by));
        if let Some(freeze) = &mut self.frozen {
            clean(&mut freeze.by);
            freeze.reason.iter_mut().for_each(clean);
        }
        for drift in &mut self.drift {
            [&mut drift.what, &mut drift.remedy].into_iter().for_each(clean);
        }
        self
    }

    /// The color that users are on, as far as it can be told. After an interrupted switch the configuration,
    /// the record and the answers may each name another: then the answers decide, or without any the
    /// configuration.
    pub fn likely(&self) -> Option<&Color> {
        let interrupted = self.switching.as_ref().is_some_and(|mark| !mark.running);
        if interrupted { self.reached() } else { self.live.likely() }
    }

    /// The color that answers users, whatever is recorded; without an answer that names one, the color
    /// that is configured.
    pub fn reached(&self) -> Option<&Color> {
        let answered = self.live.answer.as_ref().and_then(|answer| answer.color.as_ref());
        answered.or(self.live.configured.as_ref())
    }

    /// The live color, where all accounts of it agree, and the other one of the pair.
    pub fn sides(&self) -> Option<(&Color, &Color)> {
        let live = self.live.color()?;
        Some((live, self.colors.keys().find(|color| *color != live)?))
    }

    /// Both sides as far as nothing contradicts what is configured, also where users get no answer, and after
    /// an interrupted switch. A rollback and a repair go by it: they are what ends that.
    pub fn likely_sides(&self) -> Option<(&Color, &Color)> {
        let live = self.likely()?;
        Some((live, self.colors.keys().find(|color| *color != live)?))
    }

    /// The release that users reach. Where nobody who knows it could be asked, the host's own record says
    /// it, unless the release calls itself something else in its answers.
    pub fn live_tag(&self) -> Option<&Tag> {
        let slot = self.colors.get(self.likely()?)?;
        if let Some(release) = &slot.release {
            return Some(&release.tag);
        }
        // A container that is gone tells nothing either.
        let untold = matches!(slot.running, Running::Unseen | Running::Absent);
        let tag = self.change().filter(|_| untold)?.tag.as_ref()?;
        let named = self.live.answer.as_ref().and_then(|answer| answer.release.as_ref());
        named.is_none_or(|named| named == tag.as_str()).then_some(tag)
    }

    /// The last change of what users are on. A switch that was interrupted before it could record says it
    /// by its mark, if users are where it led.
    pub fn change(&self) -> Option<&Change> {
        let on = self.reached();
        let mark = self.switching.as_ref().filter(|mark| on == Some(&mark.to));
        mark.and_then(|mark| mark.change.as_deref()).or(self.last_change.as_ref())
    }

    /// The release that users came from, if the live one went live by the last change: where a rollback
    /// leads.
    pub fn origin(&self) -> Option<Origin<'_>> {
        let change = self.change().filter(|change| change.is(Phase::GoLive))?;
        if change.tag.is_none() || change.tag.as_ref() != self.live_tag() {
            return None;
        }
        let release = Release { tag: change.from.clone()?, digest: change.from_digest.clone() };
        Some(Origin { release, file: change.from_file.as_deref() })
    }

    /// Are users answered, by the color that is configured? `None`: users reach nothing here, as on a
    /// host that only carries jobs.
    pub fn users_are_answered(&self) -> Option<bool> {
        if self.colors.is_empty() {
            return None;
        }
        let answer = self.live.answer.as_ref();
        Some(self.live.color().is_some() && answer.is_some_and(HttpAnswer::is_ok))
    }

    /// What is on the color that users do not reach.
    pub fn passive_slot(&self) -> Option<&Slot> {
        self.colors.get(self.sides()?.1)
    }

    /// Every tag that is here, one or more times.
    pub fn tags(&self) -> impl Iterator<Item = &Tag> {
        let running = self.colors.values().filter_map(|color| color.release.as_ref());
        let jobs = self.jobs.iter().filter_map(|job| job.release.as_ref());
        running.chain(jobs).chain(&self.kept).map(|release| &release.tag)
    }

    /// What this tag is here, if it is here at all.
    pub fn presence_of(&self, tag: &Tag) -> Option<ReleasePresence<'_>> {
        let is = |release: &&Release| release.tag == *tag;
        let on = |color: &Color| self.colors.get(color)?.release.as_ref().filter(is);
        let live = || on(self.sides()?.0);
        let passive = || on(self.sides()?.1);
        let job = || self.jobs.iter().find_map(|job| job.release.as_ref().filter(is));
        let kept = || self.kept.iter().find(is);
        let ways: [(PresenceKind, Option<&Release>); 4] = [
            (PresenceKind::Live, live()),
            (PresenceKind::Passive, passive()),
            (PresenceKind::Jobs, job()),
            (PresenceKind::Pulled, kept()),
        ];
        let found = ways.into_iter().find_map(|(how, release)| Some((how, release?)));
        found.map(|(how, release)| ReleasePresence { how, digest: release.digest.as_ref() })
    }

    /// A release is up on the passive color and the passive way in shows it: it can go live.
    pub fn is_prepared(&self) -> bool {
        let Some((_, passive)) = self.sides() else { return false };
        self.passive_shows.as_ref() == Some(passive)
            && self.colors.get(passive).is_some_and(Slot::is_ready)
    }

    /// Nobody held a lock when this was seen, and none was taken until the one that counts `taken`.
    pub fn is_vouched_for_by(&self, taken: u64) -> bool {
        self.lock.is_none() && self.lock_count.is_some_and(|seen| seen + 1 == taken)
    }
}

/// A release that a target has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleasePresence<'a> {
    pub how: PresenceKind,
    /// Of the bytes that are here. A registry may have others under the same tag by now.
    pub digest: Option<&'a Digest>,
}

/// In what way a target has a release: the first of these that is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PresenceKind {
    /// Users reach it.
    Live,
    Passive,
    /// Only the jobs run on it.
    Jobs,
    /// It was pulled, and nothing runs on it.
    Pulled,
}

impl PresenceKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Passive => "passive",
            Self::Jobs => "jobs",
            Self::Pulled => "pulled",
        }
    }
}

/// One color on one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    pub release: Option<Release>,
    pub running: Running,
    pub health: Health,
}

impl Slot {
    /// Up, and well as far as it can be told.
    pub fn is_ready(&self) -> bool {
        self.running == Running::Up && matches!(self.health, Health::Healthy | Health::Unchecked)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Running {
    Up,
    /// It exists and can be started in an instant.
    Stopped,
    /// Coming up, going down, or restarting again and again.
    Unsettled,
    /// Nothing of this color exists here.
    Absent,
    /// Who knows it could not be asked.
    Unseen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    Healthy,
    Unhealthy,
    Starting,
    /// It has no health check of its own.
    Unchecked,
    /// It does not run, so it has no health.
    None,
}

/// A service without a color: a jobs runner, a scheduler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    pub name: String,
    pub release: Option<Release>,
    pub running: Running,
}

/// The server itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Gauges {
    /// Free bytes where images and releases are kept.
    pub disk_free: Option<u64>,
    /// The host's clock minus the console's, in milliseconds; good to about half of `took`.
    pub clock_skew_ms: Option<i64>,
    /// The processor, as `uname -m` names it.
    #[serde(default)]
    pub machine: Option<String>,
}

/// What only the platform that read it understands, kept so that it can plan from it. No other
/// room looks inside.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Detail(pub serde_json::Value);

/// What is known of a target right now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observed {
    #[serde(alias = "seen")]
    Current(Box<Observation>),
    /// It could not be observed: why, and the last observation (never to be shown without its age).
    #[serde(alias = "unseen")]
    Failed { why: String, last: Option<Box<Observation>> },
}

impl Observed {
    pub fn current(&self) -> Option<&Observation> {
        match self {
            Self::Current(observation) => Some(observation),
            Self::Failed { .. } => None,
        }
    }

    /// Why it could not be observed.
    pub fn why_failed(&self) -> Option<&str> {
        match self {
            Self::Current(_) => None,
            Self::Failed { why, .. } => Some(why),
        }
    }

    /// The newest observation there is, fresh or not.
    pub fn latest(&self) -> Option<&Observation> {
        match self {
            Self::Current(observation) => Some(observation),
            Self::Failed { last, .. } => last.as_deref(),
        }
    }
}
