//! The state of every host, as a table.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::base::text::{clean_words, sentences};
use crate::base::{columns, duration};
use crate::domain::capabilities::Capabilities;
use crate::domain::history::RunSummary;
use crate::domain::names::Color;
use crate::domain::observation::{Health, Observation, Observed, Proof, Running, Slot};
use crate::domain::phase::Phase;
use crate::domain::release::Tag;
use crate::domain::rollback;
use crate::domain::target::{Target, letter};
use crate::domain::unfinished::Unfinished;

/// Returns one line about a freeze, with its author and reason, however many hosts have its mark.
pub fn frozen(observations: &[(Target, Observed)]) -> Option<String> {
    let marks = || {
        observations.iter().filter_map(|(target, s)| Some((target, s.latest()?.frozen.as_ref()?)))
    };
    let (_, newest) = marks().max_by_key(|(_, freeze)| freeze.at)?;
    let hosts: Vec<&str> = marks().map(|(target, _)| target.name()).collect();
    Some(format!(
        "⊘ go-live is FROZEN {newest} (on {}). `flipside unfreeze --reason \"…\"` reopens it\n",
        hosts.join(", ")
    ))
}

/// Returns one line about an incomplete phase: what is left, who made the last change, and which command continues it.
pub fn unfinished(found: &Unfinished) -> String {
    let who = found.who().unwrap_or_default();
    format!("⚠ {}\n", clean_words(&sentences([found.what().as_str(), &who, &found.remedy()])))
}

/// Returns one line about how the last run from this machine ended. `None`: it ended well.
pub fn last_run(
    last: &RunSummary,
    found: Option<&Unfinished>,
    observations: &[(Target, Observed)],
) -> Option<String> {
    let words = last.ended_badly()?;
    // An API that records no change cannot show that something is left.
    let records = |seen: &Observation| seen.target.host().is_some() || seen.last_change.is_some();
    let agrees = |observed: &Observed| {
        observed.current().is_some_and(|seen| seen.drift.is_empty() && records(seen))
    };
    // "Nothing is left" requires that all hosts were observed.
    let clean = found.is_none() && observations.iter().all(|(_, observed)| agrees(observed));
    let (mark, left) = if clean { ("·", " Nothing is left half done.") } else { ("⚠", "") };
    Some(format!("{mark} {words}.{left} `flipside history {}` shows it\n", last.name))
}

/// Returns the incomplete phase and the last run as JSON objects. They follow the rows of the targets and name no target.
pub fn unfinished_json(found: Option<&Unfinished>, last: Option<&RunSummary>) -> Vec<Value> {
    let mut rows = Vec::new();
    rows.extend(found.map(|found| json!({ "unfinished": found })));
    rows.extend(last.filter(|last| last.ended_badly().is_some()).map(|last| {
        let intent = last.intent.as_ref();
        json!({ "last_run": {
            "run": last.name,
            "phase": intent.map(|intent| intent.phase),
            "release": last.to,
            "by": intent.map(|intent| intent.by.to_string()),
            "began": last.began,
            "ended": last.ending.word(),
        } })
    }));
    rows
}

/// The places of the columns that not every app has.
const PASSIVE: usize = 2;
const JOBS: usize = 4;

/// Returns a table with one row per target, followed by drift and locks. It has the columns that the app needs.
pub fn table(
    observations: &[(Target, Observed)],
    can: &Capabilities,
    now: DateTime<Utc>,
) -> String {
    let only_hosts = observations.iter().all(|(target, _)| target.host().is_some());
    let name = if only_hosts { "HOST" } else { "TARGET" };
    let head =
        [name, "LIVE", "PASSIVE", "HEALTH, as users see it", "JOBS", "SEEN"].map(str::to_owned);
    let mut rows = vec![head];
    let mut notes = Vec::new();
    for (target, observed) in observations {
        rows.push(row(target, observed, now));
        notes.extend(self::notes(target, observed));
    }
    let mut rows: Vec<Vec<String>> = rows.into_iter().map(Vec::from).collect();
    for row in &mut rows {
        if !can.jobs {
            row.remove(JOBS);
        }
        if !can.passive_side {
            row.remove(PASSIVE);
        }
    }
    let lines = columns::align(&rows).into_iter().chain(notes);
    lines.map(|line| line + "\n").collect()
}

fn row(target: &Target, observed: &Observed, now: DateTime<Utc>) -> [String; 6] {
    let name = target.name().to_owned();
    let Some(seen) = observed.current() else {
        let last = observed.latest().map_or("never".to_owned(), |last| age(last.at, now));
        return [
            name,
            "? unknown".into(),
            "? unknown".into(),
            "?? not seen".into(),
            "?".into(),
            last,
        ];
    };
    if seen.colors.is_empty() {
        return [name, "–".into(), "–".into(), "–".into(), jobs(seen), age(seen.at, now)];
    }
    let live = seen.live.color();
    let passive = seen.colors.keys().find(|color| Some(*color) != live).filter(|_| live.is_some());
    [
        name,
        color(seen, live),
        passive_cell(seen, passive),
        health(seen),
        jobs(seen),
        age(seen.at, now),
    ]
}

fn color(seen: &Observation, color: Option<&Color>) -> String {
    let Some(color) = color else { return "? disagree".to_owned() };
    let release = seen.colors.get(color).and_then(|slot| slot.release.as_ref());
    let release = release.map_or("?".to_owned(), ToString::to_string);
    format!("{} {color} {release}", letter(color))
}

fn passive_cell(seen: &Observation, passive: Option<&Color>) -> String {
    let Some(slot) = passive.and_then(|passive| seen.colors.get(passive)) else {
        return "?".to_owned();
    };
    let state = match (slot.running, slot.health) {
        (Running::Absent, _) => return "nothing".to_owned(),
        (Running::Unseen, _) => "",
        (Running::Stopped, _) => " stopped",
        (Running::Unsettled, _) => " unsettled",
        (Running::Up, Health::Unhealthy) => " unhealthy",
        (Running::Up, Health::Starting) => " starting",
        (Running::Up, _) => standby(seen, slot),
    };
    color(seen, passive) + state
}

/// Returns the role of a release that is up on the passive color. Only the one that users came from is `warm`: a
/// rollback goes to it.
fn standby(seen: &Observation, passive: &Slot) -> &'static str {
    let is = |tag: &Tag| passive.release.as_ref().is_some_and(|release| release.tag == *tag);
    let left = seen.change().filter(|change| change.is(Phase::Rollback));
    if rollback::prepared(seen).is_some() {
        return if seen.is_prepared() { " prepared" } else { " up, not yet prepared" };
    }
    if seen.origin().is_some_and(|origin| is(&origin.release.tag)) {
        " warm"
    } else if left.and_then(|change| change.from.as_ref()).is_some_and(is) {
        " rolled back"
    } else {
        " up"
    }
}

fn health(seen: &Observation) -> String {
    let Some(answer) = &seen.live.answer else {
        return match seen.live.proof {
            Proof::Answer => "?",
            Proof::Link => "no entry point",
            Proof::NoUsers => "nothing live",
        }
        .to_owned();
    };
    let ms = answer.took.as_millis();
    match answer.status {
        None => "✖ no answer".to_owned(),
        Some(status) if answer.is_ok() => format!("ok {status}  {ms} ms"),
        Some(status) => format!("✖ {status}  {ms} ms"),
    }
}

fn jobs(seen: &Observation) -> String {
    let text = |job: &crate::domain::observation::Workload| {
        let release = job.release.as_ref().map_or("?".to_owned(), ToString::to_string);
        let down = match job.running {
            Running::Up | Running::Unseen => "",
            _ => " (down)",
        };
        format!("{} {release}{down}", job.name)
    };
    if seen.jobs.is_empty() {
        "–".to_owned()
    } else {
        seen.jobs.iter().map(text).collect::<Vec<_>>().join(", ")
    }
}

fn notes(target: &Target, observed: &Observed) -> Vec<String> {
    match observed {
        Observed::Failed { why, .. } => vec![format!("? {target}: {}", clean_words(why))],
        Observed::Current(seen) => {
            let drift = seen.drift.iter().map(|drift| format!("⚠ {target}: {}", drift.in_words()));
            let lock = seen
                .lock
                .iter()
                .map(|lock| format!("⊘ {target}: locked by {lock}. {}", lock.remedy(target)));
            drift.chain(lock).collect()
        }
    }
}

fn age(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    format!("{} ago", duration::in_words((now - at).to_std().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::unfinished::tests::{changed, jobs, tag, web};
    use crate::domain::unfinished::unfinished as find;

    fn cell(seen: &Observation) -> String {
        passive_cell(seen, seen.sides().map(|(_, passive)| passive))
    }

    /// A rollback goes to a warm release, and never to one that is only prepared.
    #[test]
    fn only_the_release_that_users_came_from_is_warm() {
        let live = |passive: &str| changed(web("web1", "v2", passive), "go-live", "v2", "v1");
        assert_eq!(cell(&live("v1")), "G green v1 warm");
        assert_eq!(cell(&live("v3")), "G green v3 prepared");
        let mut shown = live("v3");
        shown.passive_shows = shown.live.configured.clone();
        assert_eq!(cell(&shown), "G green v3 up, not yet prepared");
        let back = changed(web("web1", "v1", "v2"), "rollback", "v1", "v2");
        assert_eq!(cell(&back), "G green v2 rolled back");
        let mut other = live("v1");
        let change = other.last_change.as_mut().unwrap();
        change.from = Some(tag("v0"));
        other.passive_shows = other.live.configured.clone();
        other.passive_points_at = other.live.configured.clone();
        assert!(!cell(&other).contains("warm"), "{}", cell(&other));
    }

    #[test]
    fn unfinished_phase_is_json_after_the_rows_of_the_targets() {
        let hosts = [changed(web("web1", "v2", "v1"), "go-live", "v2", "v1"), jobs("jobs1", "v1")];
        let found = find(&hosts.iter());
        let rows = unfinished_json(found.as_ref(), None);
        assert_eq!(rows.len(), 1);
        let unfinished = &rows[0]["unfinished"];
        assert_eq!(unfinished["phase"], "go-live");
        assert_eq!(unfinished["last"]["by"], "mara@mbp");
        assert_eq!(unfinished["behind"][0]["what"], "jobs");
        assert_eq!(unfinished["behind"][0]["release"], "v1");
        assert_eq!(unfinished_json(None, None), Vec::<Value>::new());
    }

    #[test]
    fn interrupted_go_live_is_one_line_with_its_author_and_the_next_command() {
        let hosts = [changed(web("web1", "v2", "v1"), "go-live", "v2", "v1"), jobs("jobs1", "v1")];
        assert_eq!(
            unfinished(&find(&hosts.iter()).unwrap()),
            "⚠ go-live of v2 is not complete: done on web1; jobs are on v1 on jobs1. The last \
             change was made by mara@mbp at 2027-01-15 08:00:00 UTC. `flipside go-live` continues \
             it, `flipside rollback` sends users back\n"
        );
    }
}
