//! Drift of this platform: the live link against the records and against what nginx serves, and hooks that did not end well.

use super::facts::{Facts, HookState, SlotLink};
use super::live_link::{LinkForm, LiveLink, Problem};
use super::spec::{Hooks, SymlinkSpec};
use super::{elsewhere, workers, workloads};
use crate::domain::names::Color;
use crate::domain::observation::{Drift, DriftKind, Observation, Running};
use crate::domain::release::Tag;
use crate::domain::spec::Member;
use crate::domain::target::Carries;
use crate::platform::kit::drift::{self, DriftOf, Own, drift, repairable};

/// Returns all drift of one host, the most fundamental first.
pub fn find(
    member: &Member,
    spec: &SymlinkSpec,
    observation: &Observation,
    facts: &Facts,
) -> Vec<Drift> {
    let of = DriftOf {
        member,
        stack: &spec.stack,
        proxy: spec.proxy(),
        observation,
        facts: &facts.host,
    };
    let problem = |problem: &Problem| drift(problem.what.clone(), &problem.remedy);
    let mut of_color = match spec.pair {
        Some(_) => linked_to_another(spec, observation, facts)
            .or_else(|| recorded_another(spec, observation, facts))
            .into_iter()
            .collect(),
        None => alone(spec, observation, facts),
    };
    of_color.extend(not_bounced(spec, facts));
    of_color.extend(unusable(spec, facts));
    let mut always: Vec<Drift> = facts.problems.iter().map(problem).collect();
    if member.carries == Carries::JobsOnly {
        always.extend(workers::drift(spec, facts));
    }
    drift::find(&of, Own { runs: "service", set_up: set_up(spec, facts), always, of_color })
}

/// Returns what to do where the app's directory does not exist. This platform sets up no server.
fn set_up(spec: &SymlinkSpec, facts: &Facts) -> String {
    let setup_facts = facts.preflight.setup_facts.as_ref();
    let (user, group) =
        setup_facts.map_or(("USER", "GROUP"), |it| (it.user.as_str(), it.group.as_str()));
    let dir = &spec.stack.dir;
    format!(
        "Run `install -d -o {user} -g {group} {dir}` as root; then `flipside doctor` says what else is missing."
    )
}

/// Returns drift that blocks neither going live with the same release nor a rollback.
fn incomplete(what: String, remedy: &str) -> Drift {
    Drift { kind: DriftKind::LiveIncomplete, ..drift(what, remedy) }
}

fn path(spec: &SymlinkSpec) -> String {
    format!("{}/{}", spec.stack.dir, spec.layout.link)
}

/// With a pair: returns the drift of a link that did not follow the switch, or that another tool has swung since. Users are on
/// what nginx serves.
fn linked_to_another(
    spec: &SymlinkSpec,
    observation: &Observation,
    facts: &Facts,
) -> Option<Drift> {
    let serves = drift::serves(observation)?;
    let tag = facts.in_slot(serves).filter(|tag| facts.live() != Some(tag))?;
    let path = path(spec);
    let what = match &facts.link {
        LiveLink::Names { version, .. } if facts.live_version.as_ref() == Some(tag) => {
            return Some(repairable(format!(
                "{path} names {version}, but users get {tag}, which nginx serves as {serves}: another tool swung the link"
            )));
        }
        LiveLink::Names { version, .. } => {
            format!("{path} names {version}, but nginx serves {serves} {tag}")
        }
        LiveLink::Absent => format!("{path} does not exist, but nginx serves {serves} {tag}"),
        // Those are problems.
        _ => return None,
    };
    Some(Drift { kind: DriftKind::LiveIncomplete, ..repairable(what) })
}

/// Without a pair: returns the drift between the link, which decides what users reach, and the recorded color, and of the
/// answers.
fn alone(spec: &SymlinkSpec, observation: &Observation, facts: &Facts) -> Vec<Drift> {
    let recorded = observation.live.recorded.as_ref();
    let live = match workloads::live_color(spec, facts, recorded) {
        Ok(live) => live,
        // A link that leads to no version is a problem already.
        Err(why) => {
            let named = facts.live().map(|_| drift(why.what, &why.remedy));
            return named.into_iter().collect();
        }
    };
    let Some(tag) = facts.live() else { return link_is_gone(spec, facts).into_iter().collect() };
    let mut found: Vec<Drift> =
        not_recorded(spec, facts, recorded, &live, tag).into_iter().collect();
    found.extend(swung_elsewhere(spec, observation, facts));
    found.extend(empty_slots(&live, facts));
    if let Some(entry_point) = &spec.served_at
        && observation.users_are_answered() == Some(false)
    {
        let what = drift::users_get(&live, entry_point, observation, &facts.host);
        let remedy = "The app's log says why. Run `flipside rollback` to send users back to the \
                      release that they came from.";
        found.push(Drift { kind: DriftKind::UsersUnanswered, ..drift(what, remedy) });
    }
    found
}

fn not_recorded(
    spec: &SymlinkSpec,
    facts: &Facts,
    recorded: Option<&Color>,
    live: &Color,
    tag: &Tag,
) -> Option<Drift> {
    let file = format!("{}/live-color", spec.stack.dir);
    let names = format!("{} names {tag}, the version of {live}", path(spec));
    match recorded {
        Some(recorded) if recorded == live => None,
        Some(recorded) => Some(repairable(format!("{file} says {recorded}, but {names}"))),
        // On a host of another tool no slot is recorded; preparing a release does that.
        None if facts.slots.is_empty() => None,
        None => Some(repairable(format!("{file} names no color, but {names}"))),
    }
}

/// Returns the drift of a link that was removed since a release went live.
fn link_is_gone(spec: &SymlinkSpec, facts: &Facts) -> Option<Drift> {
    let recorded = facts.live_version.as_ref().filter(|_| facts.link == LiveLink::Absent)?;
    let (dir, versions, link) = (&spec.stack.dir, &spec.layout.versions, &spec.layout.link);
    Some(drift(
        format!("{dir}/{link} does not exist, but {recorded} was recorded as live"),
        &format!("If {recorded} is right, run `cd {dir} && ln -s {versions}/{recorded} {link}`."),
    ))
}

/// Returns the drift of a link that another tool has swung, or that a swing left before it was recorded; then that of a slot that
/// does not lead to what is live.
fn swung_elsewhere(spec: &SymlinkSpec, observation: &Observation, facts: &Facts) -> Option<Drift> {
    let (path, live) = (path(spec), facts.live()?);
    if let Some(change) = &observation.changed_elsewhere {
        let was = elsewhere::recorded_live(facts, observation).map_or("nothing", Tag::as_str);
        let what =
            format!("{path} names {live}, but {was} was recorded as live: another tool swung it");
        return Some(by_repair(what, &elsewhere::remedy(change)));
    }
    recorded_another(spec, observation, facts).or_else(|| {
        let color = observation.live.configured.as_ref()?;
        let slot = || facts.in_slot(color).map_or("no version", Tag::as_str);
        elsewhere::is_due(spec, facts, observation)
            .then(|| repairable(format!("{path} names {live}, but the slot {color} is {}", slot())))
    })
}

fn by_repair(what: String, remedy: &str) -> Drift {
    Drift { repairable: true, ..drift(what, remedy) }
}

/// Returns the drift of a passive slot whose version is gone, as a tool leaves it that removes old versions. `repair` empties it.
fn empty_slots(live: &Color, facts: &Facts) -> Vec<Drift> {
    let dangling = facts.slots.iter().filter(|(color, _)| *color != live);
    let dangling = dangling.filter_map(|(color, slot)| match slot {
        SlotLink::Dangling(text) => Some((color, text)),
        _ => None,
    });
    let what = |(color, text): (&Color, &String)| {
        format!("the slot {color} is {text}, which does not exist")
    };
    dangling.map(|it| repairable(what(it))).collect()
}

/// Returns the drift of a link that something else has swung. A link that followed nginx, and could not be recorded, does not
/// block the same release: going live with it again records the link.
fn recorded_another(spec: &SymlinkSpec, observation: &Observation, facts: &Facts) -> Option<Drift> {
    let (live, recorded) = facts.live().zip(facts.live_version.as_ref())?;
    let what = format!("{} names {live}, but {recorded} was recorded as live", path(spec));
    let served = drift::serves(observation).and_then(|color| facts.in_slot(color));
    let follows = spec.pair.is_some() && served == Some(live);
    let found = repairable(what);
    let kind = if follows { DriftKind::LiveIncomplete } else { found.kind };
    (live != recorded).then_some(Drift { kind, ..found })
}

/// Returns the drift of a version that is live, but whose `deployed` hook did not end well: what serves users may still run the
/// version before.
fn not_bounced(spec: &SymlinkSpec, facts: &Facts) -> Option<Drift> {
    let state = facts.not_bounced(spec)?;
    let tag = facts.live()?;
    let how = match state {
        HookState::Never | HookState::ByAnotherTool => "did not run since".to_owned(),
        HookState::Running => {
            let what = format!("{tag} is live, and its deployed hook still runs");
            return Some(incomplete(what, "It ends by itself; check again in a minute."));
        }
        HookState::Interrupted => "was interrupted".to_owned(),
        HookState::Ended { code: 124, .. } => "did not end in time".to_owned(),
        HookState::Ended { code, .. } => format!("failed with exit {code}"),
    };
    // With a pair nginx moved the users, whatever the hook was to do.
    let what = match spec.pair {
        Some(_) => format!("{tag} is live, but its deployed hook {how}"),
        None => {
            format!(
                "{tag} is live, but its deployed hook {how}: users may still get the release before"
            )
        }
    };
    let remedy = format!(
        "Run `flipside go-live --release {tag}` to run the hook again, or `flipside rollback` to \
         send users back."
    );
    Some(incomplete(what, &remedy))
}

/// Returns the drift of a live version that a deployment tool marked as unusable.
fn unusable(spec: &SymlinkSpec, facts: &Facts) -> Option<Drift> {
    let tag = facts.live()?;
    facts.version(tag).filter(|version| version.bad)?;
    let directory = format!("{}/{}/{tag}", spec.stack.dir, spec.layout.versions);
    Some(incomplete(
        format!("{tag} is live, but it is marked as unusable by BAD_RELEASE or DIRTY_RELEASE"),
        &format!("Release another version, or remove that file from {directory} if it is sound."),
    ))
}

/// Returns what does not hold on a host that was set up.
pub fn problems(spec: &SymlinkSpec, facts: &Facts) -> Vec<Problem> {
    let (dir, versions) = (&spec.stack.dir, &spec.layout.versions);
    let path = format!("{dir}/{}", spec.layout.link);
    let mut found: Vec<Problem> = facts.link.problem(&path, versions).into_iter().collect();
    if let (Hooks::Yodeploy(_), LiveLink::Names { version, form: LinkForm::Absolute }) =
        (&spec.hooks, &facts.link)
    {
        found.push(Problem {
            what: format!("{path} is an absolute link, which yodeploy takes for no version"),
            remedy: format!("Run `cd {dir} && ln -sfn {versions}/{version} {}`.", spec.layout.link),
        });
    }
    for (color, slot) in &facts.slots {
        let (what, text) = match slot {
            SlotLink::Names(_) => continue,
            // Without a service that runs it, it is drift that `repair` ends.
            SlotLink::Dangling(_) if spec.pair.is_none() => continue,
            SlotLink::Dangling(text) => ("does not exist", text),
            SlotLink::Elsewhere(text) => ("is no version", text),
        };
        found.push(Problem {
            what: format!("the slot {color} is {text}, which {what}"),
            remedy: format!("Remove {dir}/.flipside/slots/{color} and prepare a release again."),
        });
    }
    for (color, state) in &facts.services {
        let [_, service] = spec.asked(color);
        if *state == Running::Absent {
            found.push(Problem {
                what: format!("there is no unit {service}, the service of {color}"),
                remedy: "Install it, or correct `service` in the inventory.".to_owned(),
            });
        }
    }
    found
}

#[cfg(test)]
pub(super) mod tests;
