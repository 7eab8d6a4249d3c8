//! The phases that bring a release to users: prepare, verify, go live; and abandon and unfreeze.

use std::collections::BTreeMap;

use super::capabilities::records_sign_off;
use super::observe::Facts;
use super::target::{Api, Apis};
use crate::domain::http::Method;
use crate::domain::observation::Health;
use crate::domain::phase::Phase;
use crate::domain::plan::{Action, Effect, Gate, Intent, Question, Refusal, Stage, Step, Track};
use crate::domain::plan::{StepState, Width};
use crate::domain::release::Tag;
use crate::domain::target::Target;
use crate::platform::kit::builder::PlanBuilder;
use crate::platform::kit::freeze::require_reason;

const PREPARE_FIRST: &str = "Prepare a release first: `flipside prepare --release TAG`.";

/// Marks all steps as done if there is a reason.
pub fn already(mut steps: Vec<Step>, why: Option<String>) -> Vec<Step> {
    if let Some(why) = why {
        for step in &mut steps {
            step.state = StepState::AlreadyDone(why.clone());
        }
    }
    steps
}

fn named(intent: &Intent) -> Option<Tag> {
    intent.release.as_ref().map(|release| release.tag.clone())
}

fn no_passive(api: &Api<'_>, phase: &str) -> Refusal {
    api.refuse(
        format!("the API has no passive side, so there is nothing to {phase}"),
        "Go live directly: `flipside go-live --release TAG`.",
    )
}

pub fn prepare(intent: &Intent, apis: &Apis<'_>) -> Result<PlanBuilder, Refusal> {
    let tag = named(intent).ok_or_else(|| Refusal {
        reason: "no release is named".to_owned(),
        remedy: "Name one with `--release TAG`.".to_owned(),
        targets: Vec::new(),
    })?;
    let mut builder = PlanBuilder::of_release(intent, &tag);
    let (mut tracks, mut refused) = (Vec::new(), Vec::new());
    for api in &apis.all {
        match prepared(intent, api, &tag) {
            Ok(steps) => tracks.push((api.member.target.clone(), steps)),
            Err(refusal) => refused.push(refusal),
        }
        if let Some(other) = api.facts.prepared().filter(|other| **other != tag) {
            let target = &api.member.target;
            builder.warnings.push(format!("{target}: {tag} replaces {other}, which is prepared"));
        }
    }
    Refusal::any(refused)?;
    builder.stage("prepare", Gate::Barrier, tracks);
    Ok(builder)
}

fn prepared(intent: &Intent, api: &Api<'_>, tag: &Tag) -> Result<Vec<Step>, Refusal> {
    if !api.has_passive() {
        return Err(no_passive(api, "prepare"));
    }
    let goal = (Effect::Changes, format!("prepare {tag}"));
    let steps = api.steps(intent, &api.spec.prepare, "prepare", tag, (goal.0, &goal.1))?;
    let live = (api.facts.live.as_ref() == Some(tag)).then(|| format!("users are on {tag}"));
    let there = api.is_prepared(tag).then(|| format!("{tag} is on the passive side"));
    Ok(already(steps, live.or(there)))
}

pub fn verify(intent: &Intent, apis: &Apis<'_>) -> Result<PlanBuilder, Refusal> {
    let tag = match named(intent) {
        Some(tag) => tag,
        None => apis.one(Facts::prepared)?.ok_or_else(|| nothing_prepared(apis))?,
    };
    let (mut checks, mut records, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for api in &apis.all {
        match verified(intent, api, &tag) {
            Ok((check, record)) => {
                checks.push((api.member.target.clone(), check));
                records.push((api.member.target.clone(), record));
            }
            Err(refusal) => refused.push(refusal),
        }
    }
    Refusal::any(refused)?;
    let signed = records.iter().all(|(_, steps)| !steps.iter().any(Step::is_to_do));
    let asked = records.first().map(|(target, _)| (target.clone(), ask(&tag, signed)));
    let mut builder = PlanBuilder::of_release(intent, &tag);
    builder.stage("check", Gate::Barrier, checks);
    builder.stage("sign off", Gate::Barrier, asked);
    builder.stage("record", Gate::Barrier, records);
    Ok(builder)
}

fn nothing_prepared(apis: &Apis<'_>) -> Refusal {
    match apis.all.iter().find(|api| !api.has_passive()) {
        Some(api) => no_passive(api, "verify"),
        None => Refusal {
            reason: "no release is prepared".to_owned(),
            remedy: PREPARE_FIRST.to_owned(),
            targets: Vec::new(),
        },
    }
}

/// Returns the steps that check the release, and those that record the sign-off.
fn verified(intent: &Intent, api: &Api<'_>, tag: &Tag) -> Result<(Vec<Step>, Vec<Step>), Refusal> {
    if !api.has_passive() {
        return Err(no_passive(api, "verify"));
    }
    if !api.is_prepared(tag) {
        return Err(not_prepared(api, tag));
    }
    let (mut checks, records): (Vec<_>, Vec<_>) = api
        .spec
        .verify
        .iter()
        .cloned()
        .partition(|call| matches!(call.request.method, Method::Get | Method::Head));
    if !records_sign_off(api.spec) {
        return Err(api.refuse(
            "the API records no sign-off, so nothing would show that the release is verified",
            "Write a changing request under `verify`, and name what it changes in `observe.verified`.",
        ));
    }
    checks.extend(super::checks::calls(api)?);
    let signed = (api.facts.verified.as_ref() == Some(tag)).then(|| format!("{tag} is signed off"));
    let goal = format!("check {tag}");
    let checks = match checks.as_slice() {
        [] => Vec::new(),
        some => api.steps(intent, some, "verify", tag, (Effect::ReadOnly, &goal))?,
    };
    let goal = format!("sign {tag} off");
    let records = api.steps(intent, &records, "verify", tag, (Effect::Changes, &goal))?;
    Ok((already(checks, signed.clone()), already(records, signed)))
}

fn not_prepared(api: &Api<'_>, tag: &Tag) -> Refusal {
    let why = match (&api.facts.passive, api.facts.passive_health) {
        (Some(there), Health::Unhealthy) if there == tag => format!("{tag} is not healthy"),
        (Some(there), _) => format!("{there} is on the passive side, not {tag}"),
        (None, _) => format!("{tag} is not prepared: nothing is on the passive side"),
    };
    api.refuse(why, format!("Prepare it: `flipside prepare --release {tag}`."))
}

fn ask(tag: &Tag, signed: bool) -> Vec<Step> {
    let text = format!("Is {tag} good? All checks passed. Try it by hand, then sign it off.");
    let action = Action::Ask(Question { text, hints: Vec::new() });
    let deadline = std::time::Duration::from_secs(3600);
    let title = format!("ask whether {tag} is good");
    let step = super::request::step("ask", title, Effect::ReadOnly, action, deadline);
    already(vec![step], signed.then(|| format!("{tag} is signed off")))
}

pub fn go_live(intent: &Intent, apis: &Apis<'_>) -> Result<PlanBuilder, Refusal> {
    let tag = match named(intent) {
        Some(tag) => tag,
        None => apis.one(Facts::prepared)?.or_else(|| went_live(apis)).ok_or_else(|| Refusal {
            reason: if apis.all.iter().any(Api::has_passive) {
                "no release is prepared, and none is named".to_owned()
            } else {
                "no release is named".to_owned()
            },
            remedy: "Name one: `flipside go-live --release TAG`.".to_owned(),
            targets: Vec::new(),
        })?,
    };
    let mut builder = PlanBuilder::of_release(intent, &tag);
    let (mut tracks, mut refused) = (Vec::new(), Vec::new());
    for api in &apis.all {
        match switched(intent, api, &tag) {
            Ok(steps) => tracks.push((api.member.target.clone(), steps)),
            Err(refusal) => refused.push(refusal),
        }
    }
    Refusal::any(refused)?;
    builder.warnings.extend(unrecorded(apis, &tag));
    batches(intent, &mut builder, tracks);
    Ok(builder)
}

/// Returns how to roll back where no API records the release that users come from: now it is known.
fn unrecorded(apis: &Apis<'_>, tag: &Tag) -> Vec<String> {
    let mut origins: BTreeMap<(&str, Option<&Tag>), Vec<&str>> = BTreeMap::new();
    for api in apis.all.iter().filter(|api| api.spec.observe.previous.is_none()) {
        let from = api.facts.live.as_ref().filter(|live| *live != tag);
        let names = origins.entry((api.spec.wording.it, from)).or_default();
        names.push(api.member.target.name());
    }
    let warning = |((it, from), names): ((&str, Option<&Tag>), Vec<&str>)| {
        let targets = names.join(", ");
        let Some(from) = from else {
            return format!(
                "{targets}: {it} does not record which release users came from, so a rollback needs `--to`"
            );
        };
        let only = if names.len() == apis.all.len() {
            ""
        } else {
            &format!(" --only {}", names.join(","))
        };
        format!(
            "{targets}: {it} does not record that users come from {from}. To roll back: `flipside rollback --to {from}{only}`"
        )
    };
    origins.into_iter().map(warning).collect()
}

/// Returns the release that went live last: the same go-live, asked for again.
fn went_live(apis: &Apis<'_>) -> Option<Tag> {
    apis.newest().filter(|facts| facts.last_phase == Some(Phase::GoLive))?.live.clone()
}

fn switched(intent: &Intent, api: &Api<'_>, tag: &Tag) -> Result<Vec<Step>, Refusal> {
    let there = (api.facts.live.as_ref() == Some(tag)).then(|| format!("users are on {tag}"));
    if there.is_none() && api.has_passive() && !api.is_prepared(tag) {
        return Err(not_prepared(api, tag));
    }
    let signed = api.facts.verified.as_ref() == Some(tag);
    if there.is_none() && intent.sign_off_required && api.has_passive() && !signed {
        return Err(api.refuse(
            format!("{tag} is not signed off"),
            format!("Verify it first: `flipside verify --release {tag}`."),
        ));
    }
    let goal = format!("send users to {tag}");
    let steps = api.steps(intent, &api.spec.go_live, "go_live", tag, (Effect::Switches, &goal))?;
    Ok(already(steps, there))
}

/// Adds the canary, and then all others as many at once as the intent says.
fn batches(intent: &Intent, builder: &mut PlanBuilder, tracks: Vec<(Target, Vec<Step>)>) {
    let is_canary =
        |(target, _): &(Target, Vec<Step>)| intent.batches.canary.contains(&target.id());
    let (first, rest): (Vec<_>, Vec<_>) = tracks.into_iter().partition(is_canary);
    for (name, tracks) in [("canary", first), ("go live", rest)] {
        let tracks: Vec<Track> =
            tracks.into_iter().map(|(target, steps)| Track::of(&target, steps)).collect();
        if tracks.is_empty() {
            continue;
        }
        let pause = intent.batches.pause.filter(|_| !builder.stages.is_empty());
        let width = if name == "canary" { Width::All } else { intent.batches.size };
        let (name, gate) = (name.to_owned(), Gate::Barrier);
        builder.stages.push(Stage { name, width, pause, tracks, gate });
    }
}

pub fn abandon(intent: &Intent, apis: &Apis<'_>) -> Result<PlanBuilder, Refusal> {
    let mut builder = PlanBuilder::new(intent);
    builder.left_out.clone_from(&apis.unobserved);
    let (mut tracks, mut refused) = (Vec::new(), Vec::new());
    for api in &apis.all {
        match abandoned(intent, api) {
            Ok(steps) => tracks.push((api.member.target.clone(), steps)),
            Err(refusal) => refused.push(refusal),
        }
    }
    Refusal::any(refused)?;
    builder.stage("abandon", Gate::Barrier, tracks);
    Ok(builder)
}

/// Opens go-live again. Users are not affected.
pub fn unfreeze(intent: &Intent, apis: &Apis<'_>) -> Result<PlanBuilder, Refusal> {
    require_reason(intent)?;
    let mut builder = PlanBuilder::new(intent);
    builder.left_out.clone_from(&apis.unobserved);
    let mut tracks = Vec::new();
    for api in apis.all.iter().filter(|api| api.spec.keeps_freeze()) {
        let between = (api.facts.live.as_ref(), api.facts.previous.as_ref());
        let goal = (Effect::Changes, "open go-live again");
        let steps = api.steps_between(intent, &api.spec.unfreeze, "unfreeze", between, goal)?;
        let open = api.facts.frozen.is_none().then(|| "go-live is open here".to_owned());
        tracks.push((api.member.target.clone(), already(steps, open)));
    }
    builder.stage("unfreeze", Gate::Barrier, tracks);
    Ok(builder)
}

fn abandoned(intent: &Intent, api: &Api<'_>) -> Result<Vec<Step>, Refusal> {
    if !api.has_passive() {
        return Err(no_passive(api, "abandon"));
    }
    let Some(there) = api.facts.removable() else { return Ok(Vec::new()) };
    match named(intent) {
        Some(named) if named != *there => {
            return Err(api.refuse(
                format!("{there} is prepared, not {named}"),
                "Name that release, or none to abandon whatever is prepared.",
            ));
        }
        None if api.facts.prepared().is_some() && api.facts.proven_prepared().is_none() => {
            return Err(api.refuse(
                format!(
                    "{there} is on the passive side, and nothing shows whether it is prepared or is the \
                     release that users came from"
                ),
                format!("If it must be removed, name it: `flipside abandon --release {there}`."),
            ));
        }
        _ => {}
    }
    withdraw(intent, api, there)
}

/// Returns the steps that remove a prepared release.
pub fn withdraw(intent: &Intent, api: &Api<'_>, tag: &Tag) -> Result<Vec<Step>, Refusal> {
    let goal = format!("remove {tag}");
    api.steps(intent, &api.spec.abandon, "abandon", tag, (Effect::Changes, &goal))
}
