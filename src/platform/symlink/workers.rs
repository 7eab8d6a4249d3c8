//! Hosts that serve no users, such as those of job workers: they have the version beside the others, a live link and hooks, and
//! neither slots nor services. Their link follows the users of the other hosts.

use super::host::HostView;
use super::spec::HookName;
use super::{deliver, follow, steps};
use crate::domain::availability::Availabilities;
use crate::domain::observation::{Drift, DriftKind, Running, Workload};
use crate::domain::plan::{Intent, Refusal, Step, Track};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::RollbackPreview;
use crate::platform::kit::drift::{drift as kit_drift, repairable};
use crate::platform::kit::go_live::prepare_remedy;
use crate::platform::kit::host::HostRefusal;
use crate::platform::kit::rollback::{choices, followers, is_lost};
use crate::platform::kit::runtime::Runtime;
use crate::platform::symlink::facts::Facts;
use crate::platform::symlink::host::SymlinkHost;
use crate::platform::symlink::spec::SymlinkSpec;

/// Returns what such a host runs: the version that its link names.
pub fn workload(spec: &SymlinkSpec, facts: &Facts) -> Option<Workload> {
    let release = facts.release(facts.live()?);
    Some(Workload { name: spec.layout.link.clone(), release: Some(release), running: Running::Up })
}

/// Checks that a release can be followed to: it is unpacked, and its `prepare` hook ended well.
pub fn check(host: &HostView<'_>, to: &Release) -> Result<(), Refusal> {
    let SymlinkHost { spec, facts } = &host.runtime;
    if facts.has(to) && (facts.live() == Some(&to.tag) || facts.is_prepared(spec, &to.tag)) {
        return Ok(());
    }
    Err(host.refuse(format!("{} is not prepared", to.tag), prepare_remedy(&to.tag)))
}

/// Returns the track of such a host, beside the hosts whose users are `moved`. A version that is not there any more is brought
/// first, as on the hosts of the users.
pub fn roll_back(
    intent: &Intent,
    host: &HostView<'_>,
    rollback: &RollbackPreview,
    moved: &[Track],
    availability: &Availabilities,
) -> Result<Option<(Track, Release)>, HostRefusal> {
    // A version that is only prepared stays where it is: nothing runs it.
    if !rollback.goal.moves_users() {
        return Ok(None);
    }
    let to = followers::destination(host, rollback, moved)?;
    let mut steps = Vec::new();
    if host.runtime.facts.live() != Some(&to.tag) {
        if is_lost(host, &to, availability) {
            let another = choices::<SymlinkHost<'_>>(&rollback.choices);
            return Err(SymlinkHost::refuse_lost(host, &to, another));
        }
        steps.extend(deliver::steps(intent, host, &to)?.all());
    }
    steps.extend(follow::steps(intent, host, &to.tag));
    Ok(Some((followers::track(host, steps, moved), to)))
}

/// Returns the drift of a link that is not where it was led to. A version of Flipside's own may be one that a killed swing could
/// not record any more, and which users are on.
pub fn drift(spec: &SymlinkSpec, facts: &Facts) -> Option<Drift> {
    let (live, recorded) = unrecorded(facts)?;
    let path = format!("{}/{}", spec.stack.dir, spec.layout.link);
    if is_of_another_tool(facts, live) {
        return Some(repairable(format!(
            "{path} names {live}, but it was led to {recorded}, as users are: another tool swung it"
        )));
    }
    let again =
        "Run the last command again: it records the version, or leads the link to that of users.";
    let what = format!("{path} names {live}, but {recorded} was recorded");
    Some(Drift { kind: DriftKind::LiveIncomplete, ..kit_drift(what, again) })
}

/// Returns the version that the link names, and the one that it was led to.
fn unrecorded(facts: &Facts) -> Option<(&Tag, &Tag)> {
    facts.live().zip(facts.live_version.as_ref()).filter(|(live, recorded)| live != recorded)
}

fn is_of_another_tool(facts: &Facts, tag: &Tag) -> bool {
    facts.version(tag).is_some_and(|version| version.digest.is_none())
}

/// Returns the steps that lead such a link back, and run the hook that is due then.
pub fn restored(intent: &Intent, host: &HostView<'_>) -> Vec<Step> {
    let facts = &host.runtime.facts;
    let swung = unrecorded(facts).filter(|(live, _)| is_of_another_tool(facts, live));
    let Some((_, tag)) = swung.filter(|(_, tag)| facts.version(tag).is_some()) else {
        return Vec::new();
    };
    let hook = steps::hook(&host.runtime, &intent.run, tag, HookName::Deployed);
    std::iter::once(steps::follow(&host.runtime, tag)).chain(hook).collect()
}
