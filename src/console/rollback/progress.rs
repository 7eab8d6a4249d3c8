//! How far a rollback is, host by host: what was claimed of it, and what was seen.

use crate::console::app::state::State;
use crate::console::fleet::{Host, Side};
use crate::domain::deploy::{Doing, Progress};
use crate::domain::observation::{HttpAnswer, Proof, Traffic};
use crate::domain::phase::Phase;
use crate::domain::plan::{Effect, Plan};
use crate::domain::rollback::{RollbackGoal, RollbackPreview};
use crate::domain::target::Target;

/// One host of a rollback that moves users.
#[derive(Debug, Clone)]
pub struct HostRollback<'a> {
    pub host: Host<'a>,
    pub standing: RollbackStage<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollbackStage<'a> {
    Waits,
    /// At this step.
    Works(&'a str),
    /// Its script reported success.
    Switched,
    /// A later observation showed that users are back and get good answers.
    Verified,
    /// The reason, and how often the host was observed since.
    Unknown(&'a str, u32),
    Failed(&'a str),
    Skipped,
}

impl State {
    /// Returns the progress of the current or last rollback, until it was acknowledged.
    pub fn rollback_progress(&self) -> Option<Vec<HostRollback<'_>>> {
        let plan =
            self.run.deploy.plan.as_ref().filter(|plan| plan.intent.phase == Phase::Rollback)?;
        let is_acknowledged =
            self.run.deploy.verdict.is_some() && self.run.acknowledged == self.run.deploy.run;
        if is_acknowledged || !moves_users(plan) {
            return None;
        }
        let meant = |host: &Host<'_>| plan.intent.selection.takes(&host.member.target);
        let hosts = self.hosts().filter(Host::has_colors).filter(meant);
        Some(hosts.map(|host| HostRollback { standing: standing(&host, plan), host }).collect())
    }

    /// Hides a rollback that is all done and was read. One that is not done stays.
    pub fn acknowledge_rollback(&mut self) -> bool {
        let over = self.run.deploy.verdict.is_some();
        let back = |returns: Vec<HostRollback<'_>>| {
            over && returns.iter().all(|one| one.standing == RollbackStage::Verified)
        };
        let done = self.rollback_progress().is_some_and(back);
        if done {
            self.run.acknowledged = self.run.deploy.run.clone();
        }
        done
    }
}

fn moves_users(plan: &Plan) -> bool {
    plan.steps().any(|(_, step)| step.effect == Effect::Switches)
}

fn standing<'a>(host: &Host<'a>, plan: &'a Plan) -> RollbackStage<'a> {
    let target = &host.member.target;
    if plan.rollback.as_ref().is_some_and(|rollback| is_back(host, rollback)) {
        return RollbackStage::Verified;
    }
    if let Some(why) = left_out(plan, target) {
        let observations = host.progress.map_or(0, |progress| progress.observations);
        // Newer words say more than those that it was left out with.
        return RollbackStage::Unknown(host.why_failed().unwrap_or(why), observations);
    }
    let waits = |observations| {
        host.why_failed()
            .map_or(RollbackStage::Waits, |why| RollbackStage::Unknown(why, observations))
    };
    let Some(progress) = host.progress else { return waits(0) };
    let step = progress.step.as_ref().map_or("", |step| step.name.as_str());
    match &progress.doing {
        Doing::Failed(why) => RollbackStage::Failed(why),
        Doing::Unknown(why) => RollbackStage::Unknown(why, progress.observations),
        Doing::Skipped => RollbackStage::Skipped,
        _ if is_switched(progress) => RollbackStage::Switched,
        Doing::Working => RollbackStage::Works(step),
        Doing::Queued | Doing::Done => waits(progress.observations),
    }
}

fn left_out<'a>(plan: &'a Plan, target: &Target) -> Option<&'a str> {
    let left = plan.left_out.iter().find(|left| left.target == *target)?;
    Some(&left.why)
}

fn is_switched(progress: &Progress) -> bool {
    let step = progress.step.as_ref();
    let switches = step.is_some_and(|step| step.effect == Effect::Switches);
    progress.switch_took.is_some() || (switches && progress.doing == Doing::Done)
}

/// Observed after the last switch there: users get the release that they were to be sent to, and get it well. Of a
/// host that was not seen when that was decided, they get anything but the release that is left: its switch may
/// never have begun.
fn is_back(host: &Host<'_>, rollback: &RollbackPreview) -> bool {
    let Side::Known { release: Some(release), .. } = host.live() else { return false };
    let route = rollback.routes.iter().find(|route| route.target == host.member.target);
    let is_right = match (route.and_then(|route| route.to.as_ref()), &rollback.goal) {
        (Some((_, to)), _) => release.tag == to.tag,
        (None, RollbackGoal::To(to) | RollbackGoal::Continue { to, .. }) => release.tag == *to,
        (None, RollbackGoal::Leave(left)) if route.is_none() => release.tag != *left,
        (None, _) => false,
    };
    let is_well = |live: &Traffic| match live.proof {
        Proof::Answer => live.answer.as_ref().is_some_and(HttpAnswer::is_ok),
        Proof::Link | Proof::NoUsers => live.is_answered(),
    };
    is_right && host.observation().is_some_and(|seen| is_well(&seen.live))
}
