//! A host that serves no users follows those of the other hosts: to the release that they are on after the rollback.

use crate::domain::plan::{Step, Track, TrackStart};
use crate::domain::release::Release;
use crate::domain::rollback::{Readiness, RollbackGoal, RollbackPreview, Route};
use crate::platform::kit::host::{HostRefusal, HostView};

/// Returns the release that a host without users follows to. If no host could move its users, it stays with them.
pub fn destination<R>(
    host: &HostView<'_, R>,
    rollback: &RollbackPreview,
    moved: &[Track],
) -> Result<Release, HostRefusal> {
    let release = of_most_users(rollback, moved).ok_or_else(|| {
        host.refuse_here(
            "its jobs follow the users, and it is not known which release those will be on",
            "Make the hosts that serve users reachable, then roll back again.",
        )
    })?;
    if Some(&release.tag) == rollback.goal.leaves() {
        return Err(host.refuse_here(
            format!("its jobs follow the users, who stay on {}", release.tag),
            "Roll back the hosts that serve users.",
        ));
    }
    Ok(release)
}

/// Returns the track of such a host, which begins once users were moved on some host.
pub fn track<R>(host: &HostView<'_, R>, steps: Vec<Step>, moved: &[Track]) -> Track {
    let users_move = moved.iter().any(|track| track.steps.iter().any(Step::is_to_do));
    let begin = if users_move { TrackStart::AfterUsersMoved } else { TrackStart::AtOnce };
    Track { begin, ..Track::of(&host.member.target, steps) }
}

/// Returns the release that most users are on afterwards: moved there by this plan, or there already.
fn of_most_users(rollback: &RollbackPreview, moved: &[Track]) -> Option<Release> {
    let is_moved = |route: &Route| moved.iter().any(|track| track.target == route.target);
    let end = |route: &Route| {
        if is_moved(route) || route.readiness == Readiness::There {
            route.to.as_ref().map(|(_, to)| to.clone())
        } else {
            let from = route.from.as_ref().and_then(|(_, from)| from.clone());
            from.map(Release::of_tag)
        }
    };
    if let (RollbackGoal::To(tag), true) = (&rollback.goal, rollback.routes.is_empty()) {
        // No host of this stack serves users: only jobs are released.
        return Some(Release::of_tag(tag.clone()));
    }
    let ends: Vec<Release> = rollback.routes.iter().filter_map(end).collect();
    // One of two hosts may have failed: the jobs followed the users that were moved, and stay with them.
    let most = |end: &&Release| {
        let users = ends.iter().filter(|other| other.tag == end.tag).count();
        (users, Some(&end.tag) != rollback.goal.leaves())
    };
    ends.iter().max_by_key(most).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::release::Tag;
    use crate::domain::target::Target;

    fn route(host: &str, readiness: Readiness) -> Route {
        let side = |color: &str, tag: &str| (color.parse().unwrap(), tag.parse::<Tag>().unwrap());
        let (green, left) = side("green", "v2");
        let (blue, origin) = side("blue", "v1");
        let there = readiness == Readiness::There;
        Route {
            target: Target::Host(host.parse().unwrap()),
            meant: true,
            replaces: None,
            from: (!there).then_some((green, Some(left))),
            to: Some((blue, Release::of_tag(origin))),
            readiness,
        }
    }

    #[test]
    fn jobs_stay_with_the_moved_users_when_half_of_the_hosts_failed() {
        let goal = RollbackGoal::Leave("v2".parse().unwrap());
        for (back, ahead) in [("web1", "web2"), ("web2", "web1")] {
            let mut routes = vec![route(back, Readiness::There), route(ahead, Readiness::Ready)];
            routes.sort_by(|a, b| a.target.cmp(&b.target));
            let (goal, choices) = (goal.clone(), Vec::new());
            let rollback = RollbackPreview { goal, routes, withdrawn: None, choices };
            assert_eq!(of_most_users(&rollback, &[]).unwrap().tag.as_str(), "v1", "{back} is back");
        }
    }
}
