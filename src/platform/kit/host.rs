//! The planners' input: each host with its settings and its observation.

use super::include::ProxyFacts;
use super::remedies;
use super::spec::{PairColor, ProxySpec, StackSpec};
use crate::base::text::sentences;
use crate::domain::names::Color;
use crate::domain::observation::{Drift, DriftKind, Observation, Observed, Running, Slot};
use crate::domain::plan::{Intent, LeftOut, Refusal};
use crate::domain::release::Tag;
use crate::domain::rollback::{self, PassiveRole};
use crate::domain::spec::Member;
use crate::domain::target::{Carries, Target};
use crate::platform::contract::KnownMember;

/// One host with a current observation.
#[derive(Debug)]
pub struct HostView<'a, R> {
    pub member: &'a Member,
    pub stack: &'a StackSpec,
    /// What leads users to a color. `None`: the runtime itself moves them.
    pub proxy: Option<&'a ProxySpec>,
    pub observation: &'a Observation,
    pub includes: ProxyFacts,
    /// What runs the releases of this host.
    pub runtime: R,
}

/// Why nothing can or must be done on one host, and how to fix that.
#[derive(Debug, Clone)]
pub struct HostRefusal {
    pub target: Target,
    pub reason: String,
    pub remedy: String,
}

impl HostRefusal {
    pub fn left_out(&self) -> LeftOut {
        let why = sentences([self.reason.as_str(), self.remedy.as_str()]);
        LeftOut { target: self.target.clone(), why }
    }
}

impl From<HostRefusal> for Refusal {
    fn from(HostRefusal { target, reason, remedy }: HostRefusal) -> Self {
        Self { reason: format!("{target}: {reason}"), remedy, targets: vec![target] }
    }
}

/// The selected hosts of one stack.
#[derive(Debug)]
pub struct StackHosts<'a, R> {
    pub hosts: Vec<HostView<'a, R>>,
    /// Selected hosts without a current observation.
    pub unobserved: Vec<LeftOut>,
    pub primary: Primary<'a, R>,
}

/// The host that runs what must run once, such as a change of the database.
#[derive(Debug)]
pub enum Primary<'a, R> {
    /// It is selected, or there is none.
    Selected,
    /// It is not selected, and has a current observation.
    NotSelected(Box<HostView<'a, R>>),
    /// It is not selected, and has no current observation.
    Unobserved(&'a Member),
}

/// The live and the passive slot of a host.
#[derive(Debug, Clone, Copy)]
pub struct SlotPair<'a> {
    pub live: &'a Color,
    pub passive: &'a Color,
    pub live_slot: &'a Slot,
    pub passive_slot: &'a Slot,
    /// The color that the passive entry point leads to: the passive color once a release is prepared on
    /// it. `None`: it cannot be read.
    pub passive_points_at: Option<&'a Color>,
}

impl<'a, R> StackHosts<'a, R> {
    /// Returns the hosts that `view` can make a view of.
    pub fn of(
        intent: &Intent,
        known: &'a [KnownMember<'a>],
        view: impl Fn(&'a KnownMember<'a>) -> Option<HostView<'a, R>>,
    ) -> Self {
        let elsewhere =
            known.iter().find(|k| k.member.primary && !intent.selection.takes(&k.member.target));
        let primary = match elsewhere.map(|known| (view(known), known.member)) {
            None => Primary::Selected,
            Some((Some(host), _)) => Primary::NotSelected(Box::new(host)),
            Some((None, member)) => Primary::Unobserved(member),
        };
        let mut stack = StackHosts { hosts: Vec::new(), unobserved: Vec::new(), primary };
        for known in known.iter().filter(|known| intent.selection.takes(&known.member.target)) {
            let member = known.member;
            match (view(known), known.observed) {
                (Some(host), _) => stack.hosts.push(host),
                (None, Observed::Failed { why, .. }) => stack.leave_out(member, why),
                (None, Observed::Current(_)) => {
                    stack.leave_out(member, "its observation is of another platform");
                }
            }
        }
        stack
    }

    fn leave_out(&mut self, member: &Member, why: &str) {
        self.unobserved.push(LeftOut { target: member.target.clone(), why: why.to_owned() });
    }

    /// Returns the hosts if all selected ones have a current observation, which phases that go forward need.
    pub fn all_observed(self) -> Result<Self, Refusal> {
        let Some(first) = self.unobserved.first() else {
            return if self.hosts.is_empty() { Err(no_host()) } else { Ok(self) };
        };
        let more = match self.unobserved.len() {
            1 => String::new(),
            n => format!(", and {} more", n - 1),
        };
        Err(Refusal {
            reason: format!("{} could not be checked: {}{more}", first.target, first.why),
            remedy: "Make it reachable, or name only the hosts to work on.".to_owned(),
            targets: self.unobserved.into_iter().map(|left| left.target).collect(),
        })
    }

    /// Returns the release on the passive color of a host and its role, by the records of all hosts here.
    pub fn passive_release<'h>(&self, host: &'h HostView<'_, R>) -> Option<(&'h Tag, PassiveRole)> {
        let fleet = self.hosts.iter().map(|host| host.observation);
        rollback::passive_release_in(host.observation, fleet)
    }

    /// Returns the hosts that serve users.
    pub fn serving(&self) -> impl Iterator<Item = &HostView<'a, R>> {
        self.hosts.iter().filter(|host| host.member.carries == Carries::App)
    }
}

fn no_host() -> Refusal {
    Refusal {
        reason: "none of the selected hosts carries this app".to_owned(),
        remedy: "Run `flipside inventory list` to see which hosts carry it.".to_owned(),
        targets: Vec::new(),
    }
}

impl<'a, R> HostView<'a, R> {
    pub fn service(&self, color: &Color) -> &'a str {
        self.color(color).map_or("", |color| color.service.as_str())
    }

    pub fn address(&self, color: &Color) -> &'a str {
        self.color(color).map_or("", |color| color.address.as_str())
    }

    fn color(&self, color: &Color) -> Option<&'a PairColor> {
        self.proxy?.colors.get(color)
    }

    /// Refuses a whole phase because of this host.
    pub fn refuse(&self, reason: impl std::fmt::Display, remedy: impl Into<String>) -> Refusal {
        self.refuse_here(reason, remedy).into()
    }

    /// Refuses to work on this host. Other hosts may go on without it.
    pub fn refuse_here(
        &self,
        reason: impl std::fmt::Display,
        remedy: impl Into<String>,
    ) -> HostRefusal {
        let target = self.member.target.clone();
        HostRefusal { target, reason: reason.to_string(), remedy: remedy.into() }
    }

    /// Returns both slots, or the drift that must be repaired before anything goes forward here. Users
    /// without an answer are no obstacle: going forward to a color that answers is one way to end that.
    pub fn slots(&self) -> Result<SlotPair<'_>, Refusal> {
        let blocks = |drift: &&Drift| drift.kind == DriftKind::Disagreement;
        self.slots_unless(self.observation.drift.iter().find(blocks))
    }

    /// Returns both slots if there is no drift at all, for steps that remove a color.
    pub fn slots_without_drift(&self) -> Result<SlotPair<'_>, Refusal> {
        self.slots_unless(self.observation.drift.first())
    }

    fn slots_unless(&self, drift: Option<&Drift>) -> Result<SlotPair<'_>, Refusal> {
        if let Some(drift) = drift {
            return Err(self.refuse(&drift.what, drift.remedy.clone()));
        }
        self.slots_despite_drift()
            .ok_or_else(|| self.refuse("it is not known which color is live", remedies::DOCTOR))
    }

    /// Returns both slots if the live color is likely enough, whatever else disagrees.
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

    /// Refuses while a switch is running here: it will move users, and no second one can start. `again` says what to do once
    /// it has ended.
    pub fn no_switch_is_running(&self, again: &str) -> Result<(), HostRefusal> {
        match &self.observation.switching {
            Some(mark) if mark.running => {
                let remedy = format!("It ends by itself. {again} in a minute.");
                Err(self.refuse_here("a switch is running", remedy))
            }
            _ => Ok(()),
        }
    }

    /// Returns whether the live color is known to answer users.
    pub fn users_are_answered(&self) -> bool {
        self.observation.users_are_answered() == Some(true)
    }

    /// Returns the release that users are on according to the last recorded change.
    pub fn recorded_tag(&self) -> Option<&Tag> {
        self.observation.change()?.tag.as_ref()
    }

    pub fn job_tags(&self) -> Vec<&Tag> {
        self.observation
            .jobs
            .iter()
            .filter_map(|job| job.release.as_ref())
            .map(|release| &release.tag)
            .collect()
    }
}

impl<'a> SlotPair<'a> {
    pub fn live_tag(&self) -> Option<&'a Tag> {
        self.live_slot.release.as_ref().map(|release| &release.tag)
    }

    pub fn passive_tag(&self) -> Option<&'a Tag> {
        self.passive_slot.release.as_ref().map(|release| &release.tag)
    }

    /// A release is up on the passive color and the passive entry point shows it. Users do not reach it.
    pub fn is_prepared(&self) -> bool {
        self.shows_passive() && self.passive_slot.is_ready()
    }

    /// Refuses to work on a release that the passive entry point shows, but that is not up and healthy.
    pub fn refuse_unhealthy<R>(&self, host: &HostView<'_, R>, tag: &Tag) -> Refusal {
        let is = match self.passive_slot.running {
            Running::Up => "is not healthy",
            Running::Unseen => "could not be observed",
            _ => "does not run",
        };
        host.refuse(
            format!("{tag} is prepared on {}, but {is}", self.passive),
            format!("Read its log, then run `flipside prepare --release {tag}` to start it again."),
        )
    }

    /// The passive entry point leads to the passive color.
    pub fn shows_passive(&self) -> bool {
        self.passive_points_at == Some(self.passive)
    }

    /// The passive entry point leads to the live color, as it does outside a deployment.
    pub fn shows_live(&self) -> bool {
        self.passive_points_at == Some(self.live)
    }

    /// Returns the name of the color that the passive entry point leads to; `?` if unknown.
    pub fn shown(&self) -> &str {
        self.passive_points_at.map_or("?", Color::as_str)
    }
}
