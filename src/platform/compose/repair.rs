//! Repair: make what is recorded and what is configured agree with what users reach. Users are not
//! moved by it: what really answers them is taken for the truth.

use super::builder::PlanBuilder;
use super::facts::Head;
use super::host::{HostView, StackHosts};
use super::{jobs, restore_live, scripts, steps};
use crate::domain::names::Color;
use crate::domain::observation::Running;
use crate::domain::plan::{Gate, Intent, LeftOut, Refusal, Step};
use crate::domain::release::Tag;
use crate::domain::target::Carries;

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
            Err(refusal) if stack.hosts.len() == 1 => return Err(refusal),
            Err(refusal) => builder.left_out.push(LeftOut {
                target: host.member.target.clone(),
                why: format!("{}; {}", refusal.reason, refusal.remedy),
            }),
        }
    }
    for host in stack.hosts.iter().filter(|host| host.member.carries == Carries::JobsOnly) {
        tracks.extend(jobs::restarted(host).map(|step| (host.member.target.clone(), vec![step])));
    }
    builder.stage("repair", Gate::Barrier, tracks);
    Ok(builder)
}

fn track(intent: &Intent, host: &HostView<'_>) -> Result<Vec<Step>, Refusal> {
    let Some(truth) = host.observation.reached() else {
        let what = host
            .observation
            .drift
            .first()
            .map_or("no color answers users here", |drift| &drift.what);
        return Err(
            host.refuse(what, "`flipside doctor` checks this server; this wants a person's hand")
        );
    };
    let tag = tag(host, truth);
    let include = |why| host.refuse(why, scripts::INCLUDE_REMEDY);
    let mut steps = live_as(intent, host, truth, file(host, truth, tag)?)?;
    // What it should show and does not is shown anew, or not at all.
    let dead_end = host.observation.passive_shows.as_ref().is_none_or(|passive| {
        passive != truth
            && host
                .observation
                .colors
                .get(passive)
                .is_some_and(|slot| !matches!(slot.running, Running::Up | Running::Unseen))
    });
    let so = (!dead_end).then(|| "it points at a color that runs".to_owned());
    steps.push(steps::switch(host, &host.facts, truth, tag, None).map_err(include)?.already(so));
    Ok(steps)
}

fn tag<'h>(host: &'h HostView<'_>, truth: &Color) -> Option<&'h Tag> {
    host.observation.colors.get(truth)?.release.as_ref().map(|release| &release.tag)
}

/// Users stay on this color, and everything is made to agree with that. Where no compose file was written for
/// it, the deployed one stays: users come first.
pub fn live(intent: &Intent, host: &HostView<'_>, truth: &Color) -> Result<Vec<Step>, Refusal> {
    live_as(intent, host, truth, file(host, truth, tag(host, truth)).unwrap_or_default())
}

fn live_as(
    intent: &Intent,
    host: &HostView<'_>,
    truth: &Color,
    file: Option<&str>,
) -> Result<Vec<Step>, Refusal> {
    let live = &host.observation.live;
    let tag = tag(host, truth);
    let record =
        steps::SwitchRecord { file, change: steps::change(intent, host, tag), freeze: None };
    if live.configured.as_ref() != Some(truth) {
        let switch = steps::switch(host, &host.facts, truth, tag, Some(&record));
        return Ok(vec![switch.map_err(|why| host.refuse(why, scripts::INCLUDE_REMEDY))?]);
    }
    let mut steps = Vec::new();
    if !host.users_are_answered() && live.likely() == Some(truth) {
        steps.extend(restore_live::steps(intent, host, truth)?);
    }
    let so = (recorded(host, truth) && host.observation.switching.is_none())
        .then(|| format!("{truth} is recorded"));
    steps.push(steps::record(host, truth, &record).already(so));
    Ok(steps)
}

/// The compose file that belongs to what users reach: one that was written for it, else the one that was
/// in use before the one that is. `None`: the link may stay.
fn file<'a>(
    host: &'a HostView<'_>,
    truth: &Color,
    tag: Option<&Tag>,
) -> Result<Option<&'a str>, Refusal> {
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
            host.refuse(
                format!("no compose file here was written for {truth}, which users reach"),
                "point docker-compose.yml at the right one by hand",
            )
        })
}

/// The compose file in use does not speak against this color.
fn is_linked(host: &HostView<'_>, truth: &Color) -> bool {
    let head = host.facts.linked().and_then(|file| file.head.as_ref());
    head.is_none_or(|head| head.color.is_none() || head.color.as_ref() == Some(truth))
}

fn recorded(host: &HostView<'_>, truth: &Color) -> bool {
    host.observation.live.recorded.as_ref() == Some(truth) && is_linked(host, truth)
}
