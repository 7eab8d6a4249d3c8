//! The jobs follow the users of their stack: to the release that users are on after the rollback. If no user
//! was moved, they stay.

use super::facts::DatedFile;
use super::host::{ComposeHost, HostView};
use super::{cold, jobs, prepare, steps};
use crate::domain::availability::Availabilities;
use crate::domain::change::Before;
use crate::domain::plan::{Intent, Step, Track};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::{RollbackGoal, RollbackPreview};
use crate::platform::kit::host::HostRefusal;
use crate::platform::kit::remedies::DOCTOR;
use crate::platform::kit::rollback::{choices, followers, is_lost};

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
    let release = followers::destination(host, rollback, moved)?;
    let to = &release.tag;
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
    Ok(Some((followers::track(host, steps, moved), release)))
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
