//! Docker Compose behind nginx, over SSH: two containers per host, one nginx include that selects the
//! container that users reach, and one that selects the container that can be verified first.

mod cold;
mod deployed_file;
mod docker;
mod doctor;
mod drift;
mod facts;
mod host;
mod inventory;
mod jobs;
mod leftovers;
mod observe;
mod preflight;
mod prepare;
mod prune;
mod reference;
mod rollback_jobs;
mod runtime;
mod scripts;
mod services;
mod setup;
mod spec;
mod steps;
mod template;
mod workloads;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod lock_tests;
#[cfg(test)]
mod rollback_tests;

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

pub use spec::{ComposeSpec, Migration};

pub(super) const REGISTRATION: Registration =
    Registration { decoder: &inventory::Decoder, platforms: &[&Compose] };

#[derive(Debug, Clone, Copy, Default)]
struct Compose;

impl Platform for Compose {
    type Spec = ComposeSpec;

    fn probe(
        &self,
        member: &Member,
        spec: &ComposeSpec,
        last: Option<&Observation>,
    ) -> Vec<Action> {
        vec![Action::Run(observe::command(member, spec, last))]
    }

    fn read(
        &self,
        member: &Member,
        spec: &ComposeSpec,
        replies: &[ProbeReply],
        last: Option<&Observation>,
    ) -> Result<Observation, ReadError> {
        let reply = replies.first().ok_or_else(ReadError::no_reply)?;
        observe::read(member, spec, reply, last)
    }

    fn wanted(&self, intent: &Intent, known: &[KnownMember<'_>]) -> Vec<SourceQuery> {
        match intent.phase {
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
            Phase::Setup => setup::plan(intent, stack),
            _ => prepare::plan(intent, stack),
        })
    }

    fn locking(&self, spec: &ComposeSpec, claim: &LockClaim<'_>) -> Option<Locking> {
        Some(lock::locking(&spec.stack, claim))
    }

    fn fenced(&self, spec: &ComposeSpec, command: &Command, fence: &Fence<'_>) -> Command {
        lock::fenced(&spec.stack, command, fence)
    }

    fn renewal(&self, spec: &ComposeSpec, fence: &Fence<'_>) -> Option<Command> {
        Some(lock::renewal(&spec.stack, fence))
    }

    fn follow_log(
        &self,
        _: &Member,
        spec: &ComposeSpec,
        color: &Color,
        _: Option<&Observation>,
    ) -> Option<Action> {
        let service = &spec.proxy.colors.get(color)?.service;
        let script = scripts::FOLLOW.command().after(&scripts::engine(spec));
        Some(Action::Run(script.run_as(spec.stack.run_as).args([&spec.project, service])))
    }

    fn doctor(
        &self,
        environment: &EnvName,
        member: &Member,
        spec: &ComposeSpec,
    ) -> Option<Command> {
        Some(doctor::command(environment, member, spec))
    }

    fn diagnose(
        &self,
        environment: &EnvName,
        member: &Member,
        spec: &ComposeSpec,
        reply: &ProbeReply,
    ) -> Vec<Finding> {
        doctor::diagnose(environment, member, spec, reply)
    }

    fn examine(&self, environment: &EnvName, member: &Member, spec: &ComposeSpec) -> Vec<Finding> {
        doctor::examine(environment, member, spec)
    }

    fn entry_point_checks(&self, member: &Member, spec: &ComposeSpec) -> Vec<EntryPointCheck> {
        doctor::entry_point_checks(member, spec)
    }

    fn diagnose_fleet(&self, members: &[&Member]) -> Vec<Finding> {
        doctor::stack_findings(members)
    }
}
