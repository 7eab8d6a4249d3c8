//! The job services of a host: their release, and the steps for them that several phases share.

use super::host::HostView;
use super::{steps, workloads};
use crate::domain::observation::Running;
use crate::domain::plan::{Intent, Refusal, Step};
use crate::domain::release::Release;
use crate::domain::target::Carries;
use crate::platform::kit::go_live::prepare_remedy;

/// Returns whether every job service runs this release. On a host with only jobs, the deployed file must be
/// of it, too.
pub fn are_on(host: &HostView<'_>, release: &Release) -> bool {
    let to = &release.tag;
    let tags = host.job_tags();
    let linked = host.runtime.facts.linked().and_then(|file| file.head.as_ref());
    tags.len() == host.runtime.spec.jobs.len()
        && tags.iter().all(|there| *there == to)
        && release.digest.as_ref().is_none_or(|digest| {
            host.runtime
                .spec
                .jobs
                .iter()
                .all(|job| workloads::is_of(&host.runtime.facts, job, digest))
        })
        && host.observation.jobs.iter().all(|job| job.running == Running::Up)
        && linked.is_none_or(|head| head.release == *to || !host.observation.colors.is_empty())
}

/// Returns the step that gives the tag to the image that users are on, if it means another image on this host.
pub fn retagged(intent: &Intent, host: &HostView<'_>, to: &Release) -> Option<Step> {
    let step = steps::image(host, intent, to);
    (to.digest.is_some() && step.is_to_do()).then_some(step)
}

/// Returns the step that starts stopped jobs again as they were, for example after the engine was killed.
/// `None` also if they are not on the release of the deployed file and of the users: other phases update
/// them.
pub fn restarted(host: &HostView<'_>) -> Option<Step> {
    let jobs = &host.observation.jobs;
    let stopped = jobs.iter().any(|job| job.running == Running::Stopped);
    if !stopped || host.runtime.facts.engine.is_some() {
        return None;
    }
    let tags = host.job_tags();
    let tag = *tags.first()?;
    let file = host.runtime.facts.linked()?;
    let agree = tags.len() == jobs.len()
        && tags.iter().all(|other| *other == tag)
        && file.head.as_ref().is_none_or(|head| head.release == *tag)
        && (host.member.carries == Carries::JobsOnly || host.observation.live_tag() == Some(tag));
    agree.then(|| steps::jobs(host, &file.name, tag.as_str()))
}

/// Returns the steps that move the jobs to the release that goes live.
pub fn follow(intent: &Intent, host: &HostView<'_>, to: &Release) -> Result<Vec<Step>, Refusal> {
    let tag = &to.tag;
    let linked = host.runtime.facts.linked().and_then(|file| file.head.as_ref());
    let done = are_on(host, to) && linked.is_none_or(|head| head.release == *tag);
    let file =
        host.runtime.file_for(tag, None).or_else(|| host.runtime.facts.linked()).ok_or_else(
            || host.refuse(format!("there is no compose file of {tag}"), prepare_remedy(tag)),
        )?;
    let mut steps = Vec::new();
    if !done {
        steps.extend(retagged(intent, host, to));
    }
    let done = done.then(|| format!("they run {tag}"));
    steps.push(steps::jobs(host, &file.name, tag.as_str()).already(done));
    Ok(steps)
}
