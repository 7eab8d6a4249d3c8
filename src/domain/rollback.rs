//! Decides where a rollback leads, from the records of the hosts. The planner, the card and the table all use this module, so
//! they cannot contradict each other.

mod passive;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::names::Color;
use super::observation::{Change, ColdRollback, Observation, Running, Withdrawn};
use super::phase::Phase;
use super::release::{Release, Tag};
use super::target::Target;

pub use self::passive::{PassiveRole, passive_release, passive_release_in, prepared, prepared_in};

/// The goal of one rollback. The first plan of a run decides it, and the run does not change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollbackGoal {
    /// Users of this release return to the release that they came from, as each host recorded it. Hosts whose users are on
    /// another release do not change.
    Leave(Tag),
    /// Users go to this release, which a person named.
    To(Tag),
    /// This release is only prepared: it is withdrawn, and no users are moved.
    Withdraw(Tag),
    /// An earlier rollback to `to`, which a person named, did not reach every host; the others follow. Hosts whose users are
    /// not on `leave` do not change.
    Continue { leave: Tag, to: Tag },
}

impl RollbackGoal {
    pub fn moves_users(&self) -> bool {
        !matches!(self, Self::Withdraw(_))
    }

    /// Returns the release that users leave. `None`: there may be several.
    pub fn leaves(&self) -> Option<&Tag> {
        match self {
            Self::Leave(tag) | Self::Withdraw(tag) | Self::Continue { leave: tag, .. } => Some(tag),
            Self::To(_) => None,
        }
    }
}

/// How soon a rollback can move the users of one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// Users are on the release already.
    There,
    /// The release is up on the other color.
    Ready,
    /// It could not be observed whether the release is up. The switch checks that before it moves users.
    Unproven,
    /// The release is stopped and must be started first.
    Stopped,
    /// The release is on neither color and must be started from what was deployed then first.
    Gone,
    /// The release is on neither color, and neither the host nor its source has it.
    Lost,
    /// The host did not record where its users came from.
    NoRecord,
    /// It is not known which color or which release is live.
    NotKnown,
}

impl Readiness {
    /// Returns whether this is a cold rollback: the release must be started before users can be moved.
    pub fn is_cold(self) -> bool {
        matches!(self, Self::Stopped | Self::Gone)
    }

    pub fn moves_users(self) -> bool {
        matches!(self, Self::Ready | Self::Unproven | Self::Stopped | Self::Gone)
    }
}

/// What a rollback means for the users of one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub target: Target,
    /// The color and release that users are on now.
    pub from: Option<(Color, Option<Tag>)>,
    /// The color and release that they are on afterwards.
    pub to: Option<(Color, Release)>,
    pub readiness: Readiness,
    /// Whether the rollback is for this host too. Other hosts are only listed with the release of their users.
    #[serde(default)]
    pub meant: bool,
    /// The release on the other color that the start replaces.
    #[serde(default)]
    pub replaces: Option<Tag>,
}

/// What a rollback will do, for the person who confirms it. The plan carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackPreview {
    #[serde(alias = "course")]
    pub goal: RollbackGoal,
    #[serde(alias = "legs")]
    pub routes: Vec<Route>,
    /// An earlier rollback that has withdrawn the prepared release already.
    #[serde(default)]
    pub withdrawn: Option<Withdrawn>,
    /// The releases that the hosts still have, which `--to` can name without a registry.
    #[serde(default)]
    pub choices: Vec<Tag>,
}

impl RollbackPreview {
    /// Returns the routes of the hosts that the rollback is for.
    pub fn meant(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(|route| route.meant)
    }

    /// Returns the release that users are on afterwards. `None`: hosts will differ, or it is not known.
    pub fn destination(&self) -> Option<&Tag> {
        let mut tags = self.meant().filter_map(|route| route.to.as_ref().map(|(_, to)| &to.tag));
        let first = tags.next()?;
        tags.all(|tag| tag == first).then_some(first)
    }

    /// Returns whether all users can be moved at once, without a start.
    pub fn is_ready(&self) -> bool {
        !self.meant().any(|route| route.readiness.is_cold())
    }

    pub fn moving(&self) -> impl Iterator<Item = &Route> {
        self.meant().filter(|route| route.readiness.moves_users())
    }
}

/// A second rollback within this time counts as a repetition. After a prepared release was withdrawn, it does not continue to
/// the release before the live one.
const SAME_ROLLBACK: TimeDelta = TimeDelta::minutes(15);

/// Returns the goal of a rollback of these hosts if no release is named. `None`: no host recorded where its users came from,
/// and nothing proves that a release is prepared.
pub fn goal<'a>(
    fleet: &(impl Iterator<Item = &'a Observation> + Clone),
    now: DateTime<Utc>,
) -> Option<RollbackGoal> {
    let on = |tag: &Tag| fleet.clone().any(|observation| observation.live_tag() == Some(tag));
    let all_on = |tag: &Tag| {
        fleet.clone().all(|observation| observation.live_tag().is_none_or(|on| on == tag))
    };
    let prepared = || fleet.clone().find_map(|observation| prepared_in(observation, fleet.clone()));
    if let Some(begun) = cold_rollback(fleet.clone(), now) {
        return Some(RollbackGoal::Continue { leave: begun.leave.clone(), to: begun.to.clone() });
    }
    let Some(newest) = newest_change(fleet.clone()) else {
        return prepared().map(RollbackGoal::Withdraw);
    };
    if newest.is(Phase::Rollback) {
        let left = newest.from.clone()?;
        // Users of a host that the last rollback did not reach are still on it.
        let unfinished = on(&left);
        let named = newest.tag.clone().filter(|_| unfinished && newest.named);
        return Some(match (prepared().filter(|_| !unfinished), named) {
            (Some(tag), _) => RollbackGoal::Withdraw(tag),
            (None, Some(to)) => RollbackGoal::Continue { leave: left, to },
            (None, None) => RollbackGoal::Leave(left),
        });
    }
    let Some(tag) = newest.tag.clone().filter(|tag| on(tag)) else {
        return prepared().map(RollbackGoal::Withdraw);
    };
    if all_on(&tag) {
        let recent = |observation: &'a Observation| {
            observation
                .withdrawn
                .as_ref()
                .filter(|it| it.at > newest.at && now - it.at < SAME_ROLLBACK)
        };
        let withdrawn = fleet.clone().find_map(recent).map(|withdrawn| withdrawn.tag.clone());
        if let Some(tag) = prepared().or(withdrawn) {
            return Some(RollbackGoal::Withdraw(tag));
        }
    }
    Some(RollbackGoal::Leave(tag))
}

/// Returns the last cold rollback to a named release whose users are still on the release that it leaves. The release that it
/// starts is on the passive color like a prepared one, but is not one.
pub fn cold_rollback<'a>(
    fleet: impl Iterator<Item = &'a Observation> + Clone,
    now: DateTime<Utc>,
) -> Option<&'a ColdRollback> {
    let is_shown = |observation: &Observation| {
        let passive = observation.likely_sides().map(|(_, passive)| passive);
        passive.is_some() && observation.passive_points_at.as_ref() == passive
    };
    // A release was prepared or withdrawn since then.
    if fleet.clone().any(is_shown) {
        return None;
    }
    let withdrawn = fleet
        .clone()
        .filter_map(|observation| observation.withdrawn.as_ref())
        .map(|it| it.at)
        .max();
    let moved = newest_change(fleet.clone()).map(|change| change.at);
    let is_last = |begun: &&ColdRollback| {
        now - begun.at < SAME_ROLLBACK
            && moved.is_none_or(|at| begun.at >= at)
            && withdrawn.is_none_or(|at| begun.at > at)
    };
    let leaves = |observation: &'a Observation| {
        observation
            .cold_rollback
            .as_ref()
            .filter(|begun| observation.live_tag() == Some(&begun.leave))
    };
    fleet.filter_map(leaves).filter(is_last).max_by_key(|begun| begun.at)
}

/// Returns the last change that moved users of these hosts. A host whose users came from the release that others are still on
/// was changed later, even if the clocks of two operators' machines say otherwise.
pub fn newest_change<'a>(
    fleet: impl Iterator<Item = &'a Observation> + Clone,
) -> Option<&'a Change> {
    let moves = |change: &&Change| {
        change.is(Phase::GoLive) || (change.is(Phase::Rollback) && change.from.is_some())
    };
    let changes = fleet.filter_map(Observation::change).filter(moves);
    let follows = |later: &Change, change: &Change| {
        later.from.is_some() && later.from == change.tag && later.tag != change.tag
    };
    let all = changes.clone();
    let is_last = |change: &&Change| {
        !all.clone().any(|other| follows(other, change) && !follows(change, other))
    };
    changes.filter(is_last).max_by_key(|change| change.at)
}

/// Returns what the goal means for the users of one host.
pub fn route(observation: &Observation, goal: &RollbackGoal) -> Route {
    let mut route = Route {
        target: observation.target.clone(),
        from: None,
        to: None,
        readiness: Readiness::NotKnown,
        meant: true,
        replaces: None,
    };
    let Some((live, passive)) = observation.likely_sides().or_else(|| only_side(observation))
    else {
        return route;
    };
    let on = observation.live_tag();
    route.from = Some((live.clone(), on.cloned()));
    let stays = |mut route: Route| {
        let release = observation.colors.get(live).and_then(|slot| slot.release.clone());
        let release = release.or_else(|| on.cloned().map(Release::of_tag));
        route.to = release.map(|release| (live.clone(), release));
        route.readiness = Readiness::There;
        route
    };
    let to = match goal {
        RollbackGoal::Withdraw(_) => return stays(route),
        // If the live release is not known, the route is not known.
        _ if on.is_none() => return route,
        RollbackGoal::Leave(tag) | RollbackGoal::Continue { leave: tag, .. } if on != Some(tag) => {
            return stays(route);
        }
        RollbackGoal::To(tag) if on == Some(tag) => return stays(route),
        RollbackGoal::To(tag) | RollbackGoal::Continue { to: tag, .. } => named(observation, tag),
        RollbackGoal::Leave(_) => {
            let Some(origin) = observation.origin() else {
                route.readiness = Readiness::NoRecord;
                return route;
            };
            origin.release
        }
    };
    let slot = observation.colors.get(passive);
    let there = slot.and_then(|slot| slot.release.as_ref());
    route.readiness = match slot.map(|slot| slot.running) {
        // The passive entry point points at the passive color only if another release was prepared there since.
        Some(Running::Unseen)
            if came_from(observation, &to.tag)
                && observation.passive_points_at.as_ref() != Some(passive) =>
        {
            Readiness::Unproven
        }
        // Releases replace each other there, and nothing shows whether the other one still exists.
        Some(_) if live == passive => Readiness::Unproven,
        Some(Running::Unseen) | None => Readiness::NotKnown,
        Some(running) if there.is_some_and(|there| there.agrees_with(&to)) => match running {
            Running::Up => Readiness::Ready,
            _ => Readiness::Stopped,
        },
        Some(_) => {
            route.replaces = there.map(|there| there.tag.clone());
            Readiness::Gone
        }
    };
    route.to = Some((passive.clone(), to));
    route
}

/// Returns the one side of a target without a passive side, as both.
fn only_side(observation: &Observation) -> Option<(&Color, &Color)> {
    let mut sides = observation.colors.keys();
    let only = sides.next().filter(|_| sides.next().is_none())?;
    Some((only, only))
}

/// Returns the release that a person named, with its digest if the host recorded it.
fn named(observation: &Observation, tag: &Tag) -> Release {
    let origin =
        observation.origin().map(|origin| origin.release).filter(|release| release.tag == *tag);
    origin.unwrap_or_else(|| Release::of_tag(tag.clone()))
}

fn came_from(observation: &Observation, tag: &Tag) -> bool {
    observation.change().is_some_and(|change| change.from.as_ref() == Some(tag))
}

#[cfg(test)]
mod tests;
