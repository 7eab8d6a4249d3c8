//! Where what is recorded and what is observed disagree, in words, with what puts it right.

use super::facts::Facts;
use crate::domain::names::Color;
use crate::domain::observation::{Drift, Observation, Running};
use crate::domain::spec::{ComposeSpec, Member};
use crate::domain::target::Carries;

const REPAIR: &str = "`flipside repair` plans what makes them agree without moving users";
pub fn found(member: &Member, spec: &ComposeSpec, seen: &Observation, facts: &Facts) -> Vec<Drift> {
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
        let what = match &facts.link {
            None => format!("{}/docker-compose.yml is not a link to a dated file", spec.dir),
            Some(link) => {
                format!("{}/docker-compose.yml points to {link}, which is not there", spec.dir)
            }
        };
        found.push(drift(what, &setup));
    }
    if member.carries == Carries::App {
        colors(spec, seen, facts, &mut found);
    }
    found
}

fn drift(what: String, remedy: &str) -> Drift {
    Drift { what, remedy: remedy.to_owned() }
}

fn colors(spec: &ComposeSpec, seen: &Observation, facts: &Facts, found: &mut Vec<Drift>) {
    let Some(live) = &seen.live.configured else { return };
    let answered = seen.live.answer.as_ref().and_then(|answer| answer.color.as_ref());
    // What really answers users is what a record is held against.
    let serves = answered.unwrap_or(live);
    if serves != live {
        found.push(drift(
            format!("users are answered by {serves}, nginx is configured for {live}: it was not reloaded"),
            REPAIR,
        ));
    }
    match &seen.live.recorded {
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
    if is_down(seen, live) {
        found.push(drift(
            format!("nginx serves {live}, whose container does not run"),
            "start it on the host, or roll back to the other color",
        ));
    }
    if let Some(passive) = seen.passive_shows.as_ref().filter(|passive| *passive != live)
        && is_down(seen, passive)
    {
        found.push(drift(
            format!("the passive side points at {passive}, which does not run"),
            REPAIR,
        ));
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

fn is_down(seen: &Observation, color: &Color) -> bool {
    let is_down = |running| !matches!(running, Running::Up | Running::Unseen);
    seen.colors.get(color).is_some_and(|sight| is_down(sight.running))
}
