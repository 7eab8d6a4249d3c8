//! Releases by yodeploy's deploy agent on each box (`POST /deploy/APP`), without SSH. An agent is an API whose requests are
//! known, so the phases are those of the platform for APIs; what the agent cannot say is said here.

mod answers;
mod doctor;
mod inventory;
mod settings;
mod spec;
#[cfg(test)]
mod tests;

use crate::domain::availability::{Availabilities, SourceQuery};
use crate::domain::command::Command;
use crate::domain::finding::Finding;
use crate::domain::names::{Color, EnvName};
use crate::domain::observation::Observation;
use crate::domain::plan::{Action, Intent, Plan, Refusal, Stage, StepState};
use crate::domain::spec::{Member, PlatformSpec};
use crate::platform::contract::{EntryPointCheck, KnownMember, Platform, ProbeReply, ReadError};
use crate::platform::http::phases;
use crate::platform::http::spec::HttpSpec;
use crate::platform::kit::builder::{self, PlanBuilder};
use crate::platform::locking::{Fence, LockClaim, Locking};
use spec::AgentSpec;

pub use inventory::{KEY, SECTION_KEYS, decode};

#[derive(Debug, Clone, Copy, Default)]
pub struct Agent;

const SILENT: &str =
    "the agent shows no progress and no output while it works, and gives no reason for a failure";

impl Platform for Agent {
    type Spec = AgentSpec;

    fn probe(&self, _: &Member, spec: &AgentSpec, last: Option<&Observation>) -> Vec<Action> {
        answers::probe(spec, last)
    }

    fn read(
        &self,
        member: &Member,
        spec: &AgentSpec,
        replies: &[ProbeReply],
        _: Option<&Observation>,
    ) -> Result<Observation, ReadError> {
        answers::read(member, spec, replies)
    }

    fn wanted(&self, _: &Intent, _: &[KnownMember<'_>]) -> Vec<SourceQuery> {
        Vec::new()
    }

    fn plan(
        &self,
        intent: &Intent,
        known: &[KnownMember<'_>],
        _: &Availabilities,
    ) -> Result<Plan, Refusal> {
        let mut builder = phases::plan(intent, known, view)?;
        name_blind_spots(&mut builder);
        Ok(builder.build(builder::basis(intent, known)))
    }

    /// The agent's own lock lasts for one request, and nobody else can take it.
    fn locking(&self, _: &AgentSpec, _: &LockClaim<'_>) -> Option<Locking> {
        None
    }

    fn fenced(&self, _: &AgentSpec, command: &Command, _: &Fence<'_>) -> Command {
        command.clone()
    }

    fn renewal(&self, _: &AgentSpec, _: &Fence<'_>) -> Option<Command> {
        None
    }

    fn follow_log(
        &self,
        _: &Member,
        _: &AgentSpec,
        _: &Color,
        _: Option<&Observation>,
    ) -> Option<Action> {
        None
    }

    fn doctor(&self, _: &EnvName, _: &Member, _: &AgentSpec) -> Option<Command> {
        None
    }

    fn diagnose(&self, _: &EnvName, _: &Member, _: &AgentSpec, _: &ProbeReply) -> Vec<Finding> {
        Vec::new()
    }

    fn examine(&self, _: &EnvName, _: &Member, _: &AgentSpec) -> Vec<Finding> {
        Vec::new()
    }

    fn entry_point_checks(&self, member: &Member, spec: &AgentSpec) -> Vec<EntryPointCheck> {
        doctor::entry_point_checks(member, spec)
    }

    fn diagnose_fleet(&self, _: &[&Member]) -> Vec<Finding> {
        doctor::blind_spots()
    }
}

fn view(spec: &PlatformSpec) -> Option<&HttpSpec> {
    spec.get::<AgentSpec>().map(|spec| &spec.api)
}

/// Says what the plan's requests will not show, and what is not known of a release that is live already.
fn name_blind_spots(builder: &mut PlanBuilder) {
    let steps = || builder.stages.iter().flat_map(Stage::steps);
    if steps().any(|(_, step)| step.is_to_do()) {
        builder.warnings.push(SILENT.to_owned());
    }
    let tracks = builder.stages.iter_mut().flat_map(|stage| &mut stage.tracks);
    for step in tracks.flat_map(|track| &mut track.steps) {
        if let StepState::AlreadyDone(why) = &mut step.state {
            why.push_str("; the agent does not say how its hooks ended");
        }
    }
}
