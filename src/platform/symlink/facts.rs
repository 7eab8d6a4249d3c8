//! Facts: the part of an observation that only this platform reads, and plans from.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::live_link::{LiveLink, Problem};
use super::spec::{HookName, SymlinkSpec};
use crate::domain::availability::Availability;
use crate::domain::names::{Color, RunId};
use crate::domain::observation::{Detail, Observation, Running};
use crate::domain::release::{Digest, Release, Tag};
use crate::platform::kit::facts::HostFacts;
use crate::platform::kit::preflight::Preflight;

/// An observation lists 40 archives at most, and fewer where other files are between them. A list of this length may be cut.
const MAY_BE_CUT: usize = 20;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Facts {
    pub host: HostFacts,
    pub preflight: Preflight,
    pub link: LiveLink,
    /// When the link was made, where it does not name what Flipside swung it to last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swung_at: Option<DateTime<Utc>>,
    /// Every version that is unpacked on the host, by name.
    pub versions: Vec<Version>,
    pub slots: BTreeMap<Color, SlotLink>,
    /// How each hook of each version ended last.
    pub hooks: Vec<HookRecord>,
    /// The version that each slot's service was last started with.
    pub started: BTreeMap<Color, Started>,
    pub services: BTreeMap<Color, Running>,
    /// The status that each slot answered with at its own address. Absent: no answer.
    pub answers: BTreeMap<Color, u16>,
    /// The archives that are complete on the host.
    pub archives: Vec<Digest>,
    /// The uploads that broke off: how many bytes of each archive are on the host.
    #[serde(default)]
    pub uploads: BTreeMap<Digest, u64>,
    /// The archives at the source, where that is a directory of the host: the newest ones.
    #[serde(default)]
    pub offered: BTreeMap<Tag, OfferedSum>,
    /// The version that Flipside swung the link to last.
    pub live_version: Option<Tag>,
    /// The version that was live before that.
    pub previous_version: Option<Tag>,
    /// The checksum of the configuration that was written for each version.
    pub configs: BTreeMap<Tag, String>,
    /// What of this platform could not be read or does not hold. A change is refused while there is one.
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub tag: Tag,
    /// The sha256 of its archive. `None`: another tool unpacked it.
    pub digest: Option<Digest>,
    /// A deployment tool marked it as unusable.
    pub bad: bool,
}

/// The link of a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotLink {
    Names(Tag),
    /// The version that it names is not on the host: the link's text.
    Dangling(String),
    /// It names something else: its text.
    Elsewhere(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookRecord {
    pub version: Tag,
    pub hook: String,
    pub state: HookState,
}

/// How a hook ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookState {
    /// It never ran for this version; `deployed`: not since the link was swung to it.
    Never,
    Running,
    /// Its process ended without a record, for example because the host was restarted.
    Interrupted,
    Ended {
        /// 124: it did not end in time and was stopped.
        code: i32,
        run: Option<RunId>,
    },
    /// It is left to the other tool that made the version live.
    ByAnotherTool,
}

/// The checksum beside an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferedSum {
    /// There is no checksum file.
    Absent,
    Known(Digest),
    /// The file cannot be used: why.
    Unusable(String),
}

/// The last start of a slot's service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    pub version: Tag,
    /// It answered well since then.
    pub well: bool,
    /// The script that starts it still runs.
    pub running: bool,
}

impl Facts {
    /// Returns the facts of an observation. `None`: it is of another platform.
    pub fn of(observation: &Observation) -> Option<Self> {
        serde_json::from_value(observation.detail.0.clone()).ok()
    }

    pub fn into_detail(self) -> Detail {
        Detail(serde_json::to_value(self).unwrap_or_default())
    }

    /// Returns the version that the live link names.
    pub fn live(&self) -> Option<&Tag> {
        match &self.link {
            LiveLink::Names { version, .. } => Some(version),
            _ => None,
        }
    }

    pub fn version(&self, tag: &Tag) -> Option<&Version> {
        self.versions.iter().find(|version| version.tag == *tag)
    }

    /// Returns the version that a slot's link names, if it is on the host.
    pub fn in_slot(&self, color: &Color) -> Option<&Tag> {
        match self.slots.get(color)? {
            SlotLink::Names(tag) => Some(tag),
            _ => None,
        }
    }

    /// Returns a version as a release, with the digest that it was unpacked from where that is recorded.
    pub fn release(&self, tag: &Tag) -> Release {
        let digest = self.version(tag).and_then(|version| version.digest.clone());
        Release { tag: tag.clone(), digest }
    }

    /// Returns whether this release is unpacked, from these bytes where they are known.
    pub fn has(&self, release: &Release) -> bool {
        self.version(&release.tag)
            .is_some_and(|version| release.digest.is_none() || version.digest == release.digest)
    }

    /// Returns whether the archive of a release is complete on the host.
    pub fn has_archive(&self, digest: &Digest) -> bool {
        self.archives.contains(digest)
    }

    /// Returns whether neither a release nor its archive is on the host.
    pub fn must_be_fetched(&self, release: &Release) -> bool {
        let archive = release.digest.as_ref().is_some_and(|digest| self.has_archive(digest));
        !self.has(release) && !archive
    }

    /// Returns whether the directory of archives on the host has that of a release. `None`: it was not listed, or there are more
    /// than an observation lists.
    pub fn offers(&self, release: &Tag) -> Option<Availability> {
        match self.offered.len() {
            _ if self.offered.contains_key(release) => Some(Availability::Available),
            0 | MAY_BE_CUT.. => None,
            _ => Some(Availability::Missing),
        }
    }

    pub fn hook(&self, version: &Tag, hook: HookName) -> HookState {
        let is = |record: &&HookRecord| record.version == *version && record.hook == hook.word();
        let found = self.hooks.iter().find(is);
        found.map_or(HookState::Never, |record| record.state.clone())
    }

    /// Returns whether a version's `prepare` hook ended well, if there is one. A version of another tool was prepared by
    /// that tool.
    pub fn is_prepared(&self, spec: &SymlinkSpec, version: &Tag) -> bool {
        let of_another_tool = || self.version(version).is_some_and(|it| it.digest.is_none());
        match self.hook(version, HookName::Prepare) {
            HookState::Ended { code, .. } => code == 0,
            HookState::ByAnotherTool => true,
            HookState::Never => !spec.hooks.has(HookName::Prepare) || of_another_tool(),
            HookState::Running | HookState::Interrupted => false,
        }
    }

    /// Returns whether what serves users was bounced since a version went live. What another tool made live was bounced by
    /// that tool. A swing removes the record before anything else, so a hook that is due is never taken for one that ran.
    pub fn is_bounced(&self, spec: &SymlinkSpec, version: &Tag) -> bool {
        match self.hook(version, HookName::Deployed) {
            HookState::Ended { code, .. } => code == 0,
            HookState::ByAnotherTool => true,
            HookState::Never => !spec.hooks.has(HookName::Deployed) || self.live_version.is_none(),
            HookState::Running | HookState::Interrupted => false,
        }
    }

    /// Returns how the `deployed` hook ended, if the link was swung and that hook did not end well since: what serves
    /// users may still be of the version before.
    pub fn not_bounced(&self, spec: &SymlinkSpec) -> Option<HookState> {
        let live = self.live().filter(|live| self.live_version.as_ref() == Some(live))?;
        let state = self.hook(live, HookName::Deployed);
        // Another tool made the version live. Its first swing by Flipside records what was live before.
        let of_another_tool = self.previous_version.is_none()
            && self.version(live).is_some_and(|version| version.digest.is_none());
        let well = match state {
            HookState::Ended { code, .. } => code == 0,
            HookState::ByAnotherTool => true,
            HookState::Never => of_another_tool,
            HookState::Running | HookState::Interrupted => false,
        };
        (spec.hooks.has(HookName::Deployed) && !well).then_some(state)
    }

    /// Returns every version that can be used, as a release.
    pub fn releases(&self) -> Vec<Release> {
        let good = self.versions.iter().filter(|version| !version.bad);
        good.map(|version| Release { tag: version.tag.clone(), digest: version.digest.clone() })
            .collect()
    }

    /// Returns the versions that Flipside unpacked and nothing needs, the oldest names first, without the `keep` newest ones:
    /// not live, not the previous one, in no slot.
    pub fn unneeded(&self, keep: usize) -> Vec<&Tag> {
        let mut rest = self.unused(|version| version.digest.is_some());
        rest.truncate(rest.len().saturating_sub(keep));
        rest
    }

    /// Returns the versions that another tool made and Flipside does not use, the oldest names first. That tool removes them.
    pub fn of_another_tool(&self) -> Vec<&Tag> {
        self.unused(|version| version.digest.is_none())
    }

    fn unused(&self, which: impl Fn(&Version) -> bool) -> Vec<&Tag> {
        let used = |tag: &Tag| {
            self.live() == Some(tag)
                || self.live_version.as_ref() == Some(tag)
                || self.previous_version.as_ref() == Some(tag)
                || self.slots.values().any(|slot| matches!(slot, SlotLink::Names(it) if it == tag))
        };
        let versions = self.versions.iter().filter(|version| which(version));
        let mut rest: Vec<&Tag> =
            versions.map(|version| &version.tag).filter(|tag| !used(tag)).collect();
        rest.sort_by(|a, b| natural(a.as_str()).cmp(&natural(b.as_str())));
        rest
    }
}

/// Returns a name in parts that compare as a person expects: `v9` comes before `v10`.
fn natural(name: &str) -> Vec<(&str, u64)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let word = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (text, after) = rest.split_at(word);
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (number, after) = after.split_at(digits);
        parts.push((text, number.parse().unwrap_or(u64::MAX)));
        rest = after;
    }
    parts
}
