//! What is true on every host, as a table.

use chrono::{DateTime, Utc};

use super::columns;
use crate::domain::names::Color;
use crate::domain::observation::{Health, Observation, Running, Sight};
use crate::domain::target::{Target, letter};
use crate::domain::text::clean_words;

/// Whether go-live is closed, by whom and why: one line, whatever many hosts say so.
pub fn frozen(sights: &[(Target, Sight)]) -> Option<String> {
    let marks =
        || sights.iter().filter_map(|(target, s)| Some((target, s.latest()?.frozen.as_ref()?)));
    let (_, newest) = marks().max_by_key(|(_, freeze)| freeze.at)?;
    let hosts: Vec<&str> = marks().map(|(target, _)| target.name()).collect();
    Some(format!(
        "⊘ go-live is FROZEN {newest} (on {}). `flipside unfreeze --reason \"…\"` opens it again\n",
        hosts.join(", ")
    ))
}

/// One row a target, columns as wide as they must be, drift and locks below.
pub fn table(sights: &[(Target, Sight)], now: DateTime<Utc>) -> String {
    let head =
        ["HOST", "LIVE", "PASSIVE", "HEALTH, as users see it", "JOBS", "SEEN"].map(str::to_owned);
    let mut rows = vec![head];
    let mut notes = Vec::new();
    for (target, sight) in sights {
        rows.push(row(target, sight, now));
        notes.extend(self::notes(target, sight));
    }
    let mut text = columns::aligned(&rows);
    for note in notes {
        text.push_str(&note);
        text.push('\n');
    }
    text
}

fn row(target: &Target, sight: &Sight, now: DateTime<Utc>) -> [String; 6] {
    let name = target.name().to_owned();
    let Some(seen) = sight.seen() else {
        let last = sight.latest().map_or("never".to_owned(), |last| age(last.at, now));
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
    let release = seen.colors.get(color).and_then(|sight| sight.release.as_ref());
    let release = release.map_or("?".to_owned(), ToString::to_string);
    format!("{} {color} {release}", letter(color))
}

fn passive_cell(seen: &Observation, passive: Option<&Color>) -> String {
    let Some(sight) = passive.and_then(|passive| seen.colors.get(passive)) else {
        return "?".to_owned();
    };
    let state = match (sight.running, sight.health) {
        (Running::Absent, _) => return "nothing".to_owned(),
        (Running::Unseen, _) => "",
        (Running::Stopped, _) => " stopped",
        (Running::Unsettled, _) => " unsettled",
        (Running::Up, Health::Unhealthy) => " unhealthy",
        (Running::Up, Health::Starting) => " starting",
        (Running::Up, _) if seen.passive_shows.as_ref() == passive => " prepared",
        (Running::Up, _) => " warm",
    };
    color(seen, passive) + state
}

fn health(seen: &Observation) -> String {
    let Some(answer) = &seen.live.answer else { return "?".to_owned() };
    let ms = answer.took.as_millis();
    match answer.status {
        None => "✖ no answer".to_owned(),
        Some(status) if answer.is_ok() => format!("ok {status}  {ms} ms"),
        Some(status) => format!("✖ {status}  {ms} ms"),
    }
}

fn jobs(seen: &Observation) -> String {
    let told = |job: &crate::domain::observation::ServiceSight| {
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
        seen.jobs.iter().map(told).collect::<Vec<_>>().join(", ")
    }
}

fn notes(target: &Target, sight: &Sight) -> Vec<String> {
    match sight {
        Sight::Unseen { why, .. } => vec![format!("? {target}: {}", clean_words(why))],
        Sight::Seen(seen) => {
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
    let seconds = (now - at).as_seconds_f64().max(0.0);
    if seconds < 60.0 {
        format!("{seconds:.1} s ago")
    } else {
        format!("{:.0} min ago", seconds / 60.0)
    }
}
