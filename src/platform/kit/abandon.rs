//! Abandon: give up a prepared release before users reach it. The passive entry point is pointed at the
//! live color again, the passive color is stopped, and what a failed prepare left is removed.

use super::builder::PlanBuilder;
use super::host::{HostView, StackHosts};
use super::runtime::Runtime;
use super::{steps, switch};
use crate::domain::observation::Running;
use crate::domain::plan::{Gate, Intent, Refusal, Step};
use crate::domain::release::Tag;
use crate::domain::rollback::PassiveRole;
use crate::domain::target::Carries;

pub fn plan<R: Runtime>(
    intent: &Intent,
    stack: &StackHosts<'_, R>,
) -> Result<PlanBuilder, Refusal> {
    let mut builder = PlanBuilder::new(intent);
    builder.left_out.clone_from(&stack.unobserved);
    let (mut tracks, mut refused) = (Vec::new(), Vec::new());
    for host in &stack.hosts {
        let mut steps = match host.member.carries {
            Carries::App => track(intent, stack, host).unwrap_or_else(|refusal| {
                refused.push(refusal);
                Vec::new()
            }),
            Carries::JobsOnly => Vec::new(),
        };
        steps.extend(R::leftovers(host));
        builder.warnings.extend(R::still_running(host));
        if !steps.is_empty() {
            tracks.push((host.member.target.clone(), steps));
        }
    }
    Refusal::any(refused)?;
    builder.stage("abandon", Gate::Barrier, tracks);
    Ok(builder)
}

fn track<R: Runtime>(
    intent: &Intent,
    stack: &StackHosts<'_, R>,
    host: &HostView<'_, R>,
) -> Result<Vec<Step>, Refusal> {
    let slots = host.slots()?;
    let there = stack.passive_release(host);
    let named = intent.release.as_ref().map(|release| &release.tag);
    match there {
        Some((there, role))
            if role != PassiveRole::Origin && named.is_some_and(|it| it != there) =>
        {
            let is = if role == PassiveRole::Prepared { "is prepared" } else { "is there" };
            let named = named.map_or("", Tag::as_str);
            return Err(host.refuse(
                format!("{there} {is}, not {named}"),
                "Name that release, or none to abandon whatever is prepared.",
            ));
        }
        Some((there, PassiveRole::Unknown)) if named.is_none() => {
            return Err(host.refuse(
                format!(
                    "{} {there} runs, and nothing shows whether it is prepared or is the release that users \
                     came from",
                    slots.passive
                ),
                format!("If it must be stopped, name it: `flipside abandon --release {there}`."),
            ));
        }
        _ => {}
    }
    let pointed = slots.shows_live().then(|| format!("it shows {}", slots.live));
    // The release that users came from stays up, since a rollback goes to it.
    let is_origin = matches!(there, Some((_, PassiveRole::Origin)));
    let stopped = match slots.passive_slot.running {
        Running::Stopped | Running::Absent => Some(format!("{} does not run", slots.passive)),
        _ if is_origin => {
            Some(format!("users came from {}, which stays up for a rollback", slots.passive))
        }
        _ => None,
    };
    let back = switch::passive(host, slots.live, slots.live_tag())?;
    let mut steps =
        vec![R::stop(intent, host, slots.passive).already(stopped), back.already(pointed)];
    if host.observation.cold_rollback.is_some() {
        let title = "remove the mark of the rollback that started it".to_owned();
        steps.push(steps::mark(host, "returning", None, title));
    }
    Ok(steps)
}
