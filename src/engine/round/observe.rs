//! Observations during a round.

use tokio::time::Instant;

use super::Round;
use super::end::RoundState;
use crate::domain::event::What;
use crate::domain::observation::Observed;
use crate::domain::plan::Intent;
use crate::domain::spec::Member;
use crate::domain::target::Target;
use crate::engine::context::Attendance;
use crate::engine::observe;
use crate::engine::services::Services;
use crate::engine::stragglers::WaitPolicy;

impl Round<'_> {
    /// Observes a target after its own last step, while others are still in progress. Only this run, which holds the
    /// lock, can change it afterwards.
    pub(super) async fn observe_after_last_step(&self, target: &Target, shared: &RoundState) {
        let context = &self.services.context;
        let Some(member) = self.member(target) else { return };
        let asked = Instant::now();
        if let Observed::Current(seen) =
            observe::at(context, member, WaitPolicy::ForMost.patience()).await
        {
            shared.observed(target, asked, seen);
        }
    }

    fn member(&self, target: &Target) -> Option<&Member> {
        let Intent { app, stack, .. } = &self.plan.intent;
        let members = self.services.context.members(app, stack);
        members.into_iter().find(|member| member.target == *target)
    }

    /// Observes a target whose users were just moved, for the person at the screen. The run does not need it.
    pub(super) fn show(&self, target: &Target) {
        if self.services.context.attendance == Attendance::Unattended {
            return;
        }
        let Services { context, bus, .. } = self.services.clone();
        let member = self.member(target).cloned();
        tokio::spawn(async move {
            let Some(member) = member else { return };
            if let Some(observed) = observe::aside(&context, &member).await {
                bus.emit_outside_run(What::Observed { target: member.target, observed });
            }
        });
    }
}
