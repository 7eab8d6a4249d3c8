//! The releases in the registry, as a table or as JSON lines, in the order of the console's picker.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::base::{columns, duration};
use crate::domain::catalog::{Facts, ListEntry, Platform, ReleaseList};
use crate::domain::observation::{Observation, Observed, PresenceKind};
use crate::domain::release::Tag;
use crate::domain::target::Target;

type Observations = [(Target, Observed)];

/// Returns a table of the first `most` releases, followed by hosts that could not be observed.
pub fn table(
    list: &ReleaseList,
    observations: &Observations,
    most: usize,
    now: DateTime<Utc>,
) -> String {
    let mut rows = vec![["TAG", "MADE", "DIGEST", "FOR", "ON THE SERVERS"].map(str::to_owned)];
    rows.extend(list.entries().iter().take(most).map(|entry| row(list, entry, observations, now)));
    let mut text: String = columns::align(&rows).into_iter().map(|line| line + "\n").collect();
    let more = list.entries().len().saturating_sub(most);
    if more > 0 {
        text.push_str(&format!("and {more} more: `-n {}` shows all\n", list.entries().len()));
    }
    for (target, observed) in observations {
        if let Observed::Failed { why, .. } = observed {
            text.push_str(&format!("? {target}: {why}\n"));
        }
    }
    text
}

fn row(
    list: &ReleaseList,
    entry: &ListEntry,
    observations: &Observations,
    now: DateTime<Utc>,
) -> [String; 5] {
    let unknown = || "?".to_owned();
    let facts = list.facts(&entry.tag).and_then(|facts| facts.as_ref().ok());
    let made = facts.and_then(|facts| facts.made_at).map_or_else(unknown, |at| age(at, now));
    let digest = facts.and_then(|facts| facts.digest.as_ref());
    let digest = digest.map_or_else(unknown, |digest| digest.short().to_owned());
    let mut made_for = match facts {
        _ if !entry.listed => "not listed".to_owned(),
        Some(facts) if !facts.platforms.is_empty() => words(&facts.platforms),
        _ => unknown(),
    };
    if let Some(machine) = facts.and_then(|facts| unfit(facts, observations)) {
        made_for = format!("{made_for} (not for {})", machine.short());
    }
    let presence = presence(&entry.tag, observations);
    let on_hosts = |(how, hosts): (&PresenceKind, &Vec<&str>)| {
        format!("{} on {}", how.word(), hosts.join(", "))
    };
    let mut on: Vec<String> = presence.iter().map(on_hosts).collect();
    if facts.is_some_and(|facts| is_moved(&entry.tag, facts, observations)) {
        on.push("moved: the source has other bytes".to_owned());
    }
    [entry.tag.to_string(), made, digest, made_for, on.join("; ")]
}

fn words(platforms: &[Platform]) -> String {
    platforms.iter().map(Platform::short).collect::<Vec<_>>().join(" ")
}

fn seen(observations: &Observations) -> impl Iterator<Item = (&Target, &Observation)> {
    observations.iter().filter_map(|(target, observed)| Some((target, observed.current()?)))
}

fn presence<'a>(tag: &Tag, observations: &'a Observations) -> BTreeMap<PresenceKind, Vec<&'a str>> {
    let mut presence: BTreeMap<PresenceKind, Vec<&str>> = BTreeMap::new();
    for (target, seen) in seen(observations) {
        if let Some(having) = seen.presence_of(tag) {
            presence.entry(having.how).or_default().push(target.name());
        }
    }
    presence
}

fn unfit(facts: &Facts, observations: &Observations) -> Option<Platform> {
    let machines =
        seen(observations).filter_map(|(_, it)| Platform::of_machine(it.host.machine.as_deref()?));
    machines.into_iter().find(|machine| facts.excludes(machine))
}

/// Returns whether the registry now has other bytes under this tag than a host.
fn is_moved(tag: &Tag, facts: &Facts, observations: &Observations) -> bool {
    let here = seen(observations).filter_map(|(_, seen)| seen.presence_of(tag)?.digest);
    facts.digest.as_ref().is_some_and(|there| here.into_iter().any(|here| here != there))
}

/// Returns one JSON object per release.
pub fn json(list: &ReleaseList, observations: &Observations, most: usize) -> Vec<Value> {
    let line = |entry: &ListEntry| {
        let facts = list.facts(&entry.tag);
        let known = facts.and_then(|facts| facts.as_ref().ok());
        let trouble = facts.and_then(|facts| facts.as_ref().err());
        let servers: BTreeMap<&str, Vec<&str>> = presence(&entry.tag, observations)
            .into_iter()
            .map(|(how, hosts)| (how.word(), hosts))
            .collect();
        json!({
            "tag": entry.tag,
            "listed": entry.listed,
            "digest": known.and_then(|facts| facts.digest.as_ref()),
            "platforms": known.map(|facts| &facts.platforms),
            "made_at": known.and_then(|facts| facts.made_at),
            "fits": known.filter(|it| !it.platforms.is_empty()).map(|it| unfit(it, observations).is_none()),
            "moved": known.map(|facts| is_moved(&entry.tag, facts, observations)),
            "servers": servers,
            "trouble": trouble.map(ToString::to_string),
        })
    };
    list.entries().iter().take(most).map(line).collect()
}

fn age(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    // The clock of a builder may be ahead of this one.
    let age = (now - at).to_std();
    age.map_or("ahead of now".to_owned(), |age| format!("{} ago", duration::in_words(age)))
}
