//! Finish: let the previous color drain, stop it but keep its container, and remove images and files that
//! neither color needs.

use std::collections::BTreeSet;

use super::host::{HostView, StackHosts};
use super::steps;
use crate::domain::observation::Running;
use crate::domain::plan::{Gate, Intent, Refusal, Step};
use crate::domain::release::Tag;
use crate::domain::rollback::PassiveRole;
use crate::domain::target::Carries;
use crate::platform::kit::builder::PlanBuilder;

pub fn plan(intent: &Intent, stack: &StackHosts<'_>) -> Result<PlanBuilder, Refusal> {
    let mut builder = PlanBuilder::new(intent);
    one_release_live(stack)?;
    let mut tracks = Vec::new();
    for host in stack.serving() {
        tracks.push((host.member.target.clone(), stop(host)?));
    }
    builder.stage("stop", Gate::Barrier, tracks);
    builder.stage(
        "prune",
        Gate::Barrier,
        stack.hosts.iter().map(|host| (host.member.target.clone(), vec![prune(host)])),
    );
    builder
        .warnings
        .push("after this a rollback is cold: it has to start the stopped color first".to_owned());
    builder.warnings.extend(without_record(stack));
    Ok(builder)
}

/// Returns the warning that no record leads back to a color that is stopped.
fn without_record(stack: &StackHosts<'_>) -> Option<String> {
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
fn one_release_live(stack: &StackHosts<'_>) -> Result<(), Refusal> {
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

fn stop(host: &HostView<'_>) -> Result<Vec<Step>, Refusal> {
    let slots = host.slots_without_drift()?;
    let down = matches!(slots.passive_slot.running, Running::Stopped | Running::Absent)
        .then(|| format!("{} does not run", slots.passive));
    let drained = down
        .clone()
        .or_else(|| (host.facts.draining == Some(0)).then(|| "none is running".to_owned()));
    Ok(vec![steps::drain(host).already(drained), steps::stop(host, slots.passive).already(down)])
}

/// Returns the step that removes images by exact tag and dated files by exact name: never what a color or
/// the jobs use, nor the newest releases, which are retained, nor the deployed file and its predecessor.
fn prune(host: &HostView<'_>) -> Step {
    let used = used_tags(host);
    let mut others: Vec<_> =
        host.facts.images.iter().filter(|image| !used.contains(&image.tag)).collect();
    others.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| b.tag.cmp(&a.tag)));
    let retained = host.spec.pair.keep_releases as usize;
    let unneeded: Vec<_> = others.iter().skip(retained).collect();
    let images: Vec<String> =
        unneeded.iter().map(|image| format!("{}:{}", host.spec.image, image.tag)).collect();
    let linked = host.facts.linked();
    let previous = linked.and_then(|file| file.head.as_ref()?.previous.clone());
    let files: Vec<String> = host
        .facts
        .files
        .iter()
        .filter(|file| Some(*file) != linked && Some(&file.name) != previous.as_ref())
        .filter(|file| {
            file.head.as_ref().is_some_and(|head| {
                !used.contains(&head.release)
                    && !others.iter().take(retained).any(|image| image.tag == head.release)
            })
        })
        .map(|file| file.name.clone())
        .collect();
    let nothing = (images.is_empty() && files.is_empty())
        .then(|| "everything on this host is needed or retained".to_owned());
    steps::prune(host, &images, &files).already(nothing)
}

fn used_tags(host: &HostView<'_>) -> BTreeSet<Tag> {
    let mut used: BTreeSet<Tag> =
        host.facts.containers.iter().filter_map(|c| c.tag.clone()).collect();
    if host.member.carries == Carries::JobsOnly {
        used.extend(
            host.facts
                .linked()
                .and_then(|file| file.head.as_ref())
                .map(|head| head.release.clone()),
        );
    }
    used
}
