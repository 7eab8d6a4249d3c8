//! The goal of a rollback and the route of every host, or why there is none.

use std::collections::BTreeSet;

use super::track;
use crate::domain::availability::Availabilities;
use crate::domain::observation::Observation;
use crate::domain::plan::{Intent, LeftOut, Refusal};
use crate::domain::release::Tag;
use crate::domain::rollback::{self, Readiness, RollbackGoal, RollbackPreview, Route};
use crate::domain::target::Carries;
use crate::platform::contract::KnownMember;
use crate::platform::kit::host::StackHosts;
use crate::platform::kit::runtime::Runtime;

/// Returns the goal of the rollback and the route of every host. The goal is decided by the whole stack,
/// selected or not. For a host that does not answer now, the last observation counts, since what it
/// recorded then still happened.
pub fn rollback<R: Runtime>(
    intent: &Intent,
    stack: &StackHosts<'_, R>,
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
                && track::is_lost(host, to, availability)
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
pub fn continues(rollback: &RollbackPreview, known: &[KnownMember<'_>]) -> Option<String> {
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
fn no_goal<R: Runtime>(
    stack: &StackHosts<'_, R>,
    fleet: &[&Observation],
    mut tags: Vec<Tag>,
) -> Refusal {
    // Where the live color is not known, no record can be read either.
    let unknown = stack.serving().filter_map(|host| track::known_slots(host).err());
    let unknown: Vec<Refusal> = unknown.map(Refusal::from).collect();
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
    Refusal { reason, remedy: choices::<R>(&tags), targets: Vec::new() }
}

/// Returns the newest observation of every host of the stack that serves users, selected or not.
pub fn fleet<'k>(known: &'k [KnownMember<'k>]) -> impl Iterator<Item = &'k Observation> + Clone {
    let serving = known.iter().filter(|known| known.member.carries == Carries::App);
    serving.filter_map(|known| known.observed.latest())
}

/// Refuses a rollback of users if no host that serves them could be observed. To name a release would not help.
pub fn some_host_is_reached<R: Runtime>(
    stack: &StackHosts<'_, R>,
    known: &[KnownMember<'_>],
) -> Result<(), Refusal> {
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
            "no host that serves users could be reached ({}{more}: {})",
            first.target, first.why
        ),
        remedy: "Make the hosts reachable, then roll back again.".to_owned(),
        targets: stack.unobserved.iter().map(|left| left.target.clone()).collect(),
    })
}

/// Returns the remedy that lists the releases a person can name instead.
pub fn choices<R: Runtime>(tags: &[Tag]) -> String {
    if tags.is_empty() {
        let source = R::SOURCE.source;
        return format!("Name a release that {source} has: `flipside rollback --to TAG`.");
    }
    let tags: Vec<&str> = tags.iter().map(Tag::as_str).collect();
    format!(
        "Name a release: `flipside rollback --to TAG`. These hosts still have {}.",
        tags.join(", ")
    )
}
