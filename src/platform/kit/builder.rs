//! The builder of a plan, and the basis that identifies what the plan was made from.

use serde::Serialize;

use crate::base::checksum::sha256;
use crate::domain::names::Color;
use crate::domain::observation::{Observed, Running, Slot, Traffic};
use crate::domain::plan::{Basis, Gate, Intent, LeftOut, Pause, Plan, Stage, Step, Track, Width};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::RollbackPreview;
use crate::domain::target::Target;
use crate::platform::contract::KnownMember;

#[derive(Debug)]
pub struct PlanBuilder {
    pub intent: Intent,
    pub stages: Vec<Stage>,
    pub warnings: Vec<String>,
    pub left_out: Vec<LeftOut>,
    pub rollback: Option<Box<RollbackPreview>>,
    /// The releases that hosts have to fetch.
    pub fetched: Vec<(Target, Release)>,
}

impl PlanBuilder {
    pub fn new(intent: &Intent) -> Self {
        Self {
            intent: intent.clone(),
            stages: Vec::new(),
            warnings: Vec::new(),
            left_out: Vec::new(),
            rollback: None,
            fetched: Vec::new(),
        }
    }

    /// Returns the builder of a plan that is about this release.
    pub fn of_release(intent: &Intent, tag: &Tag) -> Self {
        let release = Some(Release::of_tag(tag.clone()));
        Self::new(&Intent { release, ..intent.clone() })
    }

    /// Makes the plan that of a rollback: its goal is the one that the preview shows.
    pub fn rolls_back(&mut self, preview: RollbackPreview) {
        self.intent.goal = Some(preview.goal.clone());
        self.rollback = Some(Box::new(preview));
    }

    /// Adds a stage. Tracks without steps, and a stage without tracks, are omitted.
    pub fn stage(
        &mut self,
        name: impl Into<String>,
        gate: Gate,
        tracks: impl IntoIterator<Item = (Target, Vec<Step>)>,
    ) -> &mut Self {
        let tracks = tracks.into_iter().map(|(target, steps)| Track::of(&target, steps));
        self.tracks(name, None, gate, tracks.collect())
    }

    /// Adds a stage, after a pause, of tracks that define when they begin.
    pub fn tracks(
        &mut self,
        name: impl Into<String>,
        pause: Option<Pause>,
        gate: Gate,
        mut tracks: Vec<Track>,
    ) -> &mut Self {
        tracks.retain(|track| !track.steps.is_empty());
        if !tracks.is_empty() {
            self.stages.push(Stage { name: name.into(), width: Width::All, pause, tracks, gate });
        }
        self
    }

    /// Puts a warning before all others.
    #[must_use]
    pub fn warned(mut self, warning: Option<String>) -> Self {
        self.warnings.splice(..0, warning);
        self
    }

    pub fn build(self, basis: Basis) -> Plan {
        let Self { intent, stages, warnings, left_out, rollback, .. } = self;
        Plan { intent, basis, stages, warnings, left_out, rollback, hooks: Vec::new() }
    }
}

/// The parts of an observation that a plan depends on: no ages, no times, no health, which come and go.
#[derive(Serialize)]
struct BasisFields<'a> {
    target: &'a Target,
    configured: Option<&'a str>,
    answered: Option<&'a str>,
    recorded: Option<&'a str>,
    passive: Option<&'a str>,
    colors: Vec<(&'a str, Option<String>, bool)>,
    jobs: Vec<Option<String>>,
    drift: Vec<&'a str>,
}

/// Returns a short checksum of what is known of the selected hosts.
pub fn basis(intent: &Intent, known: &[KnownMember<'_>]) -> Basis {
    let selected = known.iter().filter(|known| intent.selection.takes(&known.member.target));
    // A host without a current observation is no part of it, whether it was asked or not.
    let fields: Vec<_> = selected.filter_map(basis_fields).collect();
    let text = serde_json::to_string(&fields).unwrap_or_default();
    Basis(sha256(&text)[..12].to_owned())
}

fn basis_fields<'a>(known: &KnownMember<'a>) -> Option<BasisFields<'a>> {
    let Observed::Current(observation) = known.observed else { return None };
    let Traffic { configured, answer, recorded, .. } = &observation.live;
    let release = |slot: &Slot| slot.release.as_ref().map(|r| format!("{r} {:?}", r.digest));
    Some(BasisFields {
        target: &observation.target,
        configured: configured.as_ref().map(Color::as_str),
        answered: answer.as_ref().and_then(|answer| answer.color.as_ref()).map(Color::as_str),
        recorded: recorded.as_ref().map(Color::as_str),
        passive: observation.passive_points_at.as_ref().map(Color::as_str),
        colors: observation
            .colors
            .iter()
            .map(|(name, slot)| (name.as_str(), release(slot), slot.running == Running::Up))
            .collect(),
        jobs: observation
            .jobs
            .iter()
            .map(|job| job.release.as_ref().map(ToString::to_string))
            .collect(),
        drift: observation.drift.iter().map(|drift| drift.what.as_str()).collect(),
    })
}
