//! An artifact, a symlink and hooks, over SSH: a release is unpacked beside the others, and the link `live` is swung
//! to it. With a pair of services nginx moves the users, and the link follows; without one the link moves them.

mod agent;
mod config;
mod deliver;
mod doctor;
mod drift;
mod elsewhere;
mod facts;
#[cfg(test)]
mod fixture;
mod follow;
mod host;
mod inventory;
mod live_link;
mod observe;
mod prepare;
mod runtime;
mod scripts;
mod source;
mod spec;
mod steps;
mod workers;
mod workloads;

use crate::domain::availability::{Availabilities, SourceQuery};
use crate::domain::command::Command;
use crate::domain::finding::Finding;
use crate::domain::names::{Color, EnvName};
use crate::domain::observation::Observation;
use crate::domain::phase::Phase;
use crate::domain::plan::{Action, Intent, Plan, Refusal};
use crate::domain::spec::Member;
use crate::platform::contract::{EntryPointCheck, KnownMember, Platform, ProbeReply, ReadError};
use crate::platform::kit::{lock, phases, rollback};
use crate::platform::locking::{Fence, LockClaim, Locking};
use crate::platform::registration::Registration;
use host::{StackHosts, view};
use spec::SymlinkSpec;

pub(super) const REGISTRATION: Registration =
    Registration { decoder: &inventory::Decoder, platforms: &[&Symlink, &agent::Agent] };

#[derive(Debug, Clone, Copy, Default)]
struct Symlink;

impl Platform for Symlink {
    type Spec = SymlinkSpec;

    fn probe(
        &self,
        member: &Member,
        spec: &SymlinkSpec,
        last: Option<&Observation>,
    ) -> Vec<Action> {
        vec![Action::Run(observe::probe(member, spec, last))]
    }

    fn read(
        &self,
        member: &Member,
        spec: &SymlinkSpec,
        replies: &[ProbeReply],
        last: Option<&Observation>,
    ) -> Result<Observation, ReadError> {
        let reply = replies.first().ok_or_else(ReadError::no_reply)?;
        observe::read(member, spec, reply, last)
    }

    fn wanted(&self, intent: &Intent, known: &[KnownMember<'_>]) -> Vec<SourceQuery> {
        match intent.phase {
            Phase::Prepare => prepare::wanted(intent, known),
            Phase::Rollback => {
                rollback::wanted(intent, &StackHosts::of(intent, known, view), known)
            }
            _ => Vec::new(),
        }
    }

    fn plan(
        &self,
        intent: &Intent,
        known: &[KnownMember<'_>],
        availability: &Availabilities,
    ) -> Result<Plan, Refusal> {
        phases::plan(intent, known, availability, view, |stack| match intent.phase {
            Phase::Setup => Err(no_setup()),
            _ => prepare::plan(intent, stack, availability),
        })
    }

    fn locking(&self, spec: &SymlinkSpec, claim: &LockClaim<'_>) -> Option<Locking> {
        Some(lock::locking(&spec.stack, claim))
    }

    fn fenced(&self, spec: &SymlinkSpec, command: &Command, fence: &Fence<'_>) -> Command {
        lock::fenced(&spec.stack, command, fence)
    }

    fn renewal(&self, spec: &SymlinkSpec, fence: &Fence<'_>) -> Option<Command> {
        Some(lock::renewal(&spec.stack, fence))
    }

    fn follow_log(
        &self,
        _: &Member,
        spec: &SymlinkSpec,
        color: &Color,
        _: Option<&Observation>,
    ) -> Option<Action> {
        let lines = spec.pair.as_ref()?.service.follow(spec, color)?;
        Some(Action::Run(Command::new(lines).run_as(spec.stack.run_as)))
    }

    fn doctor(&self, _: &EnvName, member: &Member, spec: &SymlinkSpec) -> Option<Command> {
        Some(doctor::command(member, spec))
    }

    fn diagnose(
        &self,
        _: &EnvName,
        member: &Member,
        spec: &SymlinkSpec,
        reply: &ProbeReply,
    ) -> Vec<Finding> {
        doctor::diagnose(member, spec, reply)
    }

    fn examine(&self, _: &EnvName, _: &Member, _: &SymlinkSpec) -> Vec<Finding> {
        Vec::new()
    }

    fn entry_point_checks(&self, member: &Member, spec: &SymlinkSpec) -> Vec<EntryPointCheck> {
        doctor::entry_point_checks(member, spec)
    }

    fn diagnose_fleet(&self, _: &[&Member]) -> Vec<Finding> {
        Vec::new()
    }
}

fn no_setup() -> Refusal {
    Refusal {
        reason: "this platform sets up no server".to_owned(),
        remedy: "Make the directory and what serves users; `flipside doctor` says what is missing."
            .to_owned(),
        targets: Vec::new(),
    }
}
