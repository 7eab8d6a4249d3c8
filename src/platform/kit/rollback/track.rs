//! The steps of one host that serves users.

use crate::domain::availability::{Availabilities, Availability};
use crate::domain::names::Color;
use crate::domain::observation::{ColdRollback, Observation, Running, Withdrawn};
use crate::domain::plan::{Intent, Step};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::{self, Readiness, RollbackGoal, RollbackPreview, Route};
use crate::platform::kit::host::{HostRefusal, HostView, SlotPair};
use crate::platform::kit::runtime::{Deployment, Runtime, SourceWords};
use crate::platform::kit::{freeze, remedies, repair, restore_live, steps, switch};

/// Returns the steps of a host that serves users, and the refusal of its jobs if they cannot follow.
pub fn track<R: Runtime>(
    intent: &Intent,
    host: &HostView<'_, R>,
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
            return Err(R::refuse_lost(host, to, remedy.to_owned()));
        }
        (Readiness::There, _) => stay(intent, host, &slots, rollback, fleet)?,
        (readiness, Some((color, to))) if readiness.moves_users() => {
            file = R::deployment_for_rollback(intent, host, &slots, color, &to.tag);
            go(intent, host, color, to, readiness, file.as_ref())?
        }
        _ => {
            let why = host.runtime.unavailable();
            let why = why.unwrap_or("what it runs is no release of this app");
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
        match R::follow_rollback(intent, host, to, file.map(|file| file.name), &steps) {
            Ok(more) => steps.extend(more),
            Err(refusal) => jobs_stay = Some(refusal),
        }
    }
    Ok((steps, jobs_stay))
}

pub fn known_slots<'a, R: Runtime>(host: &'a HostView<'_, R>) -> Result<SlotPair<'a>, HostRefusal> {
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
fn stay<R: Runtime>(
    intent: &Intent,
    host: &HostView<'_, R>,
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
fn withdraw<R: Runtime>(
    intent: &Intent,
    host: &HostView<'_, R>,
    slots: &SlotPair<'_>,
    tag: &Tag,
    fleet: &[&Observation],
) -> Result<Vec<Step>, HostRefusal> {
    let there = rollback::prepared_in(host.observation, fleet.iter().copied());
    let done = there.is_none().then(|| format!("no prepared release is on {}", slots.passive));
    let down = matches!(slots.passive_slot.running, Running::Stopped | Running::Absent)
        .then(|| format!("{} does not run", slots.passive));
    let shows = slots.shows_live().then(|| format!("it shows {}", slots.live));
    let back = switch::passive(host, slots.live, slots.live_tag())?;
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
        R::stop(intent, host, slots.passive).already(done.clone().or(down)),
        mark.already(done),
    ];
    steps.extend(R::leftovers(host));
    Ok(steps)
}

/// Returns the steps that switch users to the other color, which is started first if that release does not
/// run on it.
fn go<R: Runtime>(
    intent: &Intent,
    host: &HostView<'_, R>,
    color: &Color,
    to: &Release,
    readiness: Readiness,
    file: Option<&Deployment>,
) -> Result<Vec<Step>, HostRefusal> {
    let revive = || R::revive(intent, host, color, to.tag.as_str());
    let mut steps = match readiness {
        Readiness::Gone => {
            let mut steps: Vec<Step> = cold_rollback(intent, host).into_iter().collect();
            steps.extend(R::start(intent, host, color, to, file)?);
            steps
        }
        Readiness::Stopped => vec![revive()],
        // Its containers may answer without their engine: the switch checks it before it moves users.
        Readiness::Unproven => {
            let why = format!(
                "{}; the switch checks whether it runs",
                host.runtime.unavailable().unwrap_or("it was not observed")
            );
            vec![revive().already(Some(why))]
        }
        _ => vec![revive().already(Some(format!("{color} {} is up", to.tag)))],
    };
    if readiness != Readiness::Gone {
        steps.extend(file.and_then(|file| file.write.clone()));
    }
    let from = host.observation.live_tag();
    let record = switch::SwitchRecord {
        deploys: file.map(|file| file.name.as_str()),
        change: switch::change(intent, host, Some(&to.tag)),
        freeze: from.and_then(|from| freeze::mark(intent, from, Some(&to.tag))),
    };
    let switch = switch::users(host, color, Some(&to.tag), &record)?;
    let target = &host.member.target;
    steps.push(switch.announced(format!("rolled back to {color} {} on {target}", to.tag)));
    Ok(steps)
}

/// Returns the step that records the rollback before a named release is started. A rollback that ends between
/// the start and the switch is continued by the next one, which would otherwise take that release for a
/// prepared one.
fn cold_rollback<R: Runtime>(intent: &Intent, host: &HostView<'_, R>) -> Option<Step> {
    let Some(RollbackGoal::To(to) | RollbackGoal::Continue { to, .. }) = &intent.goal else {
        return None;
    };
    let leave = host.observation.live_tag().filter(|leave| *leave != to)?;
    let mark = ColdRollback {
        to: to.clone(),
        leave: leave.clone(),
        by: intent.by.to_string(),
        at: intent.at(),
        run: intent.run.clone(),
    };
    let done = host
        .observation
        .cold_rollback
        .as_ref()
        .is_some_and(|it| it.to == *to && it.run == intent.run);
    let done = done.then(|| "it is recorded".to_owned());
    let title = format!("record the rollback to {to}");
    Some(steps::mark(host, "returning", Some(steps::line(&mark)), title).already(done))
}

/// Returns whether a release has to be fetched, and its source answered that it no longer has it.
pub fn is_lost<R: Runtime>(
    host: &HostView<'_, R>,
    to: &Release,
    availability: &Availabilities,
) -> bool {
    R::must_be_fetched(host, to)
        && host.runtime.unavailable().is_none()
        && R::availability(host, to, availability) == Some(Availability::Missing)
}

/// Returns the warning that the rollback of this host is cold.
pub fn cold_warning<R: Runtime>(
    host: &HostView<'_, R>,
    route: &Route,
    availability: &Availabilities,
) -> Option<String> {
    let target = &host.member.target;
    let (color, to) = route.to.as_ref()?;
    let tag = &to.tag;
    let SourceWords { what, source, fetched } = R::SOURCE;
    let is_absent = R::must_be_fetched(host, to);
    let fetched = if is_absent { format!("{fetched} and ") } else { String::new() };
    let silent = match R::availability(host, to, availability).filter(|_| is_absent) {
        Some(Availability::Unknown(why)) => {
            format!(". Its {what} is not on {target}, and {source} did not answer: {why}")
        }
        _ => String::new(),
    };
    let replaces =
        route.replaces.as_ref().map(|there| format!("; this replaces {there} on {color}"));
    match route.readiness {
        Readiness::Gone => Some(format!(
            "{target}: cold rollback: {tag} is {fetched}started on {color} before users are switched{}{silent}",
            replaces.unwrap_or_default()
        )),
        Readiness::Stopped => {
            Some(format!("{target}: cold rollback: {color} {tag} is stopped and is started first"))
        }
        _ => None,
    }
}
