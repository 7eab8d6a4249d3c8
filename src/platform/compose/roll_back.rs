//! Roll back: send users back to the color they came from, on all hosts at once.
//!
//! It is computed from what the hosts say: each records what its last change was and what it came
//! from. So it works from a console that did not do the deploy, and pressing it twice does not go
//! forward again.

mod cold;

use super::draft::Draft;
use super::host::{Fleet, Host, Sides};
use super::{freeze, scripts, steps};
use crate::domain::observation::Running;
use crate::domain::phase::Phase;
use crate::domain::plan::{Gate, Intent, LeftOut, Refusal, Step};
use crate::domain::release::{Release, Tag};
use crate::domain::target::Target;

pub fn plan(intent: &Intent, fleet: Fleet<'_>) -> Result<Draft, Refusal> {
    let from = release(intent, &fleet)?;
    let mut draft =
        Draft::new(&Intent { release: Some(Release::of_tag(from.clone())), ..intent.clone() });
    // Once somebody had it live, the others keep what is prepared: also in the rounds after the switch.
    let went_live =
        fleet.serving().any(|host| is_live(host, &from) || was_rolled_back(host, &from));
    let mut back = Vec::new();
    let mut jobs = Vec::new();
    for host in &fleet.hosts {
        let planned = if host.member.carries == crate::domain::target::Carries::JobsOnly {
            Ok(Vec::new())
        } else {
            can_be_known(host).and_then(|()| {
                if went_live { switch_back(intent, host, &from) } else { passive_back(host, &from) }
            })
        };
        match planned {
            Ok(steps) => {
                draft.warnings.extend(cold::warning(host, &steps));
                back.push((host.member.target.clone(), steps));
            }
            // One host that cannot go back stops no other.
            Err(refusal) => {
                draft.left_out.push(LeftOut {
                    target: host.member.target.clone(),
                    why: format!("{}; {}", refusal.reason, refusal.remedy),
                });
                continue;
            }
        }
        match &host.facts.engine {
            Some(why) if !host.spec.jobs.is_empty() => {
                draft.left_out.push(LeftOut {
                    target: host.member.target.clone(),
                    why: format!("its jobs cannot be brought back: {why}"),
                });
            }
            _ => jobs.extend(job_track(host, &from)),
        }
    }
    draft.left_out.extend(fleet.unseen);
    if back.iter().all(|(_, steps)| steps.is_empty()) && jobs.is_empty() {
        let first = draft.left_out.first();
        return Err(Refusal {
            reason: first.map_or("no host is meant".to_owned(), |left| {
                format!("{}: {}", left.target, left.why)
            }),
            remedy: "a colder way back: prepare and go live with the release that is wanted"
                .to_owned(),
            targets: draft.left_out.iter().map(|left| left.target.clone()).collect(),
        });
    }
    for left in &draft.left_out {
        draft.warnings.push(format!("{} is left out: {}", left.target, left.why));
    }
    draft.stage("switch back", Gate::Barrier, back);
    draft.stage("jobs", Gate::Barrier, jobs);
    Ok(draft)
}

/// The release that is rolled back *from*: the one that was named, else the newest that went live,
/// else the one that is prepared.
fn release(intent: &Intent, fleet: &Fleet<'_>) -> Result<Tag, Refusal> {
    if let Some(release) = &intent.release {
        return Ok(release.tag.clone());
    }
    let mut newest: Option<(chrono::DateTime<chrono::Utc>, Tag)> = None;
    let mut prepared = None;
    for host in fleet.serving() {
        let Some(sides) = host.sides_despite_drift() else { continue };
        if sides.is_prepared() {
            prepared = sides.passive_tag().cloned();
        }
        let change =
            host.seen.last_change.as_ref().filter(|change| change.what == Phase::GoLive.word());
        if let (Some(change), Some(tag)) = (change, host.live_tag(&sides))
            && change.tag.as_ref() == Some(tag)
            && newest.as_ref().is_none_or(|(at, _)| change.at > *at)
        {
            newest = Some((change.at, tag.clone()));
        }
    }
    if fleet.serving().next().is_none() && !fleet.unseen.is_empty() {
        return Err(Refusal {
            reason: "no host answered, so it is not known where users came from".to_owned(),
            remedy: format!("{}; then again", fleet.unseen[0].why),
            targets: fleet.unseen.iter().map(|left| left.target.clone()).collect(),
        });
    }
    newest.map(|(_, tag)| tag).or(prepared).ok_or_else(|| Refusal {
        reason: "no host says that a release went live here, and none is prepared".to_owned(),
        remedy: "name the release to go back from with `--release`".to_owned(),
        targets: Vec::new(),
    })
}

fn is_live(host: &Host<'_>, tag: &Tag) -> bool {
    host.sides_despite_drift().is_some_and(|sides| host.live_tag(&sides) == Some(tag))
}

fn was_rolled_back(host: &Host<'_>, tag: &Tag) -> bool {
    host.seen.last_change.as_ref().is_some_and(|change| {
        change.what == Phase::RollBack.word() && change.from.as_ref() == Some(tag)
    })
}

fn known_sides<'a>(host: &'a Host<'_>) -> Result<Sides<'a>, Refusal> {
    host.sides_despite_drift().ok_or_else(|| {
        let what = host.seen.drift.first().map_or("it is not known which color is live", |drift| &drift.what);
        host.refuse(what, "`flipside repair` makes what is recorded and what is served agree, then roll back again")
    })
}

/// Without its engine a host's own record must say which release users reach: nothing is claimed of one
/// that is not known.
fn can_be_known(host: &Host<'_>) -> Result<(), Refusal> {
    match (&host.facts.engine, host.sides_despite_drift()) {
        (Some(why), Some(sides)) if host.live_tag(&sides).is_none() => Err(host.refuse(
            format!("it is not known which release {} is: {why}", sides.live),
            "`flipside doctor` checks this server and says what to change",
        )),
        _ => Ok(()),
    }
}

fn switch_back(intent: &Intent, host: &Host<'_>, from: &Tag) -> Result<Vec<Step>, Refusal> {
    let sides = known_sides(host)?;
    let live = host.live_tag(&sides);
    if live != Some(from) {
        let tag = live.map_or_else(|| "?".to_owned(), ToString::to_string);
        let why = format!("users reach {} {tag}", sides.live);
        let change = steps::change(intent, live, Some(from));
        let record = steps::Record { file: None, change, freeze: None };
        let step = steps::switch(host, &host.facts, sides.live, live, Some(&record))
            .map_err(|why| host.refuse(why, scripts::LOOK_AT_INCLUDES))?;
        return Ok(vec![step.already(Some(why))]);
    }
    let (color, sight) = (sides.passive, sides.passive_sight);
    let to = host.passive_tag(&sides).or_else(|| host.seen.came_from());
    let shown = to.map_or_else(|| "?".to_owned(), ToString::to_string);
    let warm = match sight.running {
        Running::Up => Some(format!("{color} {shown} is up")),
        // Its containers may well answer without their engine: the switch asks before it moves anybody.
        Running::Unseen => {
            Some("the engine cannot say whether it runs; the switch asks it".to_owned())
        }
        _ => None,
    };
    let file = previous_file(host, to);
    let record = steps::Record {
        file,
        change: steps::change(intent, to, Some(from)),
        freeze: freeze::mark(intent, from, to),
    };
    let switch = steps::switch(host, &host.facts, color, to, Some(&record))
        .map(|step| {
            step.announced(format!("rolled back to {color} {shown} on {}", host.member.target))
        })
        .map_err(|why| host.refuse(why, scripts::LOOK_AT_INCLUDES))?;
    let mut steps = match sight.running {
        Running::Absent => cold::steps(intent, host, color, to, file)?,
        _ => vec![steps::revive(host, color, &shown).already(warm)],
    };
    steps.push(switch);
    Ok(steps)
}

/// The compose file that was in use before the one that is: it says so itself.
fn previous_file<'a>(host: &'a Host<'_>, to: Option<&Tag>) -> Option<&'a str> {
    let previous = host.facts.linked()?.head.as_ref()?.previous.as_deref()?;
    let there = host.facts.file(previous);
    there.or_else(|| host.file_for(to?, None)).map(|file| file.name.as_str())
}

/// Before anybody went live: the passive side goes back to what users reach.
fn passive_back(host: &Host<'_>, from: &Tag) -> Result<Vec<Step>, Refusal> {
    let sides = known_sides(host)?;
    let so = (sides.points_at == sides.live || sides.passive_tag() != Some(from))
        .then(|| format!("it points at {}", sides.points_at));
    steps::switch(host, &host.facts, sides.live, sides.live_tag(), None)
        .map(|step| vec![step.already(so)])
        .map_err(|why| host.refuse(why, scripts::LOOK_AT_INCLUDES))
}

/// The jobs go back with the users: to the release that the previous compose file was written for.
fn job_track(host: &Host<'_>, from: &Tag) -> Option<(Target, Vec<Step>)> {
    if host.spec.jobs.is_empty() {
        return None;
    }
    let linked = host.facts.linked()?;
    let head = linked.head.as_ref();
    let (file, tag) = if head.is_some_and(|head| head.release == *from) {
        let file = host.facts.file(head?.previous.as_deref()?)?;
        (file, file.head.as_ref().map(|head| head.release.to_string()))
    } else {
        (linked, head.map(|head| head.release.to_string()))
    };
    let on_from = host.job_tags().contains(&from);
    let shown = tag.unwrap_or_else(|| "the release before".to_owned());
    let so = (!on_from).then(|| format!("they do not run {from}"));
    Some((host.member.target.clone(), vec![steps::jobs(host, &file.name, &shown).already(so)]))
}

#[cfg(test)]
mod tests;
