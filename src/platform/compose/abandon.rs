//! Abandon: give up a prepared release before users reach it. The passive entry point is led back to the
//! live color, the passive color is stopped, and the containers of failed migrations are removed.

use super::builder::PlanBuilder;
use super::host::{HostView, StackHosts};
use super::{leftovers, remedies, steps};
use crate::domain::observation::Running;
use crate::domain::plan::{Gate, Intent, Refusal, Step};
use crate::domain::target::Carries;

pub fn plan(intent: &Intent, stack: &StackHosts<'_>) -> Result<PlanBuilder, Refusal> {
    let mut builder = PlanBuilder::new(intent);
    builder.left_out.clone_from(&stack.unobserved);
    let (mut tracks, mut refused) = (Vec::new(), Vec::new());
    for host in &stack.hosts {
        let mut steps = match host.member.carries {
            Carries::App => track(intent, host).unwrap_or_else(|refusal| {
                refused.push(refusal);
                Vec::new()
            }),
            Carries::JobsOnly => Vec::new(),
        };
        steps.extend(leftovers::remove(host));
        builder.warnings.extend(leftovers::still_running(host));
        if !steps.is_empty() {
            tracks.push((host.member.target.clone(), steps));
        }
    }
    Refusal::any(refused)?;
    builder.stage("abandon", Gate::Barrier, tracks);
    Ok(builder)
}

fn track(intent: &Intent, host: &HostView<'_>) -> Result<Vec<Step>, Refusal> {
    let slots = host.slots()?;
    if let Some(named) = &intent.release
        && slots.passive_tag().is_some_and(|there| *there != named.tag)
        && slots.shows_passive()
    {
        let there = slots.passive_tag().map_or("?".to_owned(), ToString::to_string);
        return Err(host.refuse(
            format!("{there} is prepared, not {named}"),
            "Name that release, or none to abandon whatever is prepared.",
        ));
    }
    let pointed = slots.shows_live().then(|| format!("it shows {}", slots.live));
    // The release that users came from stays up, since a rollback goes to it.
    let origin = host.observation.origin();
    let is_origin = origin.is_some_and(|origin| slots.passive_tag() == Some(&origin.release.tag));
    let stopped = match slots.passive_slot.running {
        Running::Stopped | Running::Absent => Some(format!("{} does not run", slots.passive)),
        _ if is_origin => {
            Some(format!("users came from {}, which stays up for a rollback", slots.passive))
        }
        _ => None,
    };
    let back = steps::switch(host, &host.facts, slots.live, slots.live_tag(), None)
        .map_err(|why| host.refuse(why, remedies::INCLUDE))?;
    let mut steps = vec![steps::stop(host, slots.passive).already(stopped), back.already(pointed)];
    if host.observation.cold_rollback.is_some() {
        let title = "remove the mark of the rollback that started it".to_owned();
        steps.push(steps::mark(host, "returning", None, title));
    }
    Ok(steps)
}
