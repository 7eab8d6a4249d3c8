//! Drift: where recorded and observed state disagree, in words, with a remedy.

use super::facts::Facts;
use crate::domain::names::Color;
use crate::domain::observation::{Drift, DriftKind, HttpAnswer, Observation, Running, Switching};
use crate::domain::spec::Member;
use crate::domain::target::Carries;
use crate::platform::compose::spec::ComposeSpec;
use crate::platform::kit::remedies::DOCTOR;

const REPAIR: &str = "Run `flipside repair`: it makes them agree without moving users.";

/// Returns all drift of one host, the most fundamental first.
pub fn find(
    member: &Member,
    spec: &ComposeSpec,
    observation: &Observation,
    facts: &Facts,
) -> Vec<Drift> {
    let setup =
        format!("Run `flipside setup {} --release TAG` to set it up.", member.as_arguments());
    if facts.missing {
        return vec![drift(
            format!("{} does not exist: this server was never set up", spec.stack.dir),
            &setup,
        )];
    }
    let mut found: Vec<Drift> =
        facts.problems.iter().map(|trouble| drift(trouble.clone(), DOCTOR)).collect();
    if facts.linked().is_none() {
        let (what, remedy) = facts.no_compose_file(&spec.stack.dir);
        found.push(drift(what, remedy.as_ref().unwrap_or(&setup)));
    }
    if let Some(switching) = &observation.switching {
        found.push(unfinished_switch(switching));
    }
    if member.carries == Carries::App {
        let mut of_colors = Vec::new();
        colors(spec, observation, facts, &mut of_colors);
        // While a switch runs, sources disagree because it has not changed all of them yet.
        let running = observation.switching.as_ref().is_some_and(|mark| mark.running);
        of_colors.retain(|drift| !running || drift.kind == DriftKind::UsersUnanswered);
        found.extend(of_colors);
    }
    found
}

fn drift(what: String, remedy: &str) -> Drift {
    Drift { what, remedy: remedy.to_owned(), kind: DriftKind::Disagreement, repairable: false }
}

fn repairable(what: String) -> Drift {
    Drift { repairable: true, ..drift(what, REPAIR) }
}

/// Drift of a host whose users get no correct answer, although all sources agree on the live color.
fn unanswered(what: String) -> Drift {
    let remedy = "Run `flipside repair` to start it again if it is stopped, or `flipside rollback` \
                  to send users back to the release that they came from.";
    Drift { kind: DriftKind::UsersUnanswered, repairable: true, ..drift(what, remedy) }
}

/// Drift of a switch that is running or was interrupted: configuration and record may be of either color.
fn unfinished_switch(switching: &Switching) -> Drift {
    let Switching { from, to, run, at, running, .. } = switching;
    let from = from.as_ref().map_or("?", |color| color.as_str());
    let since = at.format("%Y-%m-%d %H:%M:%S UTC");
    if *running {
        drift(
            format!("a switch from {from} to {to} has been running since {since} (run {run})"),
            "It ends by itself; check again in a minute.",
        )
    } else {
        repairable(format!(
            "a switch from {from} to {to} was interrupted (started at {since} by run {run})"
        ))
    }
}

fn colors(spec: &ComposeSpec, observation: &Observation, facts: &Facts, found: &mut Vec<Drift>) {
    let Some(live) = &observation.live.configured else { return };
    let answered = observation.live.answer.as_ref().and_then(|answer| answer.color.as_ref());
    // Records are compared with the color that really answers users.
    let serves = answered.unwrap_or(live);
    if serves != live {
        found.push(repairable(format!(
            "{serves} answers users, but nginx is configured for {live}: it was not reloaded"
        )));
    }
    match &observation.live.recorded {
        Some(recorded) if recorded == serves => {}
        Some(recorded) => found.push(repairable(format!(
            "{}/live-color says {recorded}, but nginx serves {serves}",
            spec.stack.dir
        ))),
        None => found.push(repairable(format!(
            "{}/live-color names no color, but nginx serves {serves}",
            spec.stack.dir
        ))),
    }
    if is_down(observation, live) {
        found.push(unanswered(format!("nginx serves {live}, but its container does not run")));
    } else if observation.users_are_answered() != Some(true) && serves == live {
        let header = spec.proxy.live.color_header.as_deref();
        let got = describe(observation.live.answer.as_ref(), header, facts.live_tls.as_deref());
        found.push(unanswered(format!("users of {live} get {got}")));
    }
    if let Some(passive) = &observation.passive_points_at {
        passive_entry_point(spec, observation, facts, passive, found);
    }
    let head = facts.linked().and_then(|file| file.head.as_ref());
    if let Some(head) = head
        && let Some(color) = head.color.as_ref().filter(|color| *color != serves)
    {
        found.push(repairable(format!(
            "{}/docker-compose.yml was written for {color} {}, but nginx serves {serves}",
            spec.stack.dir, head.release
        )));
    }
}

fn passive_entry_point(
    spec: &ComposeSpec,
    observation: &Observation,
    facts: &Facts,
    passive_points_at: &Color,
    found: &mut Vec<Drift>,
) {
    let answered = facts.passive_answer.as_ref().and_then(|answer| answer.color.as_ref());
    let what = if Some(passive_points_at) != observation.live.configured.as_ref()
        && is_down(observation, passive_points_at)
    {
        format!("the passive entry point leads to {passive_points_at}, which does not run")
    } else if let Some(other) = answered.filter(|color| *color != passive_points_at) {
        return found.push(repairable(format!(
            "the passive entry point answers as {other}, but nginx is configured for \
             {passive_points_at}: it was not reloaded"
        )));
    } else if !facts.passive_answers_as(passive_points_at, spec) {
        let header = spec.proxy.passive.color_header.as_deref();
        format!(
            "the passive entry point should show {passive_points_at}, but gives {}",
            describe(facts.passive_answer.as_ref(), header, facts.passive_tls.as_deref())
        )
    } else {
        return;
    };
    let remedy = "Run `flipside repair` to point it at the live color again, or `flipside prepare` \
                  to prepare a release.";
    found.push(Drift {
        kind: DriftKind::PassiveUnanswered,
        repairable: true,
        ..drift(what, remedy)
    });
}

/// Describes what came instead of a correct answer.
fn describe(answer: Option<&HttpAnswer>, header: Option<&str>, tls: Option<&str>) -> String {
    match (answer, header) {
        (Some(HttpAnswer { status: Some(status), color: None, .. }), Some(header)) => {
            format!("status {status} without the header {header}")
        }
        (Some(HttpAnswer { status: Some(status), .. }), _) => format!("status {status}"),
        _ => match tls {
            Some(why) => format!("no answer: {why}"),
            None => "no answer".to_owned(),
        },
    }
}

fn is_down(observation: &Observation, color: &Color) -> bool {
    let is_down = |running| !matches!(running, Running::Up | Running::Unseen);
    observation.colors.get(color).is_some_and(|slot| is_down(slot.running))
}
