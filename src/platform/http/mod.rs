//! Anyone's own API: requests of the inventory observe it and carry out the phases.

mod capabilities;
mod checks;
mod forward;
mod inventory;
mod lock;
mod logs;
mod observe;
mod request;
mod rollback;
mod settings;
mod spec;
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
use crate::domain::phase::Phase;
use crate::domain::plan::{Action, Intent, Plan, Refusal};
use crate::domain::spec::Member;
use crate::platform::contract::{EntryPointCheck, KnownMember, Platform, ProbeReply};
use crate::platform::kit::builder;
use crate::platform::locking::{Fence, LockClaim, LockRequests, Locking};
use crate::platform::registration::Registration;
use spec::HttpSpec;
use target::Apis;

pub(super) const REGISTRATION: Registration =
    Registration { decoder: &inventory::Decoder, platform: &Http };

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
    ) -> Result<Observation, String> {
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
        let apis = Apis::of(intent, known);
        let unlocked: Vec<String> = apis
            .all
            .iter()
            .filter(|api| api.spec.lock.is_none())
            .map(|api| api.member.target.to_string())
            .collect();
        let builder = match intent.phase {
            Phase::Prepare => forward::prepare(intent, &apis.all_observed()?),
            Phase::Verify => forward::verify(intent, &apis.all_observed()?),
            Phase::GoLive => forward::go_live(intent, &apis.all_observed()?),
            Phase::Rollback => rollback::plan(intent, &apis),
            Phase::Abandon => forward::abandon(intent, &apis),
            // `HttpSpec::capabilities` has none of these: nobody asks for them.
            phase @ (Phase::Finish | Phase::Repair | Phase::Setup | Phase::Unfreeze) => {
                Err(Refusal {
                    reason: format!("an API has no phase `{phase}`"),
                    remedy: String::new(),
                    targets: Vec::new(),
                })
            }
        }?;
        let warning = (!unlocked.is_empty()).then(|| {
            format!(
                "{} has no lock (`lock` in the inventory): nothing prevents a second run at the same time",
                unlocked.join(", ")
            )
        });
        Ok(builder.warned(warning).build(builder::basis(intent, known)))
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
