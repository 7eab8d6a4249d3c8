//! Abandon: give up a prepared release before users saw it. The passive side shows the live color
//! again, the passive color is stopped, and what is left of a migration that failed is removed.

use super::draft::Draft;
use super::host::{Fleet, Host};
use super::{leftovers, scripts, steps};
use crate::domain::observation::Running;
use crate::domain::plan::{Gate, Intent, Refusal, Step};
use crate::domain::target::Carries;

pub fn plan(intent: &Intent, fleet: &Fleet<'_>) -> Result<Draft, Refusal> {
    let mut draft = Draft::new(intent);
    draft.left_out.clone_from(&fleet.unseen);
    let (mut tracks, mut refused) = (Vec::new(), Vec::new());
    for host in &fleet.hosts {
        let mut steps = match host.member.carries {
            Carries::App => track(intent, host).unwrap_or_else(|refusal| {
                refused.push(refusal);
                Vec::new()
            }),
            Carries::JobsOnly => Vec::new(),
        };
        steps.extend(leftovers::remove(host));
        draft.warnings.extend(leftovers::still_running(host));
        if !steps.is_empty() {
            tracks.push((host.member.target.clone(), steps));
        }
    }
    Refusal::any(refused)?;
    draft.stage("abandon", Gate::Barrier, tracks);
    Ok(draft)
}

fn track(intent: &Intent, host: &Host<'_>) -> Result<Vec<Step>, Refusal> {
    let sides = host.sides()?;
    if let Some(meant) = &intent.release
        && sides.passive_tag().is_some_and(|there| *there != meant.tag)
        && sides.shows_passive()
    {
        let there = sides.passive_tag().map_or("?".to_owned(), ToString::to_string);
        return Err(host.refuse(
            format!("{there} is prepared here, not {meant}"),
            "name that release, or none: then whatever is prepared is given up",
        ));
    }
    let pointed = sides.shows_live().then(|| format!("it shows {}", sides.live));
    // The release that users came from is what a rollback goes to, and stays up.
    let origin = host.seen.origin();
    let is_origin = origin.is_some_and(|origin| sides.passive_tag() == Some(&origin.release.tag));
    let stopped = match sides.passive_slot.running {
        Running::Stopped | Running::Absent => Some(format!("{} does not run", sides.passive)),
        _ if is_origin => {
            Some(format!("users came from {}: it stays up for a rollback", sides.passive))
        }
        _ => None,
    };
    let back = steps::switch(host, &host.facts, sides.live, sides.live_tag(), None)
        .map_err(|why| host.refuse(why, scripts::LOOK_AT_INCLUDES))?;
    let mut steps = vec![steps::stop(host, sides.passive).already(stopped), back.already(pointed)];
    if host.seen.cold_rollback.is_some() {
        let title = "forget the rollback that began to start it".to_owned();
        steps.push(steps::mark(host, "returning", None, title));
    }
    Ok(steps)
}
