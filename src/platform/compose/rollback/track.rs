//! The steps of one host that serves users.

use super::super::host::{HostRefusal, HostView, SlotPair};
use super::super::{freeze, leftovers, remedies, repair, restore_live, steps};
use super::{cold, jobs};
use crate::domain::names::Color;
use crate::domain::observation::{Observation, Running};
use crate::domain::plan::{Intent, Step};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::{self, Readiness, RollbackGoal, RollbackPreview, Route, Withdrawn};

/// Returns the steps of a host that serves users, and the refusal of its jobs if they cannot follow.
pub fn track(
    intent: &Intent,
    host: &HostView<'_>,
    route: &Route,
    rollback: &RollbackPreview,
    fleet: &[&Observation],
    remedy: &str,
) -> Result<(Vec<Step>, Option<HostRefusal>), HostRefusal> {
    let slots = known_slots(host)?;
    let mut file = None;
    let mut steps = match (route.readiness, &route.to) {
        (Readiness::NoRecord, _) => {
            return Err(host.refuse_here(
                "it did not record which release its users came from",
                remedy.to_owned(),
            ));
        }
        (Readiness::Lost, Some((_, to))) => {
            return Err(cold::refuse_lost(host, to, remedy.to_owned()));
        }
        (Readiness::There, _) => stay(intent, host, &slots, rollback, fleet)?,
        (readiness, Some((color, to))) if readiness.moves_users() => {
            file = cold::file(intent, host, &slots, color, &to.tag);
            go(intent, host, color, to, readiness, file.as_ref())?
        }
        _ => {
            let why = host.facts.engine.clone();
            let why = why.unwrap_or_else(|| "its image is no release of this app".to_owned());
            return Err(host.refuse_here(
                format!("it is not known which release {} runs: {why}", slots.live),
                remedies::DOCTOR,
            ));
        }
    };
    let mut jobs_stay = None;
    if rollback.goal.moves_users()
        && let Some((_, to)) = &route.to
    {
        match jobs::steps(intent, host, to, file.map(|file| file.name), &steps) {
            Ok(more) => steps.extend(more),
            Err(refusal) => jobs_stay = Some(refusal),
        }
    }
    Ok((steps, jobs_stay))
}

pub fn known_slots<'a>(host: &'a HostView<'_>) -> Result<SlotPair<'a>, HostRefusal> {
    host.no_switch_is_running("Roll back again")?;
    host.slots_despite_drift().ok_or_else(|| {
        match host.observation.drift.first() {
            Some(drift) if drift.repairable => {
                host.refuse_here(&drift.what, "Run `flipside repair`, then roll back again.")
            }
            // Repair needs to know the live color, too.
            Some(drift) => host.refuse_here(&drift.what, drift.remedy.clone()),
            None => host.refuse_here("it is not known which color is live", remedies::DOCTOR),
        }
    })
}

/// Returns the steps of a host whose users are on the right release already: they must get answers, the
/// leftovers of an interrupted switch are repaired, and a release that is only prepared is withdrawn.
fn stay(
    intent: &Intent,
    host: &HostView<'_>,
    slots: &SlotPair<'_>,
    rollback: &RollbackPreview,
    fleet: &[&Observation],
) -> Result<Vec<Step>, HostRefusal> {
    let mut steps = match host.observation.switching {
        Some(_) => repair::live(intent, host, slots.live)?,
        None => restore_live::steps(intent, host, slots.live)?,
    };
    if let RollbackGoal::Withdraw(tag) = &rollback.goal {
        steps.extend(withdraw(intent, host, slots, tag, fleet)?);
    }
    Ok(steps)
}

/// Returns the steps that point the passive entry point at the live color again and stop what was prepared.
fn withdraw(
    intent: &Intent,
    host: &HostView<'_>,
    slots: &SlotPair<'_>,
    tag: &Tag,
    fleet: &[&Observation],
) -> Result<Vec<Step>, HostRefusal> {
    let there = rollback::prepared_in(host.observation, fleet.iter().copied());
    let done = there.is_none().then(|| format!("no prepared release is on {}", slots.passive));
    let down = matches!(slots.passive_slot.running, Running::Stopped | Running::Absent)
        .then(|| format!("{} does not run", slots.passive));
    let shows = slots.shows_live().then(|| format!("it shows {}", slots.live));
    let back = steps::switch(host, &host.facts, slots.live, slots.live_tag(), None)
        .map_err(|why| host.refuse_here(why, remedies::INCLUDE))?;
    let withdrawn = Withdrawn {
        tag: there.unwrap_or_else(|| tag.clone()),
        by: intent.by.to_string(),
        at: intent.at(),
        run: intent.run.clone(),
    };
    let title = format!("record that {} was withdrawn", withdrawn.tag);
    let mark = steps::mark(host, "withdrawn", Some(steps::line(&withdrawn)), title);
    let mut steps = vec![
        back.already(done.clone().or(shows)),
        steps::stop(host, slots.passive).already(done.clone().or(down)),
        mark.already(done),
    ];
    steps.extend(leftovers::remove(host));
    Ok(steps)
}

/// Returns the steps that switch users to the other color, which is started first if that release does not
/// run on it.
fn go(
    intent: &Intent,
    host: &HostView<'_>,
    color: &Color,
    to: &Release,
    readiness: Readiness,
    file: Option<&cold::ReleaseFile>,
) -> Result<Vec<Step>, HostRefusal> {
    let revive = || steps::revive(host, color, to.tag.as_str());
    let mut steps = match readiness {
        Readiness::Gone => cold::steps(intent, host, color, to, file)?,
        Readiness::Stopped => vec![revive()],
        // Its containers may answer without their engine: the switch checks it before it moves users.
        Readiness::Unproven => {
            let why = "Docker Engine does not answer; the switch checks whether it runs".to_owned();
            vec![revive().already(Some(why))]
        }
        _ => vec![revive().already(Some(format!("{color} {} is up", to.tag)))],
    };
    if readiness != Readiness::Gone {
        steps.extend(file.and_then(|file| file.write.clone()));
    }
    let from = host.observation.live_tag();
    let record = steps::SwitchRecord {
        file: file.map(|file| file.name.as_str()),
        change: steps::change(intent, host, Some(&to.tag)),
        freeze: from.and_then(|from| freeze::mark(intent, from, Some(&to.tag))),
    };
    let switch = steps::switch(host, &host.facts, color, Some(&to.tag), Some(&record))
        .map_err(|why| host.refuse_here(why, remedies::INCLUDE))?;
    let target = &host.member.target;
    steps.push(switch.announced(format!("rolled back to {color} {} on {target}", to.tag)));
    Ok(steps)
}
