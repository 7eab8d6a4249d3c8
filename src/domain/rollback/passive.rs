//! What the release on the passive color of a target is there for. Only evidence counts: a record that is missing proves
//! nothing, and least of all that users never reached the release.

use crate::domain::observation::{Observation, Running};
use crate::domain::phase::Phase;
use crate::domain::release::Tag;

/// The role of a release that runs on the passive color, or that the passive entry point shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassiveRole {
    /// Users came from it. A rollback leads there.
    Origin,
    /// Users were rolled back from it.
    RolledBack,
    /// It was put there after users were moved to the live release: it is prepared, or was left by a prepare that failed or
    /// was killed.
    Prepared,
    /// Neither a record nor an entry point says what it is there for. Users may have come from it.
    Unknown,
}

/// Returns the release on the passive color and its role. `None`: no release runs there and none is shown, or users are on the
/// same release.
pub fn passive_release(observation: &Observation) -> Option<(&Tag, PassiveRole)> {
    let (live, passive) = observation.likely_sides()?;
    let slot = observation.colors.get(passive)?;
    let tag = &slot.release.as_ref()?.tag;
    let runs = matches!(slot.running, Running::Up | Running::Unsettled);
    let shown = observation.passive_points_at.as_ref().or(observation.passive_shows.as_ref())
        == Some(passive);
    let is_live = observation.colors.get(live)?.release.as_ref().is_some_and(|it| it.tag == *tag);
    if !(runs || shown) || is_live {
        return None;
    }
    let role = if is_origin(observation, tag) {
        PassiveRole::Origin
    } else if was_left(observation, tag) {
        PassiveRole::RolledBack
    } else if shown
        || is_newer_than_last_move(observation, tag)
        || was_pulled_last(observation, tag)
    {
        PassiveRole::Prepared
    } else {
        PassiveRole::Unknown
    };
    Some((tag, role))
}

/// Returns the release on the passive color if it is prepared, or was left by a prepare that failed or was killed.
pub fn prepared(observation: &Observation) -> Option<Tag> {
    let (tag, role) = passive_release(observation)?;
    (role == PassiveRole::Prepared).then(|| tag.clone())
}

/// Returns what [`passive_release`] does, with the records of the other targets of the fleet: this one may have failed to
/// record that users had the release.
#[expect(clippy::needless_pass_by_value, reason = "an iterator is passed on as it is made")]
pub fn passive_release_in<'o, 'a>(
    observation: &'o Observation,
    fleet: impl Iterator<Item = &'a Observation> + Clone,
) -> Option<(&'o Tag, PassiveRole)> {
    let (tag, role) = passive_release(observation)?;
    let recorded = |is: fn(&Observation, &Tag) -> bool| fleet.clone().any(|other| is(other, tag));
    let role = match role {
        PassiveRole::Prepared | PassiveRole::Unknown if recorded(is_origin) => PassiveRole::Origin,
        PassiveRole::Prepared | PassiveRole::Unknown if recorded(was_left) => {
            PassiveRole::RolledBack
        }
        role => role,
    };
    Some((tag, role))
}

/// Returns the release that is prepared on this target, unless another target of the fleet recorded that users had it.
pub fn prepared_in<'a>(
    observation: &Observation,
    fleet: impl Iterator<Item = &'a Observation> + Clone,
) -> Option<Tag> {
    let (tag, role) = passive_release_in(observation, fleet)?;
    (role == PassiveRole::Prepared).then(|| tag.clone())
}

/// Returns whether the target recorded that its users came from the release.
fn is_origin(observation: &Observation, tag: &Tag) -> bool {
    observation.origin().is_some_and(|origin| origin.release.tag == *tag)
}

/// Returns whether the target recorded that its users were rolled back from the release.
fn was_left(observation: &Observation, tag: &Tag) -> bool {
    observation
        .change()
        .is_some_and(|change| change.is(Phase::Rollback) && change.from.as_ref() == Some(tag))
}

/// Returns whether another release was on this color when users were moved to the live one. A record of another release than
/// the live one is out of date and proves nothing, and so does one of another tool, which leaves the passive color as it was.
fn is_newer_than_last_move(observation: &Observation, tag: &Tag) -> bool {
    let Some(change) = observation.change() else { return false };
    let moved = change.is(Phase::GoLive) || change.is(Phase::Rollback);
    let is_current = change.tag.is_some() && change.tag.as_ref() == observation.live_tag();
    moved
        && !change.by_another_tool
        && is_current
        && change.from.as_ref().is_some_and(|from| from != tag)
}

/// Returns whether the release is the last one that the target pulled. The live release would be the last one if users had
/// been moved to it since.
fn was_pulled_last(observation: &Observation, tag: &Tag) -> bool {
    observation.pulled.as_ref() == Some(tag)
}
