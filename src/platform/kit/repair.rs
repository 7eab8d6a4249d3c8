//! Repair: make records and configuration agree with the color that users reach. It moves no users: the
//! color that really answers them is taken as the truth.

use super::builder::PlanBuilder;
use super::host::{HostRefusal, HostView, StackHosts};
use super::runtime::Runtime;
use super::{restore_live, switch};
use crate::domain::names::Color;
use crate::domain::observation::Running;
use crate::domain::plan::{Gate, Intent, Refusal, Step};
use crate::domain::release::Tag;
use crate::domain::target::Carries;

pub fn plan<R: Runtime>(
    intent: &Intent,
    stack: &StackHosts<'_, R>,
) -> Result<PlanBuilder, Refusal> {
    let mut builder = PlanBuilder::new(intent);
    builder.left_out.clone_from(&stack.unobserved);
    let mut tracks = Vec::new();
    for host in stack.serving() {
        match track(intent, host) {
            Ok(mut steps) => {
                steps.extend(R::followers_restored(intent, host));
                tracks.push((host.member.target.clone(), steps));
            }
            Err(refusal) if stack.hosts.len() == 1 => return Err(refusal.into()),
            Err(refusal) => builder.left_out.push(refusal.left_out()),
        }
    }
    for host in stack.hosts.iter().filter(|host| host.member.carries == Carries::JobsOnly) {
        tracks.push((host.member.target.clone(), R::followers_restored(intent, host)));
    }
    builder.stage("repair", Gate::Barrier, tracks);
    Ok(builder)
}

fn track<R: Runtime>(intent: &Intent, host: &HostView<'_, R>) -> Result<Vec<Step>, HostRefusal> {
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
    let mut steps =
        live_as(intent, host, truth, R::deployment_of_live(host, truth, tag)?.as_deref())?;
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
    steps.push(switch::passive(host, truth, tag)?.already(done));
    steps.extend(R::mend(intent, host, truth));
    Ok(steps)
}

fn tag<'h, R: Runtime>(host: &'h HostView<'_, R>, truth: &Color) -> Option<&'h Tag> {
    host.observation.colors.get(truth)?.release.as_ref().map(|release| &release.tag)
}

/// Returns the steps that make everything agree with this color, on which users stay. If nothing can be
/// deployed for it, what is deployed stays: users come first.
pub fn live<R: Runtime>(
    intent: &Intent,
    host: &HostView<'_, R>,
    truth: &Color,
) -> Result<Vec<Step>, HostRefusal> {
    live_as(
        intent,
        host,
        truth,
        R::deployment_of_live(host, truth, tag(host, truth)).unwrap_or_default().as_deref(),
    )
}

fn live_as<R: Runtime>(
    intent: &Intent,
    host: &HostView<'_, R>,
    truth: &Color,
    deploys: Option<&str>,
) -> Result<Vec<Step>, HostRefusal> {
    let live = &host.observation.live;
    let tag = tag(host, truth);
    let record =
        switch::SwitchRecord { deploys, change: switch::change(intent, host, tag), freeze: None };
    if live.configured.as_ref() != Some(truth) {
        return Ok(vec![switch::users(host, truth, tag, &record)?]);
    }
    if let Some(step) = R::take_up(host, truth, &record) {
        return Ok(vec![step]);
    }
    let mut steps = Vec::new();
    if !host.users_are_answered() && live.likely() == Some(truth) {
        steps.extend(restore_live::steps(intent, host, truth)?);
    }
    let done = (recorded(host, truth) && host.observation.switching.is_none())
        .then(|| format!("{truth} is recorded"));
    steps.push(switch::record(host, truth, &record).already(done));
    Ok(steps)
}

fn recorded<R: Runtime>(host: &HostView<'_, R>, truth: &Color) -> bool {
    host.observation.live.recorded.as_ref() == Some(truth) && R::is_deployed(host, truth)
}
