//! Anyone's own API: requests of the inventory observe it and carry out the phases.

mod capabilities;
mod checks;
mod forward;
mod inventory;
mod lock;
mod logs;
pub(super) mod observe;
pub(super) mod phases;
pub(super) mod request;
mod rollback;
mod settings;
pub(super) mod spec;
mod target;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use crate::domain::availability::{Availabilities, SourceQuery};
use crate::domain::command::Command;
use crate::domain::finding::Finding;
use crate::domain::http::Request;
use crate::domain::names::{Color, EnvName};
use crate::domain::observation::Observation;
use crate::domain::plan::{Action, Intent, Plan, Refusal};
use crate::domain::spec::{Member, PlatformSpec};
use crate::platform::contract::{EntryPointCheck, KnownMember, Platform, ProbeReply, ReadError};
use crate::platform::kit::builder;
use crate::platform::locking::{Fence, LockClaim, LockRequests, Locking};
use crate::platform::registration::Registration;
use spec::HttpSpec;

pub(super) const REGISTRATION: Registration =
    Registration { decoder: &inventory::Decoder, platforms: &[&Http] };

#[derive(Debug, Clone, Copy, Default)]
pub struct Http;

impl Platform for Http {
    type Spec = HttpSpec;

    fn probe(&self, _: &Member, spec: &HttpSpec, _: Option<&Observation>) -> Vec<Action> {
        observe::probe(spec)
    }

    fn read(
        &self,
        member: &Member,
        spec: &HttpSpec,
        replies: &[ProbeReply],
        _: Option<&Observation>,
    ) -> Result<Observation, ReadError> {
        observe::read(member, spec, replies)
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
        let builder = phases::plan(intent, known, PlatformSpec::get)?;
        Ok(builder.build(builder::basis(intent, known)))
    }

    /// The lock is no command: see [`Platform::lock_requests`].
    fn locking(&self, _: &HttpSpec, _: &LockClaim<'_>) -> Option<Locking> {
        None
    }

    fn lock_requests(&self, spec: &HttpSpec, claim: &LockClaim<'_>) -> Option<LockRequests> {
        lock::requests(spec, claim)
    }

    fn fenced(&self, _: &HttpSpec, command: &Command, _: &Fence<'_>) -> Command {
        command.clone()
    }

    fn renewal(&self, _: &HttpSpec, _: &Fence<'_>) -> Option<Command> {
        None
    }

    fn follow_log(
        &self,
        member: &Member,
        spec: &HttpSpec,
        color: &Color,
        last: Option<&Observation>,
    ) -> Option<Action> {
        logs::request(member, spec, color, last).map(Action::Request)
    }

    fn doctor(&self, _: &EnvName, _: &Member, _: &HttpSpec) -> Option<Command> {
        None
    }

    fn diagnose(&self, _: &EnvName, _: &Member, _: &HttpSpec, _: &ProbeReply) -> Vec<Finding> {
        Vec::new()
    }

    fn examine(&self, _: &EnvName, _: &Member, _: &HttpSpec) -> Vec<Finding> {
        Vec::new()
    }

    fn entry_point_checks(&self, member: &Member, spec: &HttpSpec) -> Vec<EntryPointCheck> {
        let request: Request = request::get(spec, &spec.observe.path);
        vec![EntryPointCheck {
            name: format!("{} of {}", spec.observe.path, member.target),
            request,
            remedy: "Check `url`, `auth` and the network between this machine and the API."
                .to_owned(),
        }]
    }

    fn diagnose_fleet(&self, _: &[&Member]) -> Vec<Finding> {
        Vec::new()
    }
}
