//! What another tool made live on a host that Flipside has released to, without a pair of services: it swung the live link,
//! and recorded nothing here. The link moves users, so what it names is true, and `repair` records it.

use super::facts::{Facts, SlotLink};
use super::spec::SymlinkSpec;
use crate::domain::observation::{Change, Observation};
use crate::domain::phase::Phase;
use crate::domain::release::Tag;

/// The author of a change that is not Flipside's.
const ANOTHER_TOOL: &str = "another tool";

/// Returns the change that another tool made, as `repair` records it. `None`: the link names what is recorded, nothing is
/// recorded here, or a swing of Flipside is not complete.
///
/// Users came from the version that was recorded as live: they had it, and its record is the last that can be trusted. What
/// the other tool removed or marked as unusable since is no release to roll back to.
pub fn change(facts: &Facts, observation: &Observation) -> Option<Change> {
    let to = facts.live()?;
    let from = recorded_live(facts, observation).filter(|from| *from != to)?;
    let live = &observation.live;
    let is_of_flipside = observation
        .switching
        .as_ref()
        .is_some_and(|mark| mark.running || Some(&mark.to) == live.configured.as_ref());
    if is_of_flipside {
        return None;
    }
    let last = observation.last_change.as_ref();
    // A repair that was killed has recorded it, and not yet what it compares with.
    if let Some(recorded) = last.filter(|change| change.tag.as_ref() == Some(to)) {
        return Some(recorded.clone());
    }
    let goes_back = last.is_some_and(|change| {
        change.is(Phase::GoLive)
            && change.tag.as_ref() == Some(from)
            && change.from.as_ref() == Some(to)
    });
    let phase = if goes_back { Phase::Rollback } else { Phase::GoLive };
    // The release that users were rolled back from is recorded in any case: nothing leads to it again by itself.
    let from = Some(from).filter(|from| goes_back || can_be_live(facts, from));
    Some(Change {
        at: facts.swung_at.unwrap_or(observation.at),
        by: ANOTHER_TOOL.to_owned(),
        what: phase.word().to_owned(),
        tag: Some(to.clone()),
        digest: facts.release(to).digest,
        from: from.cloned(),
        from_digest: from.and_then(|from| facts.release(from).digest),
        from_file: None,
        named: false,
        by_another_tool: true,
        run: None,
    })
}

/// Returns the version that is recorded as live: the one that Flipside swung the link to last, or that it found there when
/// it prepared its first release.
pub fn recorded_live<'f>(facts: &'f Facts, observation: &Observation) -> Option<&'f Tag> {
    let color = observation.live.recorded.as_ref()?;
    facts.live_version.as_ref().or_else(|| facts.in_slot(color))
}

fn can_be_live(facts: &Facts, tag: &Tag) -> bool {
    facts.version(tag).is_some_and(|version| !version.bad)
}

/// Returns whether what is recorded has to follow the link: another tool swung it, or the slot of the live color leads to
/// another version.
pub fn is_due(spec: &SymlinkSpec, facts: &Facts, observation: &Observation) -> bool {
    let slot = observation.live.configured.as_ref().and_then(|live| facts.slots.get(live));
    let is_live =
        |slot: &SlotLink| matches!(slot, SlotLink::Names(tag) if Some(tag) == facts.live());
    spec.pair.is_none()
        && facts.live().is_some()
        && (observation.changed_elsewhere.is_some() || slot.is_some_and(|slot| !is_live(slot)))
}

/// Returns what `repair` does about such a change, for the person who reads of it.
pub fn remedy(change: &Change) -> String {
    let tag = |tag: &Option<Tag>| tag.as_ref().map_or("?".to_owned(), ToString::to_string);
    let (to, from) = (tag(&change.tag), tag(&change.from));
    if change.is(Phase::Rollback) {
        return format!(
            "Run `flipside repair`: it records that users were rolled back from {from} to {to}, without moving them."
        );
    }
    let then = match &change.from {
        Some(_) => format!("A rollback then leads to {from}."),
        None => "What was live before cannot be used any more: only `flipside rollback --to TAG` \
                 leads back then."
            .to_owned(),
    };
    format!("Run `flipside repair`: it records {to} as live without moving users. {then}")
}

/// Returns what the change was, in a few words.
pub fn in_words(change: &Change) -> String {
    let tag = change.tag.as_ref().map_or("?", Tag::as_str);
    match &change.from {
        Some(from) if change.is(Phase::Rollback) => {
            format!("{ANOTHER_TOOL} rolled users back from {from} to {tag}")
        }
        Some(from) => format!("{ANOTHER_TOOL} made {tag} live after {from}"),
        None => format!("{ANOTHER_TOOL} made {tag} live"),
    }
}

#[cfg(test)]
mod tests;
