//! What follows the users: the live link, where nginx or another host moves them, and the `deployed` hook.

use super::host::{HostView, SymlinkHost};
use super::spec::HookName;
use super::steps;
use crate::domain::plan::{Intent, Step};
use crate::domain::release::Tag;
use crate::domain::target::Carries;

/// Returns the steps after users are on a version: the link follows, or, where a swing ended before it was recorded, is recorded;
/// then comes the hook.
pub fn steps(intent: &Intent, host: &HostView<'_>, tag: &Tag) -> Vec<Step> {
    let SymlinkHost { spec, facts } = &host.runtime;
    let is_live = facts.live() == Some(tag);
    let unrecorded = is_live && facts.live_version.as_ref().is_some_and(|it| it != tag);
    let follows = spec.pair.is_some() || host.member.carries == Carries::JobsOnly;
    let link = (follows || unrecorded).then(|| steps::follow(&host.runtime, tag));
    let done = (is_live && facts.is_bounced(spec, tag))
        .then(|| format!("it ended well since {tag} went live"));
    let hook = steps::hook(&host.runtime, &intent.run, tag, HookName::Deployed);
    link.into_iter().chain(hook.map(|step| step.already(done))).collect()
}
