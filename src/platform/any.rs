//! A platform without the type of its settings, as the engine uses it.

use super::{EntryPointCheck, Fence, KnownMember, LockClaim, LockRequests, Locking, Platform};
use super::{ProbeReply, ReadError};
use crate::domain::availability::{Availabilities, SourceQuery};
use crate::domain::command::Command;
use crate::domain::finding::Finding;
use crate::domain::names::{Color, EnvName};
use crate::domain::observation::Observation;
use crate::domain::plan::{Action, Effect, Intent, Plan, Refusal, Step};
use crate::domain::spec::{Member, PlatformSpec, capabilities};

const MAY_LOSE_REQUESTS: &str = "users may lose requests while they are switched";

/// [`Platform`] for members whose settings are not yet read back. Each function asks nothing and changes nothing for a
/// member of another platform.
pub trait AnyPlatform: Send + Sync {
    /// Returns whether these are settings of this platform.
    fn owns(&self, spec: &PlatformSpec) -> bool;
    fn probe(&self, member: &Member, last: Option<&Observation>) -> Vec<Action>;
    fn read(
        &self,
        member: &Member,
        replies: &[ProbeReply],
        last: Option<&Observation>,
    ) -> Result<Observation, ReadError>;
    fn locking(&self, member: &Member, claim: &LockClaim<'_>) -> Option<Locking>;
    fn lock_requests(&self, member: &Member, claim: &LockClaim<'_>) -> Option<LockRequests>;
    fn fenced(&self, member: &Member, command: &Command, fence: &Fence<'_>) -> Command;
    fn renewal(&self, member: &Member, fence: &Fence<'_>) -> Option<Command>;
    fn wanted(&self, intent: &Intent, known: &[KnownMember<'_>]) -> Vec<SourceQuery>;
    fn plan(
        &self,
        intent: &Intent,
        known: &[KnownMember<'_>],
        availability: &Availabilities,
    ) -> Result<Plan, Refusal>;
    fn follow_log(
        &self,
        member: &Member,
        color: &Color,
        last: Option<&Observation>,
    ) -> Option<Action>;
    fn doctor(&self, environment: &EnvName, member: &Member) -> Option<Command>;
    fn diagnose(&self, environment: &EnvName, member: &Member, reply: &ProbeReply) -> Vec<Finding>;
    fn examine(&self, environment: &EnvName, member: &Member) -> Vec<Finding>;
    fn entry_point_checks(&self, member: &Member) -> Vec<EntryPointCheck>;
    fn diagnose_fleet(&self, members: &[&Member]) -> Vec<Finding>;
}

impl<P: Platform> AnyPlatform for P {
    fn owns(&self, spec: &PlatformSpec) -> bool {
        spec.get::<P::Spec>().is_some()
    }

    fn probe(&self, member: &Member, last: Option<&Observation>) -> Vec<Action> {
        let spec = member.platform.get();
        spec.map(|spec| Platform::probe(self, member, spec, last)).unwrap_or_default()
    }

    fn read(
        &self,
        member: &Member,
        replies: &[ProbeReply],
        last: Option<&Observation>,
    ) -> Result<Observation, ReadError> {
        let Some(spec) = member.platform.get() else {
            let platform = member.platform.platform().to_owned();
            return Err(ReadError::OtherPlatform(platform));
        };
        Platform::read(self, member, spec, replies, last)
    }

    fn locking(&self, member: &Member, claim: &LockClaim<'_>) -> Option<Locking> {
        Platform::locking(self, member.platform.get()?, claim)
    }

    fn lock_requests(&self, member: &Member, claim: &LockClaim<'_>) -> Option<LockRequests> {
        Platform::lock_requests(self, member.platform.get()?, claim)
    }

    fn fenced(&self, member: &Member, command: &Command, fence: &Fence<'_>) -> Command {
        let spec = member.platform.get();
        spec.map_or_else(|| command.clone(), |spec| Platform::fenced(self, spec, command, fence))
    }

    fn renewal(&self, member: &Member, fence: &Fence<'_>) -> Option<Command> {
        Platform::renewal(self, member.platform.get()?, fence)
    }

    fn wanted(&self, intent: &Intent, known: &[KnownMember<'_>]) -> Vec<SourceQuery> {
        Platform::wanted(self, intent, known)
    }

    fn plan(
        &self,
        intent: &Intent,
        known: &[KnownMember<'_>],
        availability: &Availabilities,
    ) -> Result<Plan, Refusal> {
        let members = known.iter().map(|known| known.member);
        let can = capabilities(members.filter(|member| intent.selection.takes(&member.target)));
        if let Some(refusal) = can.refusal(intent.phase, &intent.app) {
            return Err(refusal);
        }
        let mut plan = Platform::plan(self, intent, known, availability)?;
        let switches = |step: &Step| step.is_to_do() && step.effect == Effect::Switches;
        if can.may_lose_requests && plan.steps().any(|(_, step)| switches(step)) {
            plan.warnings.push(MAY_LOSE_REQUESTS.to_owned());
        }
        Ok(plan)
    }

    fn follow_log(
        &self,
        member: &Member,
        color: &Color,
        last: Option<&Observation>,
    ) -> Option<Action> {
        Platform::follow_log(self, member, member.platform.get()?, color, last)
    }

    fn doctor(&self, environment: &EnvName, member: &Member) -> Option<Command> {
        Platform::doctor(self, environment, member, member.platform.get()?)
    }

    fn diagnose(&self, environment: &EnvName, member: &Member, reply: &ProbeReply) -> Vec<Finding> {
        let spec = member.platform.get();
        spec.map(|spec| Platform::diagnose(self, environment, member, spec, reply))
            .unwrap_or_default()
    }

    fn examine(&self, environment: &EnvName, member: &Member) -> Vec<Finding> {
        let spec = member.platform.get();
        spec.map(|spec| Platform::examine(self, environment, member, spec)).unwrap_or_default()
    }

    fn entry_point_checks(&self, member: &Member) -> Vec<EntryPointCheck> {
        let spec = member.platform.get();
        spec.map(|spec| Platform::entry_point_checks(self, member, spec)).unwrap_or_default()
    }

    fn diagnose_fleet(&self, members: &[&Member]) -> Vec<Finding> {
        Platform::diagnose_fleet(self, members)
    }
}
