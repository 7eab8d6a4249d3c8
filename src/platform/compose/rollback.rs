//! Rollback: send users back to the release that they came from, or to one that a person named, on all hosts
//! at once.
//!
//! The release is decided in [`rollback`] from what the hosts recorded, never from what happens to be on the
//! other color. This module plans the steps of each host.

pub(super) mod cold;
mod jobs;

use std::collections::BTreeSet;

use super::host::{HostView, SlotPair, StackHosts};
use super::{freeze, leftovers, remedies, repair, restore_live, steps};
use crate::base::text::sentences;
use crate::domain::availability::{Availabilities, Availability, ReleaseToPull};
use crate::domain::names::Color;
use crate::domain::observation::{Observation, Running};
use crate::domain::plan::{Gate, Intent, LeftOut, Refusal, Step, Track};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::{self, Readiness, RollbackGoal, RollbackPreview, Route, Withdrawn};
use crate::domain::target::{Carries, Target};
use crate::platform::contract::KnownMember;
use crate::platform::kit::builder::PlanBuilder;

/// Returns the releases that the rollback would pull, if nothing is known of the registry.
pub fn wanted(
    intent: &Intent,
    stack: StackHosts<'_>,
    known: &[KnownMember<'_>],
) -> Vec<ReleaseToPull> {
    let targets: Vec<Target> = stack.hosts.iter().map(|host| host.member.target.clone()).collect();
    let pulled =
        plan(intent, stack, known, &Availabilities::default()).map(|builder| builder.pulled);
    let pulled = pulled.unwrap_or_default().into_iter();
    let of = |target: &Target| known.iter().find(|known| known.member.target == *target);
    pulled
        .filter(|(target, _)| targets.contains(target))
        .filter_map(|(target, release)| {
            let image = of(&target)?.member.platform.image()?;
            Some(ReleaseToPull { image, release })
        })
        .collect()
}

pub fn plan(
    intent: &Intent,
    stack: StackHosts<'_>,
    known: &[KnownMember<'_>],
    availability: &Availabilities,
) -> Result<PlanBuilder, Refusal> {
    some_host_is_reached(&stack, known)?;
    let rollback = rollback(intent, &stack, known, availability)?;
    let mut builder =
        PlanBuilder::new(&Intent { goal: Some(rollback.goal.clone()), ..intent.clone() });
    let mut tracks = Vec::new();
    for host in stack.serving() {
        let Some(route) = rollback.routes.iter().find(|route| route.target == host.member.target)
        else {
            continue;
        };
        match track(intent, host, route, &rollback, known) {
            Ok((steps, jobs_stay)) => {
                builder.warnings.extend(cold::warning(host, route, availability));
                cold::note_pull(&mut builder, host, route.to.as_ref().map(|(_, to)| to), &steps);
                // Users are rolled back all the same.
                builder.left_out.extend(jobs_stay.map(|refusal| left_out(host, &refusal)));
                tracks.push(Track::of(&host.member.target, steps));
                if rollback.goal.moves_users() {
                    builder.left_out.extend(jobs::cannot_follow(host));
                }
            }
            // A host that cannot roll back does not stop the others.
            Err(refusal) => builder.left_out.push(left_out(host, &refusal)),
        }
    }
    let users_stay = tracks.is_empty();
    let mut alone = Vec::new();
    for host in stack.hosts.iter().filter(|host| host.member.carries == Carries::JobsOnly) {
        match jobs::alone(intent, host, &rollback, &tracks, availability) {
            Ok(found) => {
                let mut track = None;
                if let Some((planned, to)) = found {
                    cold::note_pull(&mut builder, host, Some(&to), &planned.steps);
                    track = Some(planned);
                }
                let withdraws = !rollback.goal.moves_users();
                if let Some(step) = leftovers::remove(host).filter(|_| withdraws) {
                    let new = || Track::of(&host.member.target, Vec::new());
                    track.get_or_insert_with(new).steps.push(step);
                }
                alone.extend(track);
            }
            Err(refusal) => builder.left_out.push(left_out(host, &refusal)),
        }
    }
    tracks.extend(alone);
    builder.left_out.extend(stack.unobserved.iter().cloned());
    // Jobs that stay with their users are no reason to call a rollback done that moved none of them.
    let moves = |track: &Track| track.steps.iter().any(Step::is_to_do);
    if users_stay
        && !tracks.iter().any(moves)
        && let Some(refusal) = nothing_possible(&builder, &rollback)
    {
        return Err(refusal);
    }
    builder.warnings.extend(uncertain_pull(&builder, &stack, &rollback, availability));
    builder.warnings.extend(continues(&rollback, known));
    builder.tracks("roll back", None, Gate::Barrier, tracks);
    builder.rollback = Some(Box::new(rollback));
    Ok(builder)
}

/// Returns the warning that the registry did not confirm a release that the rollback pulls.
fn uncertain_pull(
    builder: &PlanBuilder,
    stack: &StackHosts<'_>,
    rollback: &RollbackPreview,
    availability: &Availabilities,
) -> Option<String> {
    let host = |target: &Target| stack.hosts.iter().find(|host| host.member.target == *target);
    let answers = builder
        .pulled
        .iter()
        .filter_map(|(target, release)| Some(availability.of(&host(target)?.spec.image, release)));
    let mut unconfirmed = answers.filter(|answer| *answer != Some(&Availability::Available));
    let what = match unconfirmed.next()? {
        Some(Availability::Unknown(_)) => {
            "the registry did not answer, so it is not known whether it still has the image"
        }
        Some(_) => "the registry no longer has the image",
        None => "the registry was not asked whether it still has the image",
    };
    (!rollback.choices.is_empty()).then(|| sentences([what, &choices(&rollback.choices)]))
}

/// Refuses a rollback of users if no host that serves them could be observed. To name a release would not help.
fn some_host_is_reached(stack: &StackHosts<'_>, known: &[KnownMember<'_>]) -> Result<(), Refusal> {
    let serves = |left: &&LeftOut| {
        known
            .iter()
            .any(|known| known.member.target == left.target && known.member.carries == Carries::App)
    };
    let mut left = stack.unobserved.iter().filter(serves);
    let (None, Some(first)) = (stack.serving().next(), left.next()) else { return Ok(()) };
    let more = match left.count() {
        0 => String::new(),
        n => format!(", and {n} more"),
    };
    Err(Refusal {
        reason: format!(
            "no host that serves users could be reached ({}{more}: {}), so no users were moved",
            first.target, first.why
        ),
        remedy: "Make the hosts reachable, then roll back again.".to_owned(),
        targets: stack.unobserved.iter().map(|left| left.target.clone()).collect(),
    })
}

/// The refusal of one host as the reason that it is left out. The host's name is not repeated.
fn left_out(host: &HostView<'_>, refusal: &Refusal) -> LeftOut {
    let named = format!("{}: ", host.member.target);
    let reason = refusal.reason.strip_prefix(&named).unwrap_or(&refusal.reason);
    let why = sentences([reason, &refusal.remedy]);
    LeftOut { target: host.member.target.clone(), why }
}

/// Refuses a rollback in which no host can do anything.
fn nothing_possible(builder: &PlanBuilder, rollback: &RollbackPreview) -> Option<Refusal> {
    let first = builder.left_out.first()?;
    let remedy = choices(&rollback.choices);
    let why = first.why.strip_suffix(&format!(". {remedy}")).unwrap_or(&first.why);
    let more = match builder.left_out.len() {
        1 => String::new(),
        n => format!(", and {} more", n - 1),
    };
    Some(Refusal {
        reason: format!("{}{more}: {why}", first.target),
        remedy,
        targets: builder.left_out.iter().map(|left| left.target.clone()).collect(),
    })
}

/// Returns the remedy that lists the releases a person can name instead.
fn choices(tags: &[Tag]) -> String {
    if tags.is_empty() {
        return "Name a release that the registry has: `flipside rollback --to TAG`.".to_owned();
    }
    let tags: Vec<&str> = tags.iter().map(Tag::as_str).collect();
    format!(
        "Name a release: `flipside rollback --to TAG`. These hosts still have {}.",
        tags.join(", ")
    )
}

/// Returns the goal of the rollback and the route of every host. The goal is decided by the whole stack,
/// selected or not. For a host that does not answer now, the last observation counts, since what it
/// recorded then still happened.
fn rollback(
    intent: &Intent,
    stack: &StackHosts<'_>,
    known: &[KnownMember<'_>],
    availability: &Availabilities,
) -> Result<RollbackPreview, Refusal> {
    let all: Vec<&Observation> = fleet(known).collect();
    let mut choices: Vec<Tag> =
        all.iter().flat_map(|observation| observation.tags()).cloned().collect();
    choices.sort();
    choices.dedup();
    let on = |tag: &Tag| all.iter().any(|observation| observation.live_tag() == Some(tag));
    let goal = match intent.goal.clone() {
        // A host that did not answer before has users on the release that seemed to be only prepared.
        Some(RollbackGoal::Withdraw(tag)) if on(&tag) => Some(RollbackGoal::Leave(tag)),
        goal => goal.or_else(|| rollback::goal(&all.iter().copied(), intent.at())),
    };
    let Some(goal) = goal else { return Err(no_goal(stack, &all, choices)) };
    // The jobs follow the users, so the routes of hosts that are not selected are needed as well.
    let routes: Vec<Route> = known
        .iter()
        .filter(|known| known.member.carries == Carries::App)
        .filter_map(|known| known.observed.current())
        .map(|observation| {
            let meant = intent.selection.takes(&observation.target);
            let mut route = Route { meant, ..rollback::route(observation, &goal) };
            let host = stack.serving().find(|host| host.member.target == route.target);
            if route.readiness == Readiness::Gone
                && let (Some(host), Some((_, to))) = (host, &route.to)
                && cold::lost(host, to, availability)
            {
                route.readiness = Readiness::Lost;
            }
            route
        })
        .collect();
    choices.retain(|tag| goal.leaves() != Some(tag) && !is_lost(&routes, tag));
    let withdrawn = all.iter().filter_map(|observation| observation.withdrawn.clone());
    let withdrawn = withdrawn.max_by_key(|withdrawn| withdrawn.at);
    let withdrawn = withdrawn.filter(|it| goal == RollbackGoal::Withdraw(it.tag.clone()));
    Ok(RollbackPreview { goal, routes, withdrawn, choices })
}

/// Returns the warning that this rollback continues an earlier one to a named release.
fn continues(rollback: &RollbackPreview, known: &[KnownMember<'_>]) -> Option<String> {
    let RollbackGoal::Continue { to, .. } = &rollback.goal else { return None };
    let observation = || known.iter().filter_map(|known| known.observed.latest());
    let changes = observation().filter_map(Observation::change);
    let changes = changes.filter(|it| it.named && it.tag.as_ref() == Some(to));
    let starts = observation()
        .filter_map(|observation| observation.cold_rollback.as_ref())
        .filter(|it| it.to == *to);
    let begun = changes.map(|it| (it.at, &it.by)).chain(starts.map(|it| (it.at, &it.by)));
    let (at, by) = begun.max_by_key(|(at, _)| *at)?;
    let at = at.format("%Y-%m-%d %H:%M:%S UTC");
    Some(format!(
        "{by} started a rollback to {to} at {at} that did not reach every host; this continues it"
    ))
}

fn is_lost(routes: &[Route], tag: &Tag) -> bool {
    routes.iter().any(|route| {
        route.readiness == Readiness::Lost
            && route.to.as_ref().is_some_and(|(_, to)| to.tag == *tag)
    })
}

/// Refuses a rollback whose goal neither a record nor a prepared release decides.
fn no_goal(stack: &StackHosts<'_>, fleet: &[&Observation], mut tags: Vec<Tag>) -> Refusal {
    // Where the live color is not known, no record can be read either.
    let unknown: Vec<Refusal> =
        stack.serving().filter_map(|host| known_slots(host).err()).collect();
    if unknown.len() == stack.serving().count()
        && let Err(refusal) = Refusal::any(unknown)
    {
        return refusal;
    }
    let no_record = "no host recorded which release its users came from";
    let beside = fleet.iter().filter_map(|observation| rollback::passive_release(observation));
    let beside: BTreeSet<&str> = beside.map(|(tag, _)| tag.as_str()).collect();
    let live: BTreeSet<&Tag> =
        fleet.iter().filter_map(|observation| observation.live_tag()).collect();
    let reason = if beside.is_empty() {
        format!("{no_record}, and no release is prepared")
    } else {
        let on: Vec<&str> = live.iter().map(|tag| tag.as_str()).collect();
        let on =
            if on.is_empty() { "a release that is not known".to_owned() } else { on.join(", ") };
        let beside: Vec<&str> = beside.into_iter().collect();
        let beside = beside.join(", ");
        format!(
            "{no_record}. They are on {on}; {beside} runs on the passive color, and may be the release that \
             they came from or one that is only prepared"
        )
    };
    // Users who are on one release everywhere cannot be rolled back to it.
    if live.len() == 1 {
        tags.retain(|tag| !live.contains(tag));
    }
    Refusal { reason, remedy: choices(&tags), targets: Vec::new() }
}

/// Returns the newest observation of every host of the stack that serves users, selected or not.
fn fleet<'k>(known: &'k [KnownMember<'k>]) -> impl Iterator<Item = &'k Observation> + Clone {
    let serving = known.iter().filter(|known| known.member.carries == Carries::App);
    serving.filter_map(|known| known.observed.latest())
}

/// Returns the steps of a host that serves users, and the refusal of its jobs if they cannot follow.
fn track(
    intent: &Intent,
    host: &HostView<'_>,
    route: &Route,
    rollback: &RollbackPreview,
    known: &[KnownMember<'_>],
) -> Result<(Vec<Step>, Option<Refusal>), Refusal> {
    let slots = known_slots(host)?;
    let mut file = None;
    let mut steps = match (route.readiness, &route.to) {
        (Readiness::NoRecord, _) => {
            return Err(host.refuse(
                "it did not record which release its users came from",
                choices(&rollback.choices),
            ));
        }
        (Readiness::Lost, Some((_, to))) => {
            return Err(cold::refuse_lost(host, to, choices(&rollback.choices)));
        }
        (Readiness::There, _) => stay(intent, host, &slots, rollback, known)?,
        (readiness, Some((color, to))) if readiness.moves_users() => {
            file = cold::file(intent, host, &slots, color, &to.tag);
            go(intent, host, color, to, readiness, file.as_ref())?
        }
        _ => {
            let why = host.facts.engine.clone();
            let why = why.unwrap_or_else(|| "its image is no release of this app".to_owned());
            return Err(host.refuse(
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

fn known_slots<'a>(host: &'a HostView<'_>) -> Result<SlotPair<'a>, Refusal> {
    host.no_switch_is_running("Roll back again")?;
    host.slots_despite_drift().ok_or_else(|| {
        match host.observation.drift.first() {
            Some(drift) if drift.repairable => {
                host.refuse(&drift.what, "Run `flipside repair`, then roll back again.")
            }
            // Repair needs to know the live color, too.
            Some(drift) => host.refuse(&drift.what, drift.remedy.clone()),
            None => host.refuse("it is not known which color is live", remedies::DOCTOR),
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
    known: &[KnownMember<'_>],
) -> Result<Vec<Step>, Refusal> {
    let mut steps = match host.observation.switching {
        Some(_) => repair::live(intent, host, slots.live)?,
        None => restore_live::steps(intent, host, slots.live)?,
    };
    if let RollbackGoal::Withdraw(tag) = &rollback.goal {
        steps.extend(withdraw(intent, host, slots, tag, known)?);
    }
    Ok(steps)
}

/// Returns the steps that point the passive entry point at the live color again and stop what was prepared.
fn withdraw(
    intent: &Intent,
    host: &HostView<'_>,
    slots: &SlotPair<'_>,
    tag: &Tag,
    known: &[KnownMember<'_>],
) -> Result<Vec<Step>, Refusal> {
    let there = rollback::prepared_in(host.observation, fleet(known));
    let done = there.is_none().then(|| format!("no prepared release is on {}", slots.passive));
    let down = matches!(slots.passive_slot.running, Running::Stopped | Running::Absent)
        .then(|| format!("{} does not run", slots.passive));
    let shows = slots.shows_live().then(|| format!("it shows {}", slots.live));
    let back = steps::switch(host, &host.facts, slots.live, slots.live_tag(), None)
        .map_err(|why| host.refuse(why, remedies::INCLUDE))?;
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
) -> Result<Vec<Step>, Refusal> {
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
        .map_err(|why| host.refuse(why, remedies::INCLUDE))?;
    let target = &host.member.target;
    steps.push(switch.announced(format!("rolled back to {color} {} on {target}", to.tag)));
    Ok(steps)
}

#[cfg(test)]
mod tests;
