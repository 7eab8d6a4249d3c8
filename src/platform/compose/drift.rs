//! Where what is recorded and what is observed disagree, in words, with what puts it right.

use super::facts::Facts;
use crate::domain::names::Color;
use crate::domain::observation::{Drift, DriftKind, HttpAnswer, Observation, Running, Switching};
use crate::domain::spec::{ComposeSpec, Member};
use crate::domain::target::Carries;

const REPAIR: &str = "`flipside repair` plans what makes them agree without moving users";
pub fn found(
    member: &Member,
    spec: &ComposeSpec,
    observation: &Observation,
    facts: &Facts,
) -> Vec<Drift> {
    let setup = format!(
        "`flipside setup {} --release TAG` brings this server into shape",
        member.as_arguments()
    );
    if facts.missing {
        return vec![drift(
            format!("{} is not there: this server was never set up", spec.dir),
            &setup,
        )];
    }
    let mut found: Vec<Drift> = facts
        .troubles
        .iter()
        .map(|trouble| {
            drift(trouble.clone(), "`flipside doctor` checks this server and says what to change")
        })
        .collect();
    if facts.linked().is_none() {
        let (what, remedy) = facts.no_compose_file(&spec.dir);
        found.push(drift(what, remedy.as_ref().unwrap_or(&setup)));
    }
    if let Some(switching) = &observation.switching {
        found.push(half_way(switching));
    }
    if member.carries == Carries::App {
        colors(spec, observation, facts, &mut found);
    }
    found
}

fn drift(what: String, remedy: &str) -> Drift {
    Drift { what, remedy: remedy.to_owned(), kind: DriftKind::Disagreement }
}

/// Users get no right answer, and every source says which color should give it.
fn unanswered(what: String) -> Drift {
    let remedy = "`flipside repair` starts it again where it is stopped; `flipside rollback` sends users \
                  to the release that they came from";
    Drift { kind: DriftKind::UsersUnanswered, ..drift(what, remedy) }
}

/// A switch that is at work, or was interrupted: what is configured and recorded may be of either color.
fn half_way(switching: &Switching) -> Drift {
    let Switching { from, to, run, at, running, .. } = switching;
    let from = from.as_ref().map_or("?", |color| color.as_str());
    let since = at.format("%Y-%m-%d %H:%M:%S UTC");
    if *running {
        drift(
            format!("a switch from {from} to {to} is under way since {since}, by run {run}"),
            "it ends by itself; observe again then",
        )
    } else {
        drift(
            format!("a switch from {from} to {to} was interrupted: run {run} began it at {since}"),
            REPAIR,
        )
    }
}

fn colors(spec: &ComposeSpec, observation: &Observation, facts: &Facts, found: &mut Vec<Drift>) {
    let Some(live) = &observation.live.configured else { return };
    let answered = observation.live.answer.as_ref().and_then(|answer| answer.color.as_ref());
    // What really answers users is what a record is held against.
    let serves = answered.unwrap_or(live);
    if serves != live {
        found.push(drift(
            format!("users are answered by {serves}, nginx is configured for {live}: it was not reloaded"),
            REPAIR,
        ));
    }
    match &observation.live.recorded {
        Some(recorded) if recorded == serves => {}
        Some(recorded) => found.push(drift(
            format!("{}/live-color says {recorded}, nginx serves {serves}", spec.dir),
            REPAIR,
        )),
        None => found.push(drift(
            format!("{}/live-color names no color, nginx serves {serves}", spec.dir),
            REPAIR,
        )),
    }
    if is_down(observation, live) {
        found.push(unanswered(format!("nginx serves {live}, whose container does not run")));
    } else if observation.users_are_answered() != Some(true) && serves == live {
        let header = spec.live.color_header.as_deref();
        let got = got(observation.live.answer.as_ref(), header, facts.live_tls.as_deref());
        found.push(unanswered(format!("users of {live} get {got}")));
    }
    if let Some(passive) = &observation.passive_points_at {
        passive_side(spec, observation, facts, passive, found);
    }
    let head = facts.linked().and_then(|file| file.head.as_ref());
    if let Some(head) = head
        && let Some(color) = head.color.as_ref().filter(|color| *color != serves)
    {
        found.push(drift(
            format!(
                "{}/docker-compose.yml was written for {color} {}, nginx serves {serves}",
                spec.dir, head.release
            ),
            REPAIR,
        ));
    }
}

fn passive_side(
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
        format!("the passive side points at {passive_points_at}, which does not run")
    } else if let Some(other) = answered.filter(|color| *color != passive_points_at) {
        return found.push(drift(
            format!("the passive side answers as {other} and is configured for {passive_points_at}: nginx was not reloaded"),
            REPAIR,
        ));
    } else if !facts.passive_answers_as(passive_points_at, spec) {
        let header = spec.passive.color_header.as_deref();
        format!(
            "the passive side should show {passive_points_at}, and gives {}",
            got(facts.passive_answer.as_ref(), header, facts.passive_tls.as_deref())
        )
    } else {
        return;
    };
    let remedy =
        "`flipside repair` points it at the live color; `flipside prepare` points it at a release";
    found.push(Drift { kind: DriftKind::PassiveUnanswered, ..drift(what, remedy) });
}

/// What came instead of a right answer.
fn got(answer: Option<&HttpAnswer>, header: Option<&str>, tls: Option<&str>) -> String {
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
