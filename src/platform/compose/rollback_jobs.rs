//! The jobs follow the users of their stack: to the release that users are on after the rollback. If no user
//! was moved, they stay.

use super::facts::DatedFile;
use super::host::{ComposeHost, HostView};
use super::{cold, jobs, prepare, steps};
use crate::domain::availability::Availabilities;
use crate::domain::change::Before;
use crate::domain::plan::{Intent, Step, Track, TrackStart};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::{Readiness, RollbackGoal, RollbackPreview, Route};
use crate::platform::kit::host::HostRefusal;
use crate::platform::kit::remedies::DOCTOR;
use crate::platform::kit::rollback::{choices, is_lost};

/// Returns the last steps of a host that serves users and runs jobs; they come after its own switch. `file`
/// is the compose file that the switch deploys, `before` are the steps that come first.
pub fn steps(
    intent: &Intent,
    host: &HostView<'_>,
    to: &Release,
    file: Option<String>,
    before: &[Step],
) -> Result<Vec<Step>, HostRefusal> {
    if host.runtime.spec.jobs.is_empty() || host.runtime.facts.engine.is_some() {
        return Ok(Vec::new());
    }
    let tag = &to.tag;
    let done = jobs::are_on(host, to).then(|| format!("they run {tag}"));
    let Some(file) = file.or_else(|| known_file(host, tag).map(|file| file.name.clone())) else {
        // Jobs that run already need no file.
        return if done.is_some() { Ok(Vec::new()) } else { Err(no_file(host, tag)) };
    };
    let mut steps = Vec::new();
    // Compose starts whatever image the tag means on this host, so it must mean the one that users get.
    if done.is_none() && !before.iter().any(|step| step.name == steps::PULL) {
        steps.extend(jobs::retagged(intent, host, to));
    }
    steps.push(steps::jobs(host, &file, tag.as_str()).already(done));
    Ok(steps)
}

/// Returns why the jobs of a host cannot follow its users, if they cannot.
pub fn cannot_follow(host: &HostView<'_>) -> Option<HostRefusal> {
    let why = host.runtime.facts.engine.as_ref().filter(|_| !host.runtime.spec.jobs.is_empty())?;
    Some(host.refuse_here(format!("its jobs cannot be rolled back: {why}"), ""))
}

/// Returns the track of a host that runs only jobs, beside the hosts whose users are `moved`. It begins once
/// users were moved on some host: if no host could move its users, the jobs stay with them.
pub fn alone(
    intent: &Intent,
    host: &HostView<'_>,
    rollback: &RollbackPreview,
    moved: &[Track],
    availability: &Availabilities,
) -> Result<Option<(Track, Release)>, HostRefusal> {
    if !rollback.goal.moves_users() || host.runtime.spec.jobs.is_empty() {
        return Ok(None);
    }
    if let Some(why) = &host.runtime.facts.engine {
        return Err(host.refuse_here(format!("its jobs cannot be rolled back: {why}"), DOCTOR));
    }
    let Some(to) = destination(rollback, moved) else {
        return Err(host.refuse_here(
            "its jobs follow the users, and it is not known which release those will be on",
            "Make the hosts that serve users reachable, then roll back again.",
        ));
    };
    let release = to;
    let to = &release.tag;
    if Some(to) == rollback.goal.leaves() {
        return Err(host.refuse_here(
            format!("its jobs follow the users, who stay on {to}"),
            "Roll back the hosts that serve users.",
        ));
    }
    let leaves = matches!(rollback.goal, RollbackGoal::Leave(_));
    let known = left_file(host, to).filter(|_| leaves).or_else(|| known_file(host, to));
    let mut made = None;
    let name = if let Some(file) = known {
        file.name.clone()
    } else {
        let file = prepare::file(intent, host, None, None, to).map_err(|_| no_file(host, to))?;
        let name = file.name.clone();
        made = Some(steps::write(host, &file.name, file.text, Before::NotRead));
        name
    };
    let done = jobs::are_on(host, &release).then(|| format!("they run {to}"));
    if done.is_none() && is_lost(host, &release, availability) {
        return Err(cold::refuse_lost(
            host,
            &release,
            choices::<ComposeHost<'_>>(&rollback.choices),
        ));
    }
    let mut steps = vec![steps::image(host, intent, &release).already(done.clone())];
    steps.extend(made.map(|step| step.already(done.clone())));
    steps.push(steps::jobs(host, &name, to.as_str()).already(done));
    let users_move = moved.iter().any(|track| track.steps.iter().any(Step::is_to_do));
    let begin = if users_move { TrackStart::AfterUsersMoved } else { TrackStart::AtOnce };
    Ok(Some((Track { begin, ..Track::of(&host.member.target, steps) }, release)))
}

/// Returns the release that most users are on afterwards: moved there by this plan, or there already.
fn destination(rollback: &RollbackPreview, moved: &[Track]) -> Option<Release> {
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

/// Returns the compose file with which the jobs of this release were deployed.
fn known_file<'h>(host: &'h HostView<'_>, to: &Tag) -> Option<&'h DatedFile> {
    let origin = host.observation.origin().filter(|origin| origin.release.tag == *to);
    let recorded = origin.as_ref().and_then(|origin| host.runtime.facts.file(origin.file?));
    let is_of = |file: &&DatedFile| file.head.as_ref().is_some_and(|head| head.release == *to);
    recorded
        .or_else(|| host.runtime.facts.linked().filter(is_of))
        .or_else(|| host.runtime.file_for(to, None))
        .or_else(|| left_file(host, to).filter(|_| origin.is_some()))
        // A file without a header line may have been deployed by the switch.
        .or_else(|| {
            let unnamed = |file: &&DatedFile| file.head.is_none();
            host.runtime
                .facts
                .linked()
                .filter(unnamed)
                .filter(|_| host.observation.live_tag() == Some(to))
        })
}

/// Returns the predecessor of the deployed compose file, which names it. The first file of an adopted host
/// has no header line that names its release.
fn left_file<'h>(host: &'h HostView<'_>, to: &Tag) -> Option<&'h DatedFile> {
    let head = host.runtime.facts.linked()?.head.as_ref().filter(|head| head.release != *to)?;
    let file = host.runtime.facts.file(head.previous.as_deref()?)?;
    file.head.as_ref().is_none_or(|head| head.release == *to).then_some(file)
}

fn no_file(host: &HostView<'_>, to: &Tag) -> HostRefusal {
    host.refuse_here(
        format!("its jobs cannot be rolled back to {to}: there is no compose file of it"),
        format!("Run `flipside prepare --release {to}` to write one."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
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
            assert_eq!(destination(&rollback, &[]).unwrap().tag.as_str(), "v1", "{back} is back");
        }
    }
}
