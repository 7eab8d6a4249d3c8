//! The release summary: what is live, what is prepared, and whether a rollback is ready.

use super::{Agreed, Host, Letters, ReleaseSummary, RollbackReadiness};
use crate::console::app::state::State;
use crate::domain::observation::{Observation, Running, Slot};
use crate::domain::phase::Phase;
use crate::domain::plan::Selection;
use crate::domain::release::Tag;
use crate::domain::rollback;
use crate::domain::rollback::{PassiveRole, Readiness, RollbackGoal, Route};

impl State {
    fn colored(&self) -> impl Iterator<Item = Host<'_>> {
        self.hosts().filter(Host::has_colors)
    }

    pub(super) fn find_release_summary(&self) -> ReleaseSummary {
        ReleaseSummary {
            live: Agreed::among(self.colored().map(|host| host.live())),
            passive: Agreed::among(self.colored().map(|host| host.passive())),
            ready: self.colored().filter(is_passive_ready).count(),
            of: self.colored().count(),
        }
    }

    /// Decided from what the hosts recorded, as the planner of a rollback decides it: a console that did not
    /// do the deploy knows it as well, and neither can say what the other does not.
    pub(super) fn find_rollback_readiness(&self) -> RollbackReadiness {
        let Some(goal) = self.goal() else { return self.no_record() };
        let leaves = match goal {
            RollbackGoal::Withdraw(tag) => return RollbackReadiness::Prepared(tag),
            RollbackGoal::To(tag)
            | RollbackGoal::Leave(tag)
            | RollbackGoal::Continue { leave: tag, .. } => tag,
        };
        let latest = self.latest_observations();
        let newest = rollback::newest_change(latest.iter().copied());
        if newest.is_some_and(|change| change.is(Phase::Rollback)) {
            let back = self.colored().filter(|host| is_off(host, &leaves)).count();
            return RollbackReadiness::Left { tag: leaves, back, of: self.colored().count() };
        }
        self.leaving(&RollbackGoal::Leave(leaves))
    }

    /// Returns what is on the sides that the targets have.
    pub fn sides(&self, letters: Letters) -> String {
        let ReleaseSummary { live, passive, .. } = self.release_summary();
        let live = live.words(letters);
        if self.fleet.can.passive_side {
            format!("live {live}, passive {}", passive.words(letters))
        } else {
            format!("live {live}")
        }
    }

    fn latest_observations(&self) -> Vec<&Observation> {
        self.colored().filter_map(|host| host.latest()).collect()
    }

    /// Returns whether the passive color of a host has a release with this role.
    pub fn has_on_passive(&self, role: PassiveRole) -> bool {
        let latest = self.latest_observations();
        let fleet = || latest.iter().copied();
        let roles = fleet().filter_map(|host| rollback::passive_release_in(host, fleet()));
        roles.into_iter().any(|(_, found)| found == role)
    }

    /// What a rollback would be about.
    fn goal(&self) -> Option<RollbackGoal> {
        rollback::goal(&self.latest_observations().into_iter(), self.now.at)
    }

    fn leaving(&self, goal: &RollbackGoal) -> RollbackReadiness {
        let routes =
            || self.colored().filter_map(|host| Some(rollback::route(host.observation()?, goal)));
        let moving: Vec<Route> = routes().filter(|route| route.readiness.moves_users()).collect();
        let unknown = self.colored().count() - routes().count();
        if moving.is_empty() {
            let unrecorded = routes().any(|route| route.readiness == Readiness::NoRecord);
            return if unrecorded {
                RollbackReadiness::Cold("no host recorded where users came from".to_owned())
            } else {
                RollbackReadiness::NotKnown
            };
        }
        let gone: Vec<&Route> =
            moving.iter().filter(|route| route.readiness == Readiness::Gone).collect();
        if let Some(why) = gone.first().and_then(|route| why_gone(route, gone.len())) {
            return RollbackReadiness::Cold(why);
        }
        let ready = moving.iter().filter(|route| !route.readiness.is_cold()).count();
        let mut ends: Vec<_> = moving.iter().filter_map(|route| route.to.clone()).collect();
        ends.dedup_by(|a, b| a.0 == b.0 && a.1.tag == b.1.tag);
        match ends.as_slice() {
            [(color, release)] if ready == 0 => {
                RollbackReadiness::Cold(format!("{color} {release} is stopped"))
            }
            [(color, release)] => RollbackReadiness::Open {
                color: color.clone(),
                release: Some(release.clone()),
                ready,
                of: moving.len() + unknown,
            },
            _ => RollbackReadiness::Unproven { ready, of: moving.len() + unknown },
        }
    }

    /// Returns the hosts that a rollback of these alone would leave on what went live. Whether a host went live is
    /// known of those that were seen since; of the others, and of jobs, it is taken to be so.
    pub fn left_behind(&self, selection: &Selection) -> usize {
        let goal = self.goal();
        let would_move = |host: &Host<'_>| {
            let route = host.observation().zip(goal.as_ref());
            route.is_some_and(|(seen, goal)| rollback::route(seen, goal).readiness.moves_users())
        };
        let stays = |host: &Host<'_>| {
            let known = self.running().is_none() && host.live().known().is_some();
            host.has_colors() && known && !would_move(host)
        };
        let hosts = self.hosts().filter(|host| !selection.takes(&host.member.target));
        hosts.filter(|host| !stays(host)).count()
    }

    /// No host recorded where its users came from, and nothing is prepared.
    fn no_record(&self) -> RollbackReadiness {
        let mut known = self.colored().filter(|host| host.passive_slot().is_some()).peekable();
        if known.peek().is_none() {
            return RollbackReadiness::NotKnown;
        }
        if known.all(|host| is_passive_absent(&host)) {
            return RollbackReadiness::Nowhere;
        }
        let release_summary = self.release_summary();
        RollbackReadiness::NoRecord { ready: release_summary.ready, of: release_summary.of }
    }

    /// Why `R` would do nothing, as certain as the last observation: the planner of a rollback decides by
    /// the same functions. `None`: it would do something, or only the servers can tell.
    pub fn why_no_rollback(&self) -> Option<String> {
        let name = "`flipside rollback --to TAG` sends them to a release you name";
        match self.rollback_readiness() {
            RollbackReadiness::Nowhere | RollbackReadiness::NoRecord { .. } => {
                Some(format!("no host recorded where users came from; {name}"))
            }
            RollbackReadiness::Left { tag, back, of }
                if back == of && !self.has_rollback_left() =>
            {
                Some(format!("users were already rolled back from {tag}; {name}"))
            }
            _ => None,
        }
    }

    /// Users are back: does a rollback still have jobs to bring along, or users to get an answer?
    fn has_rollback_left(&self) -> bool {
        let answered = |host: Host<'_>| {
            host.observation().and_then(Observation::users_are_answered) == Some(true)
        };
        self.unfinished().is_some() || !self.colored().all(answered)
    }

    /// On every host with colors, by whichever console: the hosts hold who signed what off.
    pub fn is_signed_off(&self, tag: &Tag) -> bool {
        let signed = |host: Host<'_>| {
            let sign_off = host.latest().and_then(|seen| seen.verified.as_ref());
            sign_off.is_some_and(|sign_off| sign_off.tag == *tag)
        };
        self.colored().count() > 0 && self.colored().all(signed)
    }
}

/// Users of this host are seen not to be on that release.
fn is_off(host: &Host<'_>, tag: &Tag) -> bool {
    host.observation().and_then(Observation::live_tag).is_some_and(|live| live != tag)
}

fn why_gone(route: &Route, hosts: usize) -> Option<String> {
    let (color, to) = route.to.as_ref()?;
    let there = match &route.replaces {
        Some(there) => format!("{color} holds {there}"),
        None => format!("nothing is on {color}"),
    };
    let more = if hosts > 1 { format!(" and {} more", hosts - 1) } else { String::new() };
    Some(format!("{there} on {}{more}, users came from {to}", route.target))
}

fn is_passive_absent(host: &Host<'_>) -> bool {
    host.passive_slot().is_some_and(|color| color.running == Running::Absent)
}

fn is_passive_ready(host: &Host<'_>) -> bool {
    host.passive_slot().is_some_and(Slot::is_ready)
}
