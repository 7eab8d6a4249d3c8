//! Rollback: to the release that the API names as the one before, or to one that a person named. Never to whatever
//! happens to be on the passive side.

use super::forward::{already, withdraw};
use super::observe::Facts;
use super::spec::{LIVE, PASSIVE};
use super::target::{Api, Apis};
use crate::base::text::sentences;
use crate::domain::names::Color;
use crate::domain::phase::Phase;
use crate::domain::plan::{Effect, Gate, Intent, LeftOut, Refusal, Step, Track};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::{Readiness, RollbackGoal, RollbackPreview, Route};
use crate::domain::target::Target;
use crate::platform::kit::builder::PlanBuilder;

const NAME_ONE: &str = "Name a release: `flipside rollback --to TAG`.";

pub fn plan(intent: &Intent, apis: &Apis<'_>) -> Result<PlanBuilder, Refusal> {
    if apis.all.is_empty()
        && let Some(first) = apis.unobserved.first()
    {
        return Err(Refusal {
            reason: format!("no API could be observed ({}: {})", first.target, first.why),
            remedy: "Make the API reachable, then roll back again.".to_owned(),
            targets: apis.unobserved.iter().map(|left| left.target.clone()).collect(),
        });
    }
    let goal = match intent.goal.clone().map_or_else(|| unnamed_goal(apis), Ok)? {
        // Users of another target, or by another operator, are on the release that seemed to be only prepared.
        RollbackGoal::Withdraw(tag) if on(apis, &tag) => RollbackGoal::Leave(tag),
        goal => goal,
    };
    let mut builder = PlanBuilder::new(intent);
    let (mut tracks, mut refused, mut routes) = (Vec::new(), Vec::new(), Vec::new());
    for api in &apis.all {
        match route(api, &goal) {
            Ok(route) => {
                match steps(intent, api, &goal, &route) {
                    Ok(steps) => tracks.push(Track::of(&api.member.target, steps)),
                    Err(refusal) => refused.push(refusal),
                }
                routes.push(route);
            }
            Err(refusal) => refused.push(refusal),
        }
    }
    // One that cannot roll back does not stop the others.
    if tracks.iter().all(|track| !track.steps.iter().any(Step::is_to_do)) {
        Refusal::any(refused.clone())?;
    }
    builder.left_out.extend(refused.iter().flat_map(left_out));
    builder.left_out.extend(apis.unobserved.iter().cloned());
    builder.tracks("roll back", None, Gate::Barrier, tracks);
    if intent.freeze && goal.moves_users() {
        // Users come first: a freeze that cannot be recorded must not keep them on a bad release.
        builder.stage("close go-live", Gate::Barrier, freeze(intent, apis, &goal, &routes)?);
        if let Some(api) = apis.all.iter().find(|api| !api.spec.keeps_freeze()) {
            builder.warnings.push(format!(
                "{}: the API keeps no freeze, so this rollback does not close go-live",
                api.member.target
            ));
        }
    }
    let choices = choices(apis, &goal);
    builder.rolls_back(RollbackPreview { goal, routes, withdrawn: None, choices });
    Ok(builder)
}

/// Returns the steps that close go-live on the APIs that roll back and keep a freeze.
fn freeze(
    intent: &Intent,
    apis: &Apis<'_>,
    goal: &RollbackGoal,
    routes: &[Route],
) -> Result<Vec<(Target, Vec<Step>)>, Refusal> {
    let mut tracks = Vec::new();
    for api in apis.all.iter().filter(|api| api.spec.keeps_freeze()) {
        let target = &api.member.target;
        let Some(route) = routes.iter().find(|route| route.target == *target) else { continue };
        let to = route.to.as_ref().map(|(_, release)| &release.tag);
        let between = (to, goal.leaves().or(api.facts.live.as_ref()));
        let goal = (Effect::Changes, "close go-live");
        let steps = api.steps_between(intent, &api.spec.freeze, "freeze", between, goal)?;
        let closed = api.facts.frozen.is_some().then(|| "go-live is closed".to_owned());
        tracks.push((target.clone(), already(steps, closed)));
    }
    Ok(tracks)
}

fn on(apis: &Apis<'_>, tag: &Tag) -> bool {
    apis.all.iter().any(|api| api.facts.live.as_ref() == Some(tag))
}

fn left_out(refusal: &Refusal) -> Vec<LeftOut> {
    let of = |target: &crate::domain::target::Target| {
        let named = format!("{target}: ");
        let reason = refusal.reason.strip_prefix(&named).unwrap_or(&refusal.reason);
        LeftOut { target: target.clone(), why: sentences([reason, &refusal.remedy]) }
    };
    refusal.targets.iter().map(of).collect()
}

/// Returns the goal if a person named none: a prepared release is withdrawn; otherwise users leave the release that went live
/// last. After a rollback that is the one that they left: some APIs may still be on it.
fn unnamed_goal(apis: &Apis<'_>) -> Result<RollbackGoal, Refusal> {
    if let Some(tag) = apis.one(Facts::proven_prepared)? {
        return Ok(RollbackGoal::Withdraw(tag));
    }
    let leaves = match apis.newest().map(|facts| (facts, facts.last_phase)) {
        Some((facts, Some(Phase::Rollback))) => facts.previous.clone(),
        Some((facts, Some(Phase::GoLive))) => facts.live.clone(),
        _ => apis
            .one(|facts| facts.live.as_ref())
            .map_err(|refusal| Refusal { remedy: NAME_ONE.to_owned(), ..refusal })?,
    };
    leaves.map(RollbackGoal::Leave).ok_or_else(|| Refusal {
        reason: "the API does not name the release that users would leave".to_owned(),
        remedy: NAME_ONE.to_owned(),
        targets: apis.all.iter().map(|api| api.member.target.clone()).collect(),
    })
}

/// Returns what the goal means for the users of one API.
fn route(api: &Api<'_>, goal: &RollbackGoal) -> Result<Route, Refusal> {
    let live = api.facts.live.as_ref();
    let to = match goal {
        RollbackGoal::Withdraw(_) => live,
        RollbackGoal::Leave(tag) | RollbackGoal::Continue { leave: tag, .. }
            if live != Some(tag) =>
        {
            live
        }
        RollbackGoal::To(tag) | RollbackGoal::Continue { to: tag, .. } => Some(tag),
        RollbackGoal::Leave(tag) => Some(origin(api, tag)?),
    };
    let color = |name: &str| Color::new(name).ok();
    let from = color(LIVE).map(|live| (live, api.facts.live.clone()));
    let there = live.is_some() && live == to;
    let readiness = match to {
        None => Readiness::NotKnown,
        Some(_) if there => Readiness::There,
        Some(tag) if api.is_prepared(tag) => Readiness::Ready,
        // The API does not say whether it still has the release.
        Some(_) => Readiness::Unproven,
    };
    let side = if there || !api.has_passive() { LIVE } else { PASSIVE };
    let to = color(side).zip(to.cloned().map(Release::of_tag));
    let target = api.member.target.clone();
    Ok(Route { target, from, to, readiness, meant: true, replaces: None })
}

/// Returns the release that users came from, by the API's own word.
fn origin<'a>(api: &'a Api<'_>, live: &Tag) -> Result<&'a Tag, Refusal> {
    let named = match &api.spec.observe.previous {
        None => api.spec.wording.no_previous.to_owned(),
        Some(pointer) => match &api.facts.previous {
            Some(previous) if previous != live => return Ok(previous),
            Some(_) => format!("the API names {live} itself at {pointer}"),
            None => format!("the API names none at {pointer}"),
        },
    };
    let why = format!("it is not known which release users came from to {live}: {named}");
    Err(api.refuse(why, NAME_ONE))
}

fn steps(
    intent: &Intent,
    api: &Api<'_>,
    goal: &RollbackGoal,
    route: &Route,
) -> Result<Vec<Step>, Refusal> {
    if let RollbackGoal::Withdraw(tag) = goal {
        let gone = (api.facts.prepared() != Some(tag)).then(|| format!("{tag} is not prepared"));
        return Ok(already(withdraw(intent, api, tag)?, gone));
    }
    let Some((_, to)) = &route.to else {
        return Err(api.refuse("the API names no live release", NAME_ONE));
    };
    let there = (route.readiness == Readiness::There).then(|| format!("users are on {}", to.tag));
    let words = format!("send users back to {}", to.tag);
    let calls = &api.spec.rollback;
    Ok(already(api.steps(intent, calls, "rollback", &to.tag, (Effect::Switches, &words))?, there))
}

/// Returns the releases that the APIs name and that a person could choose.
fn choices(apis: &Apis<'_>, goal: &RollbackGoal) -> Vec<Tag> {
    let facts = || apis.all.iter().map(|api| &api.facts);
    let named = facts().flat_map(|facts| [&facts.live, &facts.passive, &facts.previous]);
    let mut tags: Vec<Tag> = named.flatten().cloned().collect();
    tags.sort();
    tags.dedup();
    tags.retain(|tag| goal.leaves() != Some(tag));
    tags
}
