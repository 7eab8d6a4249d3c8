//! Where a rollback leads: decided in one place, from what the hosts recorded. The planner, its card and
//! the table all read it from here, so they cannot contradict each other.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::names::{Color, RunId};
use super::observation::{Change, Observation, Running};
use super::phase::Phase;
use super::release::{Release, Tag};
use super::target::Target;

/// What one rollback is about. The first plan of a run decides it, and the run keeps to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollbackGoal {
    /// Users of this release return to the one that each host recorded they came from. Hosts whose users
    /// are on another release keep them.
    Leave(Tag),
    /// Users go to this release, which a person named.
    To(Tag),
    /// This release is only prepared: the passive side is taken back, and no user moves.
    Withdraw(Tag),
    /// An earlier rollback sent users of `leave` to `to`, which a person named, and did not reach every host:
    /// the others follow. Hosts whose users are on another release keep them.
    Continue { leave: Tag, to: Tag },
}

impl RollbackGoal {
    pub fn moves_users(&self) -> bool {
        !matches!(self, Self::Withdraw(_))
    }

    /// The release that users must not be on once it is done, where that is one release.
    pub fn leaves(&self) -> Option<&Tag> {
        match self {
            Self::Leave(tag) | Self::Withdraw(tag) | Self::Continue { leave: tag, .. } => Some(tag),
            Self::To(_) => None,
        }
    }
}

/// A prepared release that a rollback took back, as the host records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    pub tag: Tag,
    pub by: String,
    pub at: DateTime<Utc>,
    pub run: RunId,
}

/// A cold rollback to a named release, as the host records it before it starts that release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColdRollback {
    pub to: Tag,
    pub leave: Tag,
    pub by: String,
    pub at: DateTime<Utc>,
    pub run: RunId,
}

/// The release that users of a host came from, as the host recorded it with the switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin<'a> {
    pub release: Release,
    /// The deployed file of that release, where it was recorded.
    pub file: Option<&'a str>,
}

/// How quickly users of one host can be where the rollback sends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// They are there, and nobody is moved.
    There,
    /// The other color is up with that release.
    Ready,
    /// Whether it is up could not be asked; the switch asks it before it moves anybody.
    Unproven,
    /// Its container is stopped, and must be started first.
    Stopped,
    /// It is on neither color, and must be started from its own compose file first.
    Gone,
    /// It is on neither color, and its image is on neither the host nor the registry.
    Lost,
    /// The host did not record where its users came from.
    NoRecord,
    /// It is not known which color or release is live.
    NotKnown,
}

impl Readiness {
    /// A cold rollback: something must be started before users can move.
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
    /// The rollback is about this host. Others only say which release their users are on.
    #[serde(default)]
    pub meant: bool,
    /// What stands on the other color instead, where that is lost by a start.
    #[serde(default)]
    pub replaces: Option<Tag>,
}

/// What a rollback does, for whoever is about to confirm it: carried by its plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackPreview {
    #[serde(alias = "course")]
    pub goal: RollbackGoal,
    #[serde(alias = "legs")]
    pub routes: Vec<Route>,
    /// The prepared release was taken back already, by this.
    #[serde(default)]
    pub withdrawn: Option<Withdrawn>,
    /// The releases that these hosts still have: what `--to` can name without a registry.
    #[serde(default)]
    pub choices: Vec<Tag>,
}

impl RollbackPreview {
    /// The hosts that it is about.
    pub fn meant(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(|route| route.meant)
    }

    /// The one release that users are on afterwards, where it is one.
    pub fn destination(&self) -> Option<&Tag> {
        let mut tags = self.meant().filter_map(|route| route.to.as_ref().map(|(_, to)| &to.tag));
        let first = tags.next()?;
        tags.all(|tag| tag == first).then_some(first)
    }

    /// Every user who moves can do so at once.
    pub fn is_ready(&self) -> bool {
        !self.meant().any(|route| route.readiness.is_cold())
    }

    pub fn moving(&self) -> impl Iterator<Item = &Route> {
        self.meant().filter(|route| route.readiness.moves_users())
    }
}

/// A second rollback within this time is taken for the same one: after a prepared release was taken back
/// it does not go on to the release before the live one.
const SAME: TimeDelta = TimeDelta::minutes(15);

/// What a rollback of this fleet is about, where nobody named a release. `None`: no host recorded where
/// its users came from, and nothing is prepared.
pub fn goal<'a>(
    fleet: &(impl Iterator<Item = &'a Observation> + Clone),
    now: DateTime<Utc>,
) -> Option<RollbackGoal> {
    let on = |tag: &Tag| fleet.clone().any(|seen| seen.live_tag() == Some(tag));
    let all_on = |tag: &Tag| fleet.clone().all(|seen| seen.live_tag().is_none_or(|on| on == tag));
    // What users of any host came from is no mere preparation, whatever another host failed to record.
    let is_origin = |tag: &Tag| {
        fleet.clone().any(|seen| seen.origin().is_some_and(|origin| origin.release.tag == *tag))
    };
    let prepared = || fleet.clone().filter_map(prepared).find(|tag| !is_origin(tag));
    if let Some(begun) = cold_rollback(fleet.clone(), now) {
        return Some(RollbackGoal::Continue { leave: begun.leave.clone(), to: begun.to.clone() });
    }
    let Some(newest) = newest_change(fleet.clone()) else {
        return prepared().map(RollbackGoal::Withdraw);
    };
    if newest.is(Phase::Rollback) {
        let left = newest.from.clone()?;
        // A host that the last one did not reach still has it.
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
        let recent = |seen: &'a Observation| {
            seen.withdrawn.as_ref().filter(|it| it.at > newest.at && now - it.at < SAME)
        };
        let withdrawn = fleet.clone().find_map(recent).map(|withdrawn| withdrawn.tag.clone());
        if let Some(tag) = prepared().or(withdrawn) {
            return Some(RollbackGoal::Withdraw(tag));
        }
    }
    Some(RollbackGoal::Leave(tag))
}

/// The rollback to a named release that was begun last, where users are still on what it leaves. What it
/// starts stands on the passive color as a prepared release does, and is none.
pub fn cold_rollback<'a>(
    fleet: impl Iterator<Item = &'a Observation> + Clone,
    now: DateTime<Utc>,
) -> Option<&'a ColdRollback> {
    let is_shown = |seen: &Observation| {
        let passive = seen.likely_sides().map(|(_, passive)| passive);
        passive.is_some() && seen.passive_points_at.as_ref() == passive
    };
    // A release was prepared since then, or taken back.
    if fleet.clone().any(is_shown) {
        return None;
    }
    let withdrawn = fleet.clone().filter_map(|seen| seen.withdrawn.as_ref()).map(|it| it.at).max();
    let moved = newest_change(fleet.clone()).map(|change| change.at);
    let is_last = |begun: &&ColdRollback| {
        now - begun.at < SAME
            && moved.is_none_or(|at| begun.at >= at)
            && withdrawn.is_none_or(|at| begun.at > at)
    };
    let leaves = |seen: &'a Observation| {
        seen.cold_rollback.as_ref().filter(|begun| seen.live_tag() == Some(&begun.leave))
    };
    fleet.filter_map(leaves).filter(is_last).max_by_key(|begun| begun.at)
}

/// The last time that users of this fleet were moved, as its hosts recorded it. A host whose users came
/// from the release that others are still on was moved later, whatever the clocks of two consoles say.
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

/// A release that stands on the passive color although users never came from it: prepared, or left by a
/// prepare that failed or was killed.
pub fn prepared(seen: &Observation) -> Option<Tag> {
    let (live, passive) = seen.likely_sides()?;
    let slot = seen.colors.get(passive)?;
    let tag = &slot.release.as_ref()?.tag;
    let runs = matches!(slot.running, Running::Up | Running::Unsettled);
    let shown = seen.passive_points_at.as_ref().or(seen.passive_shows.as_ref()) == Some(passive);
    let is_live = seen.colors.get(live)?.release.as_ref().is_some_and(|it| it.tag == *tag);
    let was_live = seen.origin().is_some_and(|origin| origin.release.tag == *tag);
    let was_left = seen
        .change()
        .is_some_and(|change| change.is(Phase::Rollback) && change.from.as_ref() == Some(tag));
    ((runs || shown) && !is_live && !was_live && !was_left).then(|| tag.clone())
}

/// What this course means for the users of one host.
pub fn route(seen: &Observation, goal: &RollbackGoal) -> Route {
    let mut route = Route {
        target: seen.target.clone(),
        from: None,
        to: None,
        readiness: Readiness::NotKnown,
        meant: true,
        replaces: None,
    };
    let Some((live, passive)) = seen.likely_sides() else { return route };
    let on = seen.live_tag();
    route.from = Some((live.clone(), on.cloned()));
    let stays = |mut route: Route| {
        let release = seen.colors.get(live).and_then(|slot| slot.release.clone());
        let release = release.or_else(|| on.cloned().map(Release::of_tag));
        route.to = release.map(|release| (live.clone(), release));
        route.readiness = Readiness::There;
        route
    };
    let to = match goal {
        RollbackGoal::Withdraw(_) => return stays(route),
        // Without its release nothing can be said of a host, but that it is not known.
        _ if on.is_none() => return route,
        RollbackGoal::Leave(tag) | RollbackGoal::Continue { leave: tag, .. } if on != Some(tag) => {
            return stays(route);
        }
        RollbackGoal::To(tag) if on == Some(tag) => return stays(route),
        RollbackGoal::To(tag) | RollbackGoal::Continue { to: tag, .. } => named(seen, tag),
        RollbackGoal::Leave(_) => {
            let Some(origin) = seen.origin() else {
                route.readiness = Readiness::NoRecord;
                return route;
            };
            origin.release
        }
    };
    let slot = seen.colors.get(passive);
    let there = slot.and_then(|slot| slot.release.as_ref());
    route.readiness = match slot.map(|slot| slot.running) {
        // The passive side points at the passive color only since something else was prepared on it.
        Some(Running::Unseen)
            if came_from(seen, &to.tag) && seen.passive_points_at.as_ref() != Some(passive) =>
        {
            Readiness::Unproven
        }
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

/// A release that a person named: with the digest of its bytes, where the host knows them.
fn named(seen: &Observation, tag: &Tag) -> Release {
    let origin = seen.origin().map(|origin| origin.release).filter(|release| release.tag == *tag);
    origin.unwrap_or_else(|| Release::of_tag(tag.clone()))
}

fn came_from(seen: &Observation, tag: &Tag) -> bool {
    seen.change().is_some_and(|change| change.from.as_ref() == Some(tag))
}
