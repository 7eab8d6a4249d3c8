//! Repair: make records and configuration agree with the color that users reach. It moves no users: the
//! color that really answers them is taken as the truth.

use super::facts::Head;
use super::host::{HostRefusal, HostView, StackHosts};
use super::{jobs, remedies, restore_live, steps};
use crate::domain::names::Color;
use crate::domain::observation::Running;
use crate::domain::plan::{Gate, Intent, Refusal, Step};
use crate::domain::release::Tag;
use crate::domain::target::Carries;
use crate::platform::kit::builder::PlanBuilder;

pub fn plan(intent: &Intent, stack: &StackHosts<'_>) -> Result<PlanBuilder, Refusal> {
    let mut builder = PlanBuilder::new(intent);
    builder.left_out.clone_from(&stack.unobserved);
    let mut tracks = Vec::new();
    for host in stack.serving() {
        match track(intent, host) {
            Ok(mut steps) => {
                steps.extend(jobs::restarted(host));
                tracks.push((host.member.target.clone(), steps));
            }
            Err(refusal) if stack.hosts.len() == 1 => return Err(refusal.into()),
            Err(refusal) => builder.left_out.push(refusal.left_out()),
        }
    }
    for host in stack.hosts.iter().filter(|host| host.member.carries == Carries::JobsOnly) {
        tracks.extend(jobs::restarted(host).map(|step| (host.member.target.clone(), vec![step])));
    }
    builder.stage("repair", Gate::Barrier, tracks);
    Ok(builder)
}

fn track(intent: &Intent, host: &HostView<'_>) -> Result<Vec<Step>, HostRefusal> {
    host.no_switch_is_running("Repair again")?;
    let Some(truth) = host.observation.reached() else {
        let what =
            host.observation.drift.first().map_or("no color answers users", |drift| &drift.what);
        return Err(host.refuse_here(
            what,
            "This must be fixed by hand; `flipside doctor` says what is wrong.",
        ));
    };
    let tag = tag(host, truth);
    let include = |why| host.refuse_here(why, remedies::INCLUDE);
    let mut steps = live_as(intent, host, truth, file(host, truth, tag)?)?;
    // A passive entry point that leads to a color that does not run is led to the live color.
    let dead_end = host.observation.passive_shows.as_ref().is_none_or(|passive| {
        passive != truth
            && host
                .observation
                .colors
                .get(passive)
                .is_some_and(|slot| !matches!(slot.running, Running::Up | Running::Unseen))
    });
    let done = (!dead_end).then(|| "it leads to a color that runs".to_owned());
    steps.push(steps::switch(host, &host.facts, truth, tag, None).map_err(include)?.already(done));
    Ok(steps)
}

fn tag<'h>(host: &'h HostView<'_>, truth: &Color) -> Option<&'h Tag> {
    host.observation.colors.get(truth)?.release.as_ref().map(|release| &release.tag)
}

/// Returns the steps that make everything agree with this color, on which users stay. If no compose file was
/// written for it, the deployed one stays: users come first.
pub fn live(intent: &Intent, host: &HostView<'_>, truth: &Color) -> Result<Vec<Step>, HostRefusal> {
    live_as(intent, host, truth, file(host, truth, tag(host, truth)).unwrap_or_default())
}

fn live_as(
    intent: &Intent,
    host: &HostView<'_>,
    truth: &Color,
    file: Option<&str>,
) -> Result<Vec<Step>, HostRefusal> {
    let live = &host.observation.live;
    let tag = tag(host, truth);
    let record =
        steps::SwitchRecord { file, change: steps::change(intent, host, tag), freeze: None };
    if live.configured.as_ref() != Some(truth) {
        let switch = steps::switch(host, &host.facts, truth, tag, Some(&record));
        return Ok(vec![switch.map_err(|why| host.refuse_here(why, remedies::INCLUDE))?]);
    }
    let mut steps = Vec::new();
    if !host.users_are_answered() && live.likely() == Some(truth) {
        steps.extend(restore_live::steps(intent, host, truth)?);
    }
    let done = (recorded(host, truth) && host.observation.switching.is_none())
        .then(|| format!("{truth} is recorded"));
    steps.push(steps::record(host, truth, &record).already(done));
    Ok(steps)
}

/// Returns the compose file to deploy for the color that users reach: one that was written for it, else the
/// predecessor of the deployed one. `None`: the deployed one may stay.
fn file<'a>(
    host: &'a HostView<'_>,
    truth: &Color,
    tag: Option<&Tag>,
) -> Result<Option<&'a str>, HostRefusal> {
    if let Some(file) = tag.and_then(|tag| host.file_for(tag, Some(truth))) {
        return Ok(Some(&file.name));
    }
    if is_linked(host, truth) {
        return Ok(None);
    }
    let head = host.facts.linked().and_then(|file| file.head.as_ref());
    let fits = |head: &Head| tag.is_none_or(|tag| head.release == *tag);
    head.and_then(|head| host.facts.file(head.previous.as_deref()?))
        .filter(|file| file.head.as_ref().is_none_or(fits))
        .map(|file| Some(file.name.as_str()))
        .ok_or_else(|| {
            host.refuse_here(
                format!("no compose file was written for {truth}, which users are on"),
                "Point the link docker-compose.yml at the right file by hand.",
            )
        })
}

/// Returns whether the deployed compose file was written for this color, or for no color in particular.
fn is_linked(host: &HostView<'_>, truth: &Color) -> bool {
    let head = host.facts.linked().and_then(|file| file.head.as_ref());
    head.is_none_or(|head| head.color.is_none() || head.color.as_ref() == Some(truth))
}

fn recorded(host: &HostView<'_>, truth: &Color) -> bool {
    host.observation.live.recorded.as_ref() == Some(truth) && is_linked(host, truth)
}
