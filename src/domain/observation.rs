//! What one look at a target told. Nothing here is guessed: what was not seen is `None`, and the
//! screen says `?`.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::freeze::Freeze;
use super::lock::Lock;
use super::names::{Color, RunId};
use super::phase::Phase;
use super::release::{Digest, Release, Tag};
use super::target::Target;
use super::text::sentences;

/// One look at one stack on one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    pub target: Target,
    /// When the answer came, by the console's clock. Its age is told from here.
    pub at: DateTime<Utc>,
    #[serde(with = "super::millis")]
    pub took: Duration,
    pub live: LiveSight,
    /// The color that the passive way in shows: the live one outside a deploy, the passive one once
    /// it is prepared. `None`: not seen, or this platform has no passive way in.
    pub passive_shows: Option<Color>,
    pub colors: BTreeMap<Color, ColorSight>,
    pub jobs: Vec<ServiceSight>,
    /// The releases whose migration finished here.
    #[serde(default)]
    pub migrated: Vec<Tag>,
    /// Every release of the app that was pulled and is still here, whether it runs or not.
    #[serde(default)]
    pub kept: Vec<Release>,
    pub host: HostSight,
    pub lock: Option<Lock>,
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
    pub drift: Vec<Drift>,
    pub detail: Detail,
}

impl Observation {
    /// The live color, where all accounts of it agree, and the other one of the pair.
    pub fn sides(&self) -> Option<(&Color, &Color)> {
        let live = self.live.color()?;
        Some((live, self.colors.keys().find(|color| *color != live)?))
    }

    /// What is on the color that users do not reach.
    pub fn passive_sight(&self) -> Option<&ColorSight> {
        self.colors.get(self.sides()?.1)
    }

    /// Every tag that is here, one or more times.
    pub fn tags(&self) -> impl Iterator<Item = &Tag> {
        let running = self.colors.values().filter_map(|color| color.release.as_ref());
        let jobs = self.jobs.iter().filter_map(|job| job.release.as_ref());
        running.chain(jobs).chain(&self.kept).map(|release| &release.tag)
    }

    /// What this tag is here, if it is here at all.
    pub fn having(&self, tag: &Tag) -> Option<Having<'_>> {
        let is = |release: &&Release| release.tag == *tag;
        let on = |color: &Color| self.colors.get(color)?.release.as_ref().filter(is);
        let live = || on(self.sides()?.0);
        let passive = || on(self.sides()?.1);
        let job = || self.jobs.iter().find_map(|job| job.release.as_ref().filter(is));
        let kept = || self.kept.iter().find(is);
        let ways: [(How, Option<&Release>); 4] = [
            (How::Live, live()),
            (How::Passive, passive()),
            (How::Jobs, job()),
            (How::Pulled, kept()),
        ];
        let found = ways.into_iter().find_map(|(how, release)| Some((how, release?)));
        found.map(|(how, release)| Having { how, digest: release.digest.as_ref() })
    }

    /// A release is up on the passive color and the passive way in shows it: it can go live.
    pub fn is_prepared(&self) -> bool {
        let Some((_, passive)) = self.sides() else { return false };
        self.passive_shows.as_ref() == Some(passive)
            && self.colors.get(passive).is_some_and(ColorSight::is_ready)
    }

    /// Nobody held a lock when this was seen, and none was taken until the one that counts `taken`.
    pub fn is_vouched_for_by(&self, taken: u64) -> bool {
        self.lock.is_none() && self.lock_count.is_some_and(|seen| seen + 1 == taken)
    }

    /// The release that users came from, if the live one went live by the last change: where roll back
    /// goes.
    pub fn came_from(&self) -> Option<&Tag> {
        let change =
            self.last_change.as_ref().filter(|change| change.what == Phase::GoLive.word())?;
        let live = self.colors.get(self.live.color()?)?.release.as_ref()?;
        change.from.as_ref().filter(|_| change.tag.as_ref() == Some(&live.tag))
    }
}

/// A release that a target has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Having<'a> {
    pub how: How,
    /// Of the bytes that are here. A registry may have others under the same tag by now.
    pub digest: Option<&'a Digest>,
}

/// In what way a target has a release: the first of these that is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// Users reach it.
    Live,
    Passive,
    /// Only the jobs run on it.
    Jobs,
    /// It was pulled, and nothing runs on it.
    Pulled,
}

impl How {
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Passive => "passive",
            Self::Jobs => "jobs",
            Self::Pulled => "pulled",
        }
    }
}

/// Which color users reach: told three ways, because each of them can lie alone.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LiveSight {
    /// By what the proxy is configured to serve.
    pub configured: Option<Color>,
    /// By a real answer through the users' port.
    pub answer: Option<Answer>,
    /// By what was recorded at the last change.
    pub recorded: Option<Color>,
}

impl LiveSight {
    /// The live color, if everything that spoke agrees on it. The proxy must have spoken.
    pub fn color(&self) -> Option<&Color> {
        let configured = self.configured.as_ref()?;
        let answered = self.answer.as_ref().and_then(|answer| answer.color.as_ref());
        let agreed =
            [answered, self.recorded.as_ref()].into_iter().flatten().all(|c| c == configured);
        agreed.then_some(configured)
    }
}

/// One HTTP answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// `None`: nobody answered.
    pub status: Option<u16>,
    #[serde(with = "super::millis")]
    pub took: Duration,
    pub color: Option<Color>,
    /// The version the application says it is.
    pub release: Option<String>,
}

impl Answer {
    pub fn is_ok(&self) -> bool {
        self.status.is_some_and(|status| (200..400).contains(&status))
    }
}

/// One color on one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColorSight {
    pub release: Option<Release>,
    pub running: Running,
    pub health: Health,
}

impl ColorSight {
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
pub struct ServiceSight {
    pub name: String,
    pub release: Option<Release>,
    pub running: Running,
}

/// The server itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HostSight {
    /// Free bytes where images and releases are kept.
    pub disk_free: Option<u64>,
    /// The host's clock minus the console's, in milliseconds; good to about half of `took`.
    pub clock_skew_ms: Option<i64>,
    /// The processor, as `uname -m` names it.
    #[serde(default)]
    pub machine: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    pub tag: Tag,
    pub by: String,
    pub at: DateTime<Utc>,
    pub run: RunId,
}

/// A change to what users reach, as the host records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub at: DateTime<Utc>,
    pub by: String,
    /// `go-live`, `roll-back`, …
    pub what: String,
    /// What users reach since then.
    pub tag: Option<Tag>,
    /// What users reached before.
    #[serde(default)]
    pub from: Option<Tag>,
}

/// Something recorded and something observed disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// What disagrees, in words: `live-color says green, nginx serves blue`.
    pub what: String,
    /// What puts it right, in words.
    pub remedy: String,
}

impl Drift {
    pub fn in_words(&self) -> String {
        sentences([self.what.as_str(), self.remedy.as_str()])
    }
}

/// What only the platform that read it understands, kept so that it can plan from it. No other
/// room looks inside.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Detail(pub serde_json::Value);

/// What is known of a target right now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    Seen(Box<Observation>),
    /// It could not be looked at: why, and what it last said (never to be shown without its age).
    Unseen {
        why: String,
        last: Option<Box<Observation>>,
    },
}

impl Sight {
    pub fn seen(&self) -> Option<&Observation> {
        match self {
            Self::Seen(observation) => Some(observation),
            Self::Unseen { .. } => None,
        }
    }

    /// The newest observation there is, fresh or not.
    pub fn latest(&self) -> Option<&Observation> {
        match self {
            Self::Seen(observation) => Some(observation),
            Self::Unseen { last, .. } => last.as_deref(),
        }
    }
}
