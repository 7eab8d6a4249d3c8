//! The observation of a target. Nothing in it is guessed: what was not observed is `None`, and the screen shows `?`.

mod drift;
mod live;
mod recorded;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::config_change::ConfigChange;
use super::freeze::Freeze;
use super::lock::{HeldLock, Holder};
use super::names::Color;
use super::phase::Phase;
use super::release::{Digest, Release, Tag};
use super::target::Target;
use crate::base::text::clean_words;

pub use self::drift::{Drift, DriftKind};
pub use self::live::{HttpAnswer, Proof, Traffic};
pub use self::recorded::{Change, ColdRollback, Origin, SignOff, Switching, Withdrawn};

/// One observation of one stack on one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    pub target: Target,
    /// When the answer arrived, by the clock of the operator's machine. The age of the observation counts from here.
    pub at: DateTime<Utc>,
    #[serde(with = "crate::base::millis")]
    pub took: Duration,
    pub live: Traffic,
    /// The color that the passive entry point shows: the passive color once a release is prepared, otherwise the live one.
    /// `None`: not observed, or the platform has no passive entry point.
    pub passive_shows: Option<Color>,
    /// The color that the passive entry point is configured for, independent of its answers.
    #[serde(default)]
    pub passive_points_at: Option<Color>,
    pub colors: BTreeMap<Color, Slot>,
    pub jobs: Vec<Workload>,
    /// The releases whose migration has finished on this target.
    #[serde(default)]
    pub migrated: Vec<Tag>,
    /// The release that the target pulled last.
    #[serde(default)]
    pub pulled: Option<Tag>,
    /// Every release of the app that is present on the target, whether it runs or not.
    #[serde(default)]
    pub kept: Vec<Release>,
    pub host: Gauges,
    pub lock: Option<HeldLock>,
    /// How often the target was ever locked. A run whose own lock is the very next one knows that no other run has worked on
    /// the target since this observation.
    #[serde(default)]
    pub lock_count: Option<u64>,
    /// The last sign-off that the target recorded.
    pub verified: Option<SignOff>,
    /// The last change, as recorded on the host.
    pub last_change: Option<Change>,
    /// A later change of the live release that another tool made, and that is not recorded. The phase `repair` records it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_elsewhere: Option<Box<Change>>,
    /// The freeze that a rollback left, if go-live was not opened again since.
    #[serde(default)]
    pub frozen: Option<Freeze>,
    /// The last prepared release that a rollback withdrew.
    #[serde(default)]
    pub withdrawn: Option<Withdrawn>,
    /// How the configuration of the prepared release differs from that of the live one. `None`: nothing is prepared, or one of
    /// both is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_change: Option<Box<ConfigChange>>,
    /// A rollback to a named release that has begun to start the release, before users are switched to it.
    #[serde(default, alias = "returning")]
    pub cold_rollback: Option<ColdRollback>,
    /// A switch that is under way, or was interrupted.
    #[serde(default)]
    pub switching: Option<Switching>,
    pub drift: Vec<Drift>,
    pub detail: Detail,
}

impl Observation {
    /// Returns the observation with clean one-line texts. `detail` stays unchanged, because the platform compares files to
    /// the byte.
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

    /// Returns the color that users most likely reach. After an interrupted switch the configuration, the record and the
    /// answers may each name another color. Then the answers decide, or the configuration if there are none.
    pub fn likely(&self) -> Option<&Color> {
        let interrupted = self.switching.as_ref().is_some_and(|mark| !mark.running);
        if interrupted { self.reached() } else { self.live.likely() }
    }

    /// Returns the color that answers users, independent of the record. If no answer names a color, returns the configured
    /// one.
    pub fn reached(&self) -> Option<&Color> {
        let answered = self.live.answer.as_ref().and_then(|answer| answer.color.as_ref());
        answered.or(self.live.configured.as_ref())
    }

    /// Returns the live and the passive color. `None`: sources disagree about which color is live.
    pub fn sides(&self) -> Option<(&Color, &Color)> {
        let live = self.live.color()?;
        Some((live, self.colors.keys().find(|color| *color != live)?))
    }

    /// Returns the colors that are most likely live and passive, also where users get no answer and after an interrupted
    /// switch. Rollback and repair use it, because they are what ends such a state.
    pub fn likely_sides(&self) -> Option<(&Color, &Color)> {
        let live = self.likely()?;
        Some((live, self.colors.keys().find(|color| *color != live)?))
    }

    /// Returns the release that users reach. If its host could not say, the host's record decides, unless the
    /// release gives another name in its answers.
    pub fn live_tag(&self) -> Option<&Tag> {
        let slot = self.colors.get(self.likely()?)?;
        if let Some(release) = &slot.release {
            return Some(&release.tag);
        }
        let unknown = matches!(slot.running, Running::Unseen | Running::Absent);
        let tag = self.change().filter(|_| unknown)?.tag.as_ref()?;
        let named = self.live.answer.as_ref().and_then(|answer| answer.release.as_ref());
        named.is_none_or(|named| named == tag.as_str()).then_some(tag)
    }

    /// Returns the last change of the release that users reach. A switch that was interrupted before it could record its
    /// change is known by its mark, if users are on the color that it switched to. What another tool changed since counts
    /// before the record.
    pub fn change(&self) -> Option<&Change> {
        let on = self.reached();
        let mark = self.switching.as_ref().filter(|mark| on == Some(&mark.to));
        let elsewhere = self.changed_elsewhere.as_deref();
        mark.and_then(|mark| mark.change.as_deref()).or(elsewhere).or(self.last_change.as_ref())
    }

    /// Returns the release that users came from, if the live release went live by the last change. A rollback leads there.
    pub fn origin(&self) -> Option<Origin<'_>> {
        let change = self.change().filter(|change| change.is(Phase::GoLive))?;
        if change.tag.is_none() || change.tag.as_ref() != self.live_tag() {
            return None;
        }
        let release = Release { tag: change.from.clone()?, digest: change.from_digest.clone() };
        Some(Origin { release, file: change.from_file.as_deref() })
    }

    /// Returns whether users get answers, from the configured color. `None`: the target serves no users, such as a host that
    /// only runs jobs, or one on which no release went live yet.
    pub fn users_are_answered(&self) -> Option<bool> {
        if self.colors.is_empty() || self.live.proof == Proof::NoUsers {
            return None;
        }
        Some(self.live.is_answered())
    }

    /// Returns the slot that users do not reach.
    pub fn passive_slot(&self) -> Option<&Slot> {
        self.colors.get(self.sides()?.1)
    }

    /// Returns every tag on the target. A tag may occur more than once.
    pub fn tags(&self) -> impl Iterator<Item = &Tag> {
        let running = self.colors.values().filter_map(|color| color.release.as_ref());
        let jobs = self.jobs.iter().filter_map(|job| job.release.as_ref());
        running.chain(jobs).chain(&self.kept).map(|release| &release.tag)
    }

    /// Returns how the target has this release, if it does.
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

    /// Returns whether a release can go live: it is up on the passive color, and the passive entry point shows it.
    pub fn is_prepared(&self) -> bool {
        let Some((_, passive)) = self.sides() else { return false };
        self.passive_shows.as_ref() == Some(passive)
            && self.colors.get(passive).is_some_and(Slot::is_ready)
    }

    /// Returns whether no other run has held the lock between this observation and the lock with the count `taken`.
    pub fn is_unchanged_at_lock(&self, taken: u64) -> bool {
        self.lock.is_none() && self.lock_count.is_some_and(|count| count + 1 == taken)
    }
}

/// A release that a target has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleasePresence<'a> {
    pub how: PresenceKind,
    /// The digest on the target. The registry may have another one under the same tag by now.
    pub digest: Option<&'a Digest>,
}

/// How a target has a release. The first that applies counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PresenceKind {
    /// Users reach the release.
    Live,
    Passive,
    /// Only jobs run on the release.
    Jobs,
    /// The release was pulled, and nothing runs on it.
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
    /// Returns whether the slot is up, and healthy as far as its health is checked.
    pub fn is_ready(&self) -> bool {
        self.running == Running::Up && matches!(self.health, Health::Healthy | Health::Unchecked)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Running {
    Up,
    /// It exists and can be started at once.
    Stopped,
    /// Starting, stopping, or restarting repeatedly.
    Unsettled,
    /// Nothing of this color exists on the target.
    Absent,
    /// Not observed: what runs it could not be asked.
    Unseen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    Healthy,
    Unhealthy,
    Starting,
    /// It has no health check.
    Unchecked,
    /// It does not run.
    None,
}

/// A service without a slot, such as a job worker or a scheduler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    pub name: String,
    pub release: Option<Release>,
    pub running: Running,
}

/// Measurements of the host itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Gauges {
    /// Free bytes on the disk with images and releases.
    pub disk_free: Option<u64>,
    /// The host's clock minus that of the operator's machine, in milliseconds, accurate to about half of `took`.
    pub clock_skew_ms: Option<i64>,
    /// The processor, as `uname -m` names it.
    #[serde(default)]
    pub machine: Option<String>,
}

/// Data that only the platform understands, kept so that it can plan from it. No other room reads it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Detail(pub serde_json::Value);

/// The latest knowledge about a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observed {
    #[serde(alias = "seen")]
    Current(Box<Observation>),
    /// The target could not be observed. `last` is the last observation, which must not be shown without its age.
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

    /// Returns why the target could not be observed.
    pub fn why_failed(&self) -> Option<&str> {
        match self {
            Self::Current(_) => None,
            Self::Failed { why, .. } => Some(why),
        }
    }

    /// Returns the newest observation, current or not.
    pub fn latest(&self) -> Option<&Observation> {
        match self {
            Self::Current(observation) => Some(observation),
            Self::Failed { last, .. } => last.as_deref(),
        }
    }
}
