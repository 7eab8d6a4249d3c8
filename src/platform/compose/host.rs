//! One host as the planners of this platform see it: what it should be, and what it is.

use super::facts::{DatedFile, Facts};
use crate::domain::names::Color;
use crate::domain::observation::{Drift, DriftKind, Observation, Observed, Slot};
use crate::domain::plan::{Intent, LeftOut, Refusal};
use crate::domain::release::{Digest, Tag};
use crate::domain::spec::{ComposeSpec, Member, PlatformSpec};
use crate::domain::target::Carries;
use crate::platform::KnownMember;

/// A host that was seen, fresh.
pub struct HostView<'a> {
    pub member: &'a Member,
    pub spec: &'a ComposeSpec,
    pub observation: &'a Observation,
    pub facts: Facts,
}

/// The hosts that a phase is about.
pub struct StackHosts<'a> {
    pub hosts: Vec<HostView<'a>>,
    /// Meant, and not seen.
    pub unobserved: Vec<LeftOut>,
    pub primary: Primary<'a>,
}

/// Where what must happen once happens.
pub enum Primary<'a> {
    /// Among the hosts that are meant, or there is none.
    Here,
    /// Not among them, and seen.
    Elsewhere(Box<HostView<'a>>),
    /// Not among them, and not seen.
    Unobserved(&'a Member),
}

/// The two sides of a host on which every account of the live color agrees.
#[derive(Clone, Copy)]
pub struct SlotPair<'a> {
    pub live: &'a Color,
    pub passive: &'a Color,
    pub live_slot: &'a Slot,
    pub passive_slot: &'a Slot,
    /// Where the passive side points: at the passive color once that is prepared. `None`: it cannot be
    /// read.
    pub passive_points_at: Option<&'a Color>,
}

impl<'a> StackHosts<'a> {
    pub fn of(intent: &Intent, known: &'a [KnownMember<'a>]) -> Self {
        let elsewhere =
            known.iter().find(|k| k.member.primary && !intent.selection.takes(&k.member.target));
        let primary = match elsewhere.map(|known| (HostView::of(known), known.member)) {
            None => Primary::Here,
            Some((Some(host), _)) => Primary::Elsewhere(Box::new(host)),
            Some((None, member)) => Primary::Unobserved(member),
        };
        let mut stack = StackHosts { hosts: Vec::new(), unobserved: Vec::new(), primary };
        for known in known.iter().filter(|known| intent.selection.takes(&known.member.target)) {
            let member = known.member;
            match (HostView::of(known), known.observed) {
                (Some(host), _) => stack.hosts.push(host),
                (None, Observed::Failed { why, .. }) => stack.leave_out(member, why),
                (None, Observed::Current(_)) => {
                    stack.leave_out(member, "it was seen as another platform");
                }
            }
        }
        stack
    }

    fn leave_out(&mut self, member: &Member, why: &str) {
        self.unobserved.push(LeftOut { target: member.target.clone(), why: why.to_owned() });
    }

    /// Phases that go forward need every host that is meant.
    pub fn all_observed(self) -> Result<Self, Refusal> {
        let Some(first) = self.unobserved.first() else {
            return if self.hosts.is_empty() { Err(nobody()) } else { Ok(self) };
        };
        let more = match self.unobserved.len() {
            1 => String::new(),
            n => format!(", and {} more", n - 1),
        };
        Err(Refusal {
            reason: format!("{} could not be seen: {}{more}", first.target, first.why),
            remedy: "make it reachable, or leave it out by naming the hosts that are meant"
                .to_owned(),
            targets: self.unobserved.into_iter().map(|left| left.target).collect(),
        })
    }

    /// The hosts that carry the app.
    pub fn serving(&self) -> impl Iterator<Item = &HostView<'a>> {
        self.hosts.iter().filter(|host| host.member.carries == Carries::App)
    }
}

fn nobody() -> Refusal {
    Refusal {
        reason: "no host is meant: none carries this app, or none of those that were named does"
            .to_owned(),
        remedy: "`flipside inventory list` shows which hosts carry it".to_owned(),
        targets: Vec::new(),
    }
}

impl<'a> HostView<'a> {
    /// Of what is known, if that is fresh and this platform's.
    fn of(known: &'a KnownMember<'a>) -> Option<Self> {
        let PlatformSpec::Compose(spec) = &known.member.platform;
        let observation = known.observed.current()?;
        Some(Self { member: known.member, spec, observation, facts: Facts::of(observation)? })
    }

    pub fn service(&self, color: &Color) -> &'a str {
        self.spec.colors.get(color).map_or("", |color| color.service.as_str())
    }

    pub fn address(&self, color: &Color) -> &'a str {
        self.spec.colors.get(color).map_or("", |color| color.address.as_str())
    }

    pub fn refuse(&self, reason: impl std::fmt::Display, remedy: impl Into<String>) -> Refusal {
        Refusal {
            reason: format!("{}: {reason}", self.member.target),
            remedy: remedy.into(),
            targets: vec![self.member.target.clone()],
        }
    }

    /// Both sides, or why nothing may go forward here before it is repaired. Users without an answer do not
    /// stand in the way: going forward to a color that answers is one way to end that.
    pub fn slots(&self) -> Result<SlotPair<'_>, Refusal> {
        let blocks = |drift: &&Drift| drift.kind == DriftKind::Disagreement;
        self.slots_unless(self.observation.drift.iter().find(blocks))
    }

    /// Both sides, where nothing at all is amiss: for what takes a color away.
    pub fn slots_without_drift(&self) -> Result<SlotPair<'_>, Refusal> {
        self.slots_unless(self.observation.drift.first())
    }

    fn slots_unless(&self, drift: Option<&Drift>) -> Result<SlotPair<'_>, Refusal> {
        if let Some(drift) = drift {
            return Err(self.refuse(&drift.what, drift.remedy.clone()));
        }
        self.slots_despite_drift().ok_or_else(|| {
            self.refuse(
                "it is not known which color is live",
                "`flipside doctor` checks this server and says what to change",
            )
        })
    }

    /// Both sides where nothing contradicts what is configured, whatever else disagrees.
    pub fn slots_despite_drift(&self) -> Option<SlotPair<'_>> {
        let live = self.observation.likely()?;
        let passive = self.member.colors.other(live)?;
        Some(SlotPair {
            live,
            passive,
            live_slot: self.observation.colors.get(live)?,
            passive_slot: self.observation.colors.get(passive)?,
            passive_points_at: self.observation.passive_points_at.as_ref(),
        })
    }

    /// Are users answered, by the live color? Where that cannot be said, it is not known to be so.
    pub fn users_are_answered(&self) -> bool {
        self.observation.users_are_answered() == Some(true)
    }

    /// The release that the last change says users are on.
    pub fn recorded_tag(&self) -> Option<&Tag> {
        self.observation.change()?.tag.as_ref()
    }

    /// The bytes that a release is here: those that users came from, else what a color has, else what was
    /// pulled last.
    pub fn digest_of(&self, tag: &Tag) -> Option<Digest> {
        let origin = self.observation.origin().map(|origin| origin.release);
        let colors = self.observation.colors.values().filter_map(|slot| slot.release.clone());
        let known = origin.into_iter().chain(colors).find(|release| release.tag == *tag);
        let pulled = || self.facts.pulled.as_ref().filter(|pulled| pulled.tag == *tag);
        known.and_then(|release| release.digest).or_else(|| Some(pulled()?.digest.clone()))
    }

    pub fn job_tags(&self) -> Vec<&Tag> {
        self.observation
            .jobs
            .iter()
            .filter_map(|job| job.release.as_ref())
            .map(|release| &release.tag)
            .collect()
    }

    /// The newest dated file that was written to make `tag` live as `color`.
    pub fn file_for(&self, tag: &Tag, color: Option<&Color>) -> Option<&DatedFile> {
        let fits = |file: &&DatedFile| {
            file.head.as_ref().is_some_and(|head| {
                head.release == *tag
                    && (color.is_none() || head.color.is_none() || head.color.as_ref() == color)
            })
        };
        self.facts.files.iter().filter(fits).max_by(|a, b| a.name.cmp(&b.name))
    }
}

impl<'a> SlotPair<'a> {
    pub fn live_tag(&self) -> Option<&'a Tag> {
        self.live_slot.release.as_ref().map(|release| &release.tag)
    }

    pub fn passive_tag(&self) -> Option<&'a Tag> {
        self.passive_slot.release.as_ref().map(|release| &release.tag)
    }

    /// A release is up on the passive color and the passive side shows it, users do not reach it.
    pub fn is_prepared(&self) -> bool {
        self.shows_passive() && self.passive_slot.is_ready()
    }

    /// The passive side points at the passive color.
    pub fn shows_passive(&self) -> bool {
        self.passive_points_at == Some(self.passive)
    }

    /// The passive side points at the live color, as it does outside a deploy.
    pub fn shows_live(&self) -> bool {
        self.passive_points_at == Some(self.live)
    }

    /// Where the passive side points, in words.
    pub fn shown(&self) -> &str {
        self.passive_points_at.map_or("?", Color::as_str)
    }
}
