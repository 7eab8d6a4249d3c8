//! Drift: where recorded and observed state disagree, in words, with a remedy. A platform adds its own.

use super::facts::HostFacts;
use super::remedies::DOCTOR;
use super::spec::{ProxySpec, StackSpec};
use crate::domain::names::Color;
use crate::domain::observation::{
    Drift, DriftKind, HttpAnswer, Observation, Proof, Running, Switching,
};
use crate::domain::spec::{EntryPoint, Member};

const REPAIR: &str = "Run `flipside repair`: it makes them agree without moving users.";

/// The host whose drift is searched.
#[derive(Debug, Clone, Copy)]
pub struct DriftOf<'a> {
    pub member: &'a Member,
    pub stack: &'a StackSpec,
    pub proxy: Option<&'a ProxySpec>,
    pub observation: &'a Observation,
    pub facts: &'a HostFacts,
}

/// What a platform adds.
#[derive(Debug)]
pub struct Own {
    /// What runs as a color: `container`.
    pub runs: &'static str,
    /// What to do on a server that was never set up.
    pub set_up: String,
    /// What is wrong whatever color is live, such as that nothing is deployed.
    pub always: Vec<Drift>,
    /// What disagrees with the color that [`serves`] users.
    pub of_color: Vec<Drift>,
}

/// Returns the color that records are compared with: the one that answers users, or that nginx is configured for if no answer
/// names one. `None`: the configuration is not known.
pub fn serves(observation: &Observation) -> Option<&Color> {
    observation.live.configured.as_ref().and(observation.reached())
}

/// Returns all drift of one host, the most fundamental first.
pub fn find(of: &DriftOf<'_>, own: Own) -> Vec<Drift> {
    let DriftOf { member, stack, observation, facts, .. } = *of;
    if facts.missing {
        let what = format!("{} does not exist: this server was never set up", stack.dir);
        return vec![drift(what, &own.set_up)];
    }
    let mut found: Vec<Drift> =
        facts.problems.iter().map(|trouble| drift(trouble.clone(), DOCTOR)).collect();
    found.extend(own.always);
    if let Some(switching) = &observation.switching {
        found.push(unfinished_switch(switching));
    }
    if facts.serves(member) {
        let mut of_colors = Vec::new();
        if let Some(proxy) = of.proxy {
            behind_proxy(of, proxy, own.runs, &mut of_colors);
        }
        of_colors.extend(own.of_color);
        // While a switch runs, sources disagree because it has not changed all of them yet.
        let running = observation.switching.as_ref().is_some_and(|mark| mark.running);
        of_colors.retain(|drift| !running || drift.kind == DriftKind::UsersUnanswered);
        found.extend(of_colors);
    }
    found
}

/// Returns drift that a person ends.
pub fn drift(what: String, remedy: &str) -> Drift {
    Drift { what, remedy: remedy.to_owned(), kind: DriftKind::Disagreement, repairable: false }
}

/// Returns drift that `repair` ends.
pub fn repairable(what: String) -> Drift {
    Drift { repairable: true, ..drift(what, REPAIR) }
}

/// Returns drift of a host whose users get no correct answer, although all sources agree on the live color.
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

/// Adds the drift of both entry points. Before the first release nothing answers at either.
fn behind_proxy(of: &DriftOf<'_>, proxy: &ProxySpec, runs: &str, found: &mut Vec<Drift>) {
    let DriftOf { stack, observation, facts, .. } = *of;
    let live = observation.live.configured.as_ref();
    let Some((live, serves)) = live.zip(serves(observation)) else { return };
    if observation.live.proof == Proof::NoUsers {
        return;
    }
    if serves != live {
        found.push(repairable(format!(
            "{serves} answers users, but nginx is configured for {live}: it was not reloaded"
        )));
    }
    match &observation.live.recorded {
        Some(recorded) if recorded == serves => {}
        Some(recorded) => found.push(repairable(format!(
            "{}/live-color says {recorded}, but nginx serves {serves}",
            stack.dir
        ))),
        None => found.push(repairable(format!(
            "{}/live-color names no color, but nginx serves {serves}",
            stack.dir
        ))),
    }
    if is_down(observation, live) {
        found.push(unanswered(format!("nginx serves {live}, but its {runs} does not run")));
    } else if observation.users_are_answered() != Some(true) && serves == live {
        found.push(unanswered(users_get(live, &proxy.live, observation, facts)));
    }
    if let Some(passive) = &observation.passive_points_at {
        passive_entry_point(of, proxy, passive, found);
    }
}

fn passive_entry_point(
    of: &DriftOf<'_>,
    proxy: &ProxySpec,
    passive_points_at: &Color,
    found: &mut Vec<Drift>,
) {
    let DriftOf { observation, facts, .. } = *of;
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
    } else if !facts.passive_answers_as(passive_points_at, proxy) {
        let header = proxy.passive.color_header.as_deref();
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

/// Returns what users of the live color get instead of a correct answer.
pub fn users_get(
    live: &Color,
    entry_point: &EntryPoint,
    observation: &Observation,
    facts: &HostFacts,
) -> String {
    let header = entry_point.color_header.as_deref();
    let got = describe(observation.live.answer.as_ref(), header, facts.live_tls.as_deref());
    format!("users of {live} get {got}")
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
