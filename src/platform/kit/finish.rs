//! Finish: let the previous color drain, stop it so that it can be started again, and remove what neither color needs.

use std::collections::BTreeSet;

use super::builder::PlanBuilder;
use super::host::{HostView, StackHosts};
use super::runtime::Runtime;
use super::steps;
use crate::domain::observation::Running;
use crate::domain::plan::{Gate, Intent, Refusal, Step};
use crate::domain::release::Tag;
use crate::domain::rollback::PassiveRole;

pub fn plan<R: Runtime>(
    intent: &Intent,
    stack: &StackHosts<'_, R>,
) -> Result<PlanBuilder, Refusal> {
    let mut builder = PlanBuilder::new(intent);
    one_release_live(stack)?;
    let mut tracks = Vec::new();
    for host in stack.serving() {
        tracks.push((host.member.target.clone(), stop(intent, host)?));
    }
    builder.stage("stop", Gate::Barrier, tracks);
    builder.stage(
        "prune",
        Gate::Barrier,
        stack.hosts.iter().map(|host| (host.member.target.clone(), vec![R::prune(host)])),
    );
    builder
        .warnings
        .push("after this a rollback is cold: it has to start the stopped color first".to_owned());
    builder.warnings.extend(without_record(stack));
    Ok(builder)
}

/// Returns the warning that no record leads back to a color that is stopped.
fn without_record<R: Runtime>(stack: &StackHosts<'_, R>) -> Option<String> {
    let unknown = stack.serving().filter_map(|host| match stack.passive_release(host)? {
        (tag, PassiveRole::Unknown) => Some((host.member.target.name(), tag)),
        _ => None,
    });
    let (names, tags): (Vec<&str>, BTreeSet<&Tag>) = unknown.unzip();
    let tag = tags.first()?;
    let which = if tags.len() == 1 { tag.as_str() } else { "TAG" };
    Some(format!(
        "{} recorded no release that users came from: only `flipside rollback --to {which}` leads back \
         after this",
        names.join(", ")
    ))
}

/// Checks that users are on one release everywhere. While hosts differ, the color to be stopped is still
/// needed, to go forward or to roll back.
fn one_release_live<R: Runtime>(stack: &StackHosts<'_, R>) -> Result<(), Refusal> {
    let mut live: BTreeSet<&Tag> = BTreeSet::new();
    for host in stack.serving() {
        let slots = host.slots_without_drift()?;
        if slots.shows_passive() {
            let tag = slots.passive_tag().map_or("?", Tag::as_str);
            let on = slots.passive;
            return Err(match stack.passive_release(host) {
                Some((_, PassiveRole::RolledBack)) => host.refuse(
                    format!("the passive entry point shows {on} {tag}, which was rolled back"),
                    "Abandon it first: `flipside abandon`.",
                ),
                _ => host.refuse(
                    format!("{on} {tag} is prepared, and users do not reach it yet"),
                    "Go live with it or abandon it first.",
                ),
            });
        }
        if let Some(release) = &slots.live_slot.release {
            live.insert(&release.tag);
        }
    }
    if live.len() < 2 {
        return Ok(());
    }
    let tags: Vec<&str> = live.iter().map(|tag| tag.as_str()).collect();
    Err(Refusal {
        reason: format!("users are on different releases: {}", tags.join(", ")),
        remedy: "Go live or roll back so that all hosts have one release, then finish.".to_owned(),
        targets: stack.serving().map(|host| host.member.target.clone()).collect(),
    })
}

fn stop<R: Runtime>(intent: &Intent, host: &HostView<'_, R>) -> Result<Vec<Step>, Refusal> {
    let slots = host.slots_without_drift()?;
    let down = matches!(slots.passive_slot.running, Running::Stopped | Running::Absent)
        .then(|| format!("{} does not run", slots.passive));
    let drained = down
        .clone()
        .or_else(|| (host.includes.draining == Some(0)).then(|| "none is running".to_owned()));
    let drain = steps::drain(host).map(|step| step.already(drained));
    Ok(drain.into_iter().chain([R::stop(intent, host, slots.passive).already(down)]).collect())
}
