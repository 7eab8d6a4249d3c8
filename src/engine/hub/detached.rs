//! Orders that a task of their own carries out, beside the run.

use std::sync::Arc;

use super::Hub;
use crate::domain::availability::Availabilities;
use crate::domain::event::What;
use crate::domain::lock::LockId;
use crate::domain::names::{AppName, StackName};
use crate::domain::observation::Observed;
use crate::domain::order::Proposal;
use crate::domain::plan::{Intent, Operator, Plan, Refusal};
use crate::domain::spec::Member;
use crate::domain::target::Target;
use crate::engine::context::EngineContext;
use crate::engine::hooks;
use crate::engine::locks::{self, LockRemoval};
use crate::engine::services::Services;
use crate::engine::stragglers::WaitPolicy;
use crate::engine::{availability, examine, observe};

impl Hub {
    pub(super) fn propose(&self, intent: Intent) {
        let (services, proposals) = (self.services.clone(), self.proposals.clone());
        tokio::spawn(async move {
            let Services { context, bus, .. } = &services;
            let members = context.members(&intent.app, &intent.stack);
            let emit = |member: &Member, observed: &Observed| {
                let (target, observed) = (member.target.clone(), observed.clone());
                bus.emit_outside_run(What::Observed { target, observed });
            };
            let waits = WaitPolicy::of(intent.phase);
            let seen = observe::selected(context, &members, &intent, waits, emit).await;
            let plan =
                availability::plan(&services, &intent, &seen, &mut Availabilities::default()).await;
            let plan = plan.and_then(|plan| with_hooks(context, plan));
            let plan = bus.scrubbed_plan(plan);
            let release = intent.release.map(|release| release.tag);
            // The client that asked may be gone.
            let _ = proposals.send(Proposal { run: intent.run, release, plan });
        });
    }

    pub(super) fn examine(&self, app: &AppName, stack: &StackName, targets: &[Target]) {
        let members: Vec<Member> =
            self.services.context.members(app, stack).into_iter().cloned().collect();
        let wanted: Vec<Member> =
            members.iter().filter(|member| targets.contains(&member.target)).cloned().collect();
        let (context, bus) = (self.services.context.clone(), self.services.bus.clone());
        tokio::spawn(async move { examine::all(&context, &bus, &members, &wanted).await });
    }

    pub(super) fn observe_now(&self) {
        let (shell, ask) = (Arc::clone(&self.services.context.shell), self.ask.clone());
        tokio::spawn(async move {
            shell.try_again().await;
            ask.send_modify(|count| *count += 1);
        });
    }

    pub(super) fn unlock(&self, locks: Vec<(Member, LockId)>, reason: String, by: Operator) {
        let (context, bus) = (self.services.context.clone(), self.services.bus.clone());
        tokio::spawn(async move {
            for (member, id) in locks {
                let target = member.target.clone();
                match locks::remove(&context, &member, &id).await {
                    Ok(LockRemoval::Free(was)) => {
                        let was = match (was, &id) {
                            (Some(was), _) => Some(was.to_string()),
                            (None, LockId::File(_)) => Some("?".to_owned()),
                            (None, LockId::Run(_)) => None,
                        };
                        if let Some(was) = was {
                            let text =
                                format!("{target}: {by} removed the lock of {was}: {reason}");
                            bus.emit_outside_run(What::Note { text });
                        }
                        bus.emit_outside_run(What::LockReleased { target });
                    }
                    Ok(LockRemoval::Another(holder)) => {
                        let why = format!("another lock took its place, which stays: {holder}");
                        bus.emit_outside_run(What::LockLeft { target, why });
                    }
                    Err(error) => {
                        bus.emit_outside_run(What::LockLeft { target, why: error.to_string() });
                    }
                }
            }
        });
    }
}

/// Returns the plan with the hooks that a run of it carries out.
fn with_hooks(context: &EngineContext, mut plan: Plan) -> Result<Plan, Refusal> {
    plan.hooks = hooks::planned(context, &plan.intent, None).map_err(|missing| Refusal {
        reason: format!("a hook names {{{missing}}}, whose value is not known"),
        remedy: format!("Remove {{{missing}}} from the hook."),
        targets: Vec::new(),
    })?;
    Ok(plan)
}
