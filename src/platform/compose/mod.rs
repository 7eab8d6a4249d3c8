//! Docker Compose behind nginx, over SSH: two containers per host, one nginx include that selects the
//! container that users reach, and one that selects the container that can be verified first.

mod abandon;
mod answers;
mod builder;
mod deployed_file;
mod docker;
mod doctor;
mod drift;
mod facts;
mod finish;
mod freeze;
mod go_live;
mod host;
mod include;
mod jobs;
mod leftovers;
mod lock;
mod nginx;
mod observe;
mod preflight;
mod prepare;
mod reference;
mod remedies;
mod repair;
mod restore_live;
mod rollback;
mod scripts;
mod services;
mod setup;
mod steps;
mod template;
mod unfreeze;
mod verify;
mod workloads;

#[cfg(test)]
mod fixture;

use crate::domain::availability::{Availabilities, ReleaseToPull};
use crate::domain::command::Command;
use crate::domain::finding::Finding;
use crate::domain::names::{Color, EnvName};
use crate::domain::observation::Observation;
use crate::domain::phase::Phase;
use crate::domain::plan::{Action, Intent, Plan, Refusal};
use crate::domain::spec::{Member, PlatformSpec};
use crate::platform::{
    Capabilities, EntryPointCheck, Fence, KnownMember, LockClaim, Locking, Platform, ProbeReply,
};
use host::{HostView, StackHosts};

#[derive(Debug, Clone, Copy, Default)]
pub struct Compose;

impl Platform for Compose {
    fn capabilities(&self) -> Capabilities {
        Capabilities { passive_slot: true, split: false, point_of_no_return: false }
    }

    fn probe(&self, member: &Member, last: Option<&Observation>) -> Vec<Action> {
        let PlatformSpec::Compose(spec) = &member.platform;
        vec![Action::Run(observe::command(member, spec, last))]
    }

    fn read(
        &self,
        member: &Member,
        replies: &[ProbeReply],
        last: Option<&Observation>,
    ) -> Result<Observation, String> {
        let PlatformSpec::Compose(spec) = &member.platform;
        let reply = replies.first().ok_or("no reply of the host")?;
        observe::read(member, spec, reply, last)
    }

    fn wanted(&self, intent: &Intent, known: &[KnownMember<'_>]) -> Vec<ReleaseToPull> {
        match intent.phase {
            Phase::Rollback => rollback::wanted(intent, StackHosts::of(intent, known), known),
            _ => Vec::new(),
        }
    }

    fn plan(
        &self,
        intent: &Intent,
        known: &[KnownMember<'_>],
        availability: &Availabilities,
    ) -> Result<Plan, Refusal> {
        let stack = StackHosts::of(intent, known);
        let basis = builder::basis(intent, known);
        let frozen = freeze::find(intent, known);
        let builder = match intent.phase {
            Phase::Prepare => prepare::plan(intent, &stack.all_observed()?),
            Phase::Verify => verify::plan(intent, &stack.all_observed()?),
            Phase::GoLive => match &frozen {
                Some(frozen) => Err(frozen.refusal()),
                None => go_live::plan(intent, &stack.all_observed()?),
            },
            Phase::Rollback => rollback::plan(intent, stack, known, availability),
            Phase::Abandon => abandon::plan(intent, &stack),
            Phase::Finish => finish::plan(intent, &stack.all_observed()?),
            Phase::Repair => repair::plan(intent, &stack),
            Phase::Setup => setup::plan(intent, &stack.all_observed()?),
            Phase::Unfreeze => unfreeze::plan(intent, &stack),
        }?;
        Ok(builder.warned(frozen.and_then(|frozen| frozen.warning(intent.phase))).build(basis))
    }

    fn locking(&self, member: &Member, claim: &LockClaim<'_>) -> Option<Locking> {
        let PlatformSpec::Compose(spec) = &member.platform;
        Some(lock::locking(spec, claim))
    }

    fn fenced(&self, member: &Member, command: &Command, fence: &Fence<'_>) -> Command {
        let PlatformSpec::Compose(spec) = &member.platform;
        lock::fenced(spec, command, fence)
    }

    fn renewal(&self, member: &Member, fence: &Fence<'_>) -> Option<Command> {
        let PlatformSpec::Compose(spec) = &member.platform;
        Some(lock::renewal(spec, fence))
    }

    fn follow_log(&self, member: &Member, color: &Color) -> Option<Command> {
        let PlatformSpec::Compose(spec) = &member.platform;
        let service = &spec.colors.get(color)?.service;
        let script = Command::script(scripts::FOLLOW.name, &scripts::FOLLOW.for_engine(spec));
        Some(script.run_as(spec.run_as).args([&spec.project, service]))
    }

    fn doctor(&self, environment: &EnvName, member: &Member) -> Option<Command> {
        let PlatformSpec::Compose(spec) = &member.platform;
        Some(doctor::command(environment, member, spec))
    }

    fn diagnose(&self, environment: &EnvName, member: &Member, reply: &ProbeReply) -> Vec<Finding> {
        let PlatformSpec::Compose(spec) = &member.platform;
        doctor::diagnose(environment, member, spec, reply)
    }

    fn examine(&self, environment: &EnvName, member: &Member) -> Vec<Finding> {
        let PlatformSpec::Compose(spec) = &member.platform;
        doctor::examine(environment, member, spec)
    }

    fn entry_point_checks(&self, member: &Member) -> Vec<EntryPointCheck> {
        let PlatformSpec::Compose(spec) = &member.platform;
        doctor::entry_point_checks(member, spec)
    }

    fn diagnose_fleet(&self, members: &[&Member]) -> Vec<Finding> {
        doctor::stack_findings(members)
    }
}
