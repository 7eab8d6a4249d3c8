//! Slots: the version of each, and whether it is up. With a pair of services a slot is up if its service is; without, if
//! its version is prepared.

use std::collections::BTreeMap;

use super::facts::{Facts, SlotLink};
use super::live_link::{LiveLink, Problem};
use super::spec::SymlinkSpec;
use crate::domain::names::Color;
use crate::domain::observation::{Health, Running, Slot};
use crate::domain::release::Tag;

/// Returns both slots. `live` is the live color where it is known without the slots' links.
pub fn colors(
    spec: &SymlinkSpec,
    facts: &Facts,
    recorded: Option<&Color>,
) -> BTreeMap<Color, Slot> {
    let live = live_color(spec, facts, recorded).ok();
    let slot = |color: &Color| {
        let is_live = live.as_ref() == Some(color);
        if spec.pair.is_some() { of_pair(facts, color) } else { alone(spec, facts, color, is_live) }
    };
    spec.colors.both().into_iter().map(|color| (color.clone(), slot(color))).collect()
}

/// Returns the color whose version the live link names, for an app without a pair of services. A link that another tool has
/// swung names a version that is in no slot: the recorded color stays live. On a host that another tool set up no slot has
/// a link yet: then the first color without one is live. `Err`: no slot can be it.
pub fn live_color(
    spec: &SymlinkSpec,
    facts: &Facts,
    recorded: Option<&Color>,
) -> Result<Color, Problem> {
    let both = spec.colors.both();
    let Some(live) = facts.live() else {
        // Before the first release nothing is live, and the second color is free for it.
        let first = matches!(facts.link, LiveLink::Absent).then(|| both[0].clone());
        return first.ok_or_else(|| Problem {
            what: "no version is live".to_owned(),
            remedy: format!("Point the link `{}` at a version.", spec.layout.link),
        });
    };
    let named = |color: &&Color| facts.in_slot(color) == Some(live);
    let free = |color: &&Color| !facts.slots.contains_key(*color);
    // Where both have that version, the record decides.
    let found = recorded.filter(named).or_else(|| both.into_iter().find(named));
    found.or(recorded).or_else(|| both.into_iter().find(free)).cloned().ok_or_else(|| Problem {
        what: format!("{live} is live, but neither slot has that version"),
        remedy: format!(
            "If {live} is right, point the link of its slot in {}/.flipside/slots at it.",
            spec.stack.dir
        ),
    })
}

fn of_pair(facts: &Facts, color: &Color) -> Slot {
    let version = facts.in_slot(color);
    let service = facts.services.get(color).copied().unwrap_or(Running::Unseen);
    let started = facts.started.get(color);
    // A service that was not started since its slot changed still runs the version before.
    let stale = |version: &Tag| started.is_some_and(|it| !it.well || it.version != *version);
    let running = match (version, service) {
        (None, Running::Stopped) => Running::Absent,
        (Some(version), Running::Up) if stale(version) => Running::Unsettled,
        (_, service) => service,
    };
    let health = match (running, facts.answers.get(color)) {
        (Running::Up, Some(200..=399)) => Health::Healthy,
        (Running::Up, _) => Health::Unhealthy,
        (Running::Unsettled, _) if started.is_some_and(|it| it.running) => Health::Starting,
        _ => Health::None,
    };
    Slot { release: version.map(|version| facts.release(version)), running, health }
}

fn alone(spec: &SymlinkSpec, facts: &Facts, color: &Color, is_live: bool) -> Slot {
    // The live slot has the version of the live link, whether it has a link of its own or not.
    let version = if is_live { facts.live() } else { facts.in_slot(color) };
    let running = match version {
        Some(version) if is_live || facts.is_prepared(spec, version) => Running::Up,
        Some(_) => Running::Stopped,
        None if matches!(facts.slots.get(color), Some(SlotLink::Dangling(_))) => Running::Stopped,
        None => Running::Absent,
    };
    let health = if running == Running::Up { Health::Unchecked } else { Health::None };
    Slot { release: version.map(|version| facts.release(version)), running, health }
}
