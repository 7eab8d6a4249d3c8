//! What runs the releases of a host: slots that lead to unpacked versions, with or without a service each.
//!
//! What follows the users is the live link, where nginx switches them, and the `deployed` hook.

use super::facts::{HookState, SlotLink};
use super::host::{HostView, SymlinkHost};
use super::spec::HookName;
use super::{deliver, elsewhere, follow, steps, workers};
use crate::domain::availability::{Availabilities, Availability, SourceQuery};
use crate::domain::change::{Before, FileChange};
use crate::domain::names::Color;
use crate::domain::plan::{Intent, Refusal, Step, Track};
use crate::domain::release::{Digest, Release, Tag};
use crate::domain::rollback::RollbackPreview;
use crate::domain::target::Carries;
use crate::platform::kit::builder::PlanBuilder;
use crate::platform::kit::host::{HostRefusal, SlotPair};
use crate::platform::kit::remedies;
use crate::platform::kit::runtime::{Deployment, Runtime, SourceWords};
use crate::platform::kit::switch::{self, SwitchRecord};

impl Runtime for SymlinkHost<'_> {
    const SOURCE: SourceWords =
        SourceWords { what: "archive", source: "its source", fetched: "fetched" };

    fn prelude(&self) -> String {
        String::new()
    }

    fn unavailable(&self) -> Option<&str> {
        None
    }

    fn fetched_digest(&self, tag: &Tag) -> Option<Digest> {
        self.facts.version(tag)?.digest.clone()
    }

    /// The live link is moved by steps of its own, which record what it named before.
    fn link_name(&self) -> &'static str {
        ""
    }

    fn deployed(&self) -> Option<&str> {
        None
    }

    fn deploys(host: &HostView<'_>, target: &str) -> FileChange {
        let path = format!("{}/{}", host.stack.dir, host.runtime.spec.layout.link);
        FileChange::link(path, Before::NotRead, target.to_owned())
    }

    fn deployment<'h>(_: &'h HostView<'_>, _: &Tag, _: &Color) -> Option<&'h str> {
        None
    }

    fn deployment_of_live(
        _: &HostView<'_>,
        _: &Color,
        _: Option<&Tag>,
    ) -> Result<Option<String>, HostRefusal> {
        Ok(None)
    }

    fn is_deployed(_: &HostView<'_>, _: &Color) -> bool {
        true
    }

    fn deployment_for_rollback(
        _: &Intent,
        _: &HostView<'_>,
        _: &SlotPair<'_>,
        _: &Color,
        _: &Tag,
    ) -> Option<Deployment> {
        None
    }

    fn start(
        intent: &Intent,
        host: &HostView<'_>,
        color: &Color,
        to: &Release,
        _: Option<&Deployment>,
    ) -> Result<Vec<Step>, HostRefusal> {
        let mut steps = deliver::steps(intent, host, to)?.all();
        steps.push(steps::slot(&host.runtime, &intent.run, color, &to.tag));
        Ok(steps)
    }

    fn start_live_again(
        intent: &Intent,
        host: &HostView<'_>,
        live: &Color,
        to: &Release,
    ) -> Result<Vec<Step>, HostRefusal> {
        let link = &host.runtime.spec.layout.link;
        // The script makes the slot of what the live link names, and changes no slot that exists.
        let adopt = steps::adopt(&host.runtime, live)
            .filter(|_| host.runtime.facts.live() == Some(&to.tag))
            .ok_or_else(|| {
                let what =
                    format!("{live} leads to no version, and `{link}` does not name {}", to.tag);
                host.refuse_here(
                    what,
                    "Name the release to roll back to: `flipside rollback --to TAG`.",
                )
            })?;
        let start = steps::revive(&host.runtime, &intent.run, live, to.tag.as_str());
        Ok(vec![adopt, start])
    }

    fn revive(intent: &Intent, host: &HostView<'_>, color: &Color, tag: &str) -> Step {
        steps::revive(&host.runtime, &intent.run, color, tag)
    }

    fn stop(intent: &Intent, host: &HostView<'_>, color: &Color) -> Step {
        steps::stop(&host.runtime, &intent.run, color)
    }

    fn switch_users(
        host: &HostView<'_>,
        color: &Color,
        tag: Option<&Tag>,
        record: &SwitchRecord<'_>,
    ) -> Result<Step, HostRefusal> {
        let Some(tag) = tag.or_else(|| host.runtime.facts.in_slot(color)) else {
            let what = format!("{color} leads to no version that users could be switched to");
            return Err(host.refuse_here(what, remedies::DOCTOR));
        };
        let from = host.observation.likely();
        let changes = switch::recorded(host, color, record);
        Ok(steps::swing(&host.runtime, from, color, tag, record).changing(changes))
    }

    fn prune(host: &HostView<'_>) -> Step {
        let origin = host.observation.origin().map(|origin| origin.release.tag);
        let unneeded = host.runtime.facts.unneeded(host.stack.keep_releases as usize);
        let unneeded = unneeded.into_iter().filter(|tag| Some(*tag) != origin.as_ref());
        steps::prune(&host.runtime, &unneeded.collect::<Vec<_>>())
    }

    fn must_be_fetched(host: &HostView<'_>, release: &Release) -> bool {
        host.runtime.facts.must_be_fetched(release)
    }

    fn source_query(host: &HostView<'_>, release: &Release) -> Option<SourceQuery> {
        host.runtime.spec.source.presence_query(&release.tag).map(SourceQuery::Stored)
    }

    fn availability(
        host: &HostView<'_>,
        release: &Release,
        availability: &Availabilities,
    ) -> Option<Availability> {
        let SymlinkHost { spec, facts } = &host.runtime;
        match spec.source.presence_query(&release.tag) {
            Some(query) => availability.stored(&query).cloned(),
            // The host itself has listed its archives.
            None => facts.offers(&release.tag),
        }
    }

    fn refuse_lost(host: &HostView<'_>, to: &Release, remedy: String) -> HostRefusal {
        let from = host.runtime.spec.source.shown(&to.tag);
        host.refuse_here(format!("{} is neither on this host nor at {from}", to.tag), remedy)
    }

    fn note_fetch(
        builder: &mut PlanBuilder,
        host: &HostView<'_>,
        release: Option<&Release>,
        steps: &[Step],
    ) {
        let unpacks = steps.iter().any(|step| step.name == steps::UNPACK && step.is_to_do());
        let absent = |release: &&Release| host.runtime.facts.must_be_fetched(release);
        if let Some(release) = release.filter(absent).filter(|_| unpacks) {
            builder.fetched.push((host.member.target.clone(), release.clone()));
        }
    }

    fn has_followers(&self) -> bool {
        true
    }

    fn follow(intent: &Intent, host: &HostView<'_>, to: &Release) -> Result<Vec<Step>, Refusal> {
        if host.member.carries == Carries::JobsOnly {
            workers::check(host, to)?;
        }
        Ok(follow::steps(intent, host, &to.tag))
    }

    /// The link of a host whose users were switched without it is led to what they are on. With a pair the hook that is due then
    /// moves no users, so it runs; one that failed is a person's to run again.
    fn followers_restored(intent: &Intent, host: &HostView<'_>) -> Vec<Step> {
        let SymlinkHost { spec, facts } = &host.runtime;
        if host.member.carries == Carries::JobsOnly {
            return workers::restored(intent, host);
        }
        let Some(tag) = host.observation.live_tag() else { return Vec::new() };
        if elsewhere::is_due(spec, facts, host.observation) {
            return Vec::new();
        }
        let link = Some(steps::follow(&host.runtime, tag)).filter(Step::is_to_do);
        let swings = link.is_some() && facts.live() != Some(tag);
        let never_ran = !facts.is_bounced(spec, tag)
            && matches!(
                facts.hook(tag, HookName::Deployed),
                HookState::Never | HookState::Interrupted
            );
        let hook = (spec.pair.is_some() && (swings || never_ran))
            .then(|| steps::hook(&host.runtime, &intent.run, tag, HookName::Deployed));
        link.into_iter().chain(hook.flatten()).collect()
    }

    fn take_up(host: &HostView<'_>, live: &Color, record: &SwitchRecord<'_>) -> Option<Step> {
        let SymlinkHost { spec, facts } = &host.runtime;
        let tag = facts.live().filter(|_| elsewhere::is_due(spec, facts, host.observation))?;
        let changes = switch::recorded(host, live, record);
        Some(steps::take_up(&host.runtime, live, tag, &record.change).changing(changes))
    }

    fn mend(intent: &Intent, host: &HostView<'_>, live: &Color) -> Vec<Step> {
        let SymlinkHost { spec, facts } = &host.runtime;
        let is_gone =
            |color: &&Color| matches!(facts.slots.get(*color), Some(SlotLink::Dangling(_)));
        let passive = spec.colors.other(live).filter(|_| spec.pair.is_none());
        let emptied = passive.filter(is_gone);
        emptied.map(|color| steps::emptied(&host.runtime, &intent.run, color)).into_iter().collect()
    }

    fn follow_rollback(
        intent: &Intent,
        host: &HostView<'_>,
        to: &Release,
        _: Option<String>,
        _: &[Step],
    ) -> Result<Vec<Step>, HostRefusal> {
        Ok(follow::steps(intent, host, &to.tag))
    }

    fn followers_alone(
        intent: &Intent,
        host: &HostView<'_>,
        rollback: &RollbackPreview,
        moved: &[Track],
        availability: &Availabilities,
    ) -> Result<Option<(Track, Release)>, HostRefusal> {
        workers::roll_back(intent, host, rollback, moved, availability)
    }

    fn cannot_follow(_: &HostView<'_>) -> Option<HostRefusal> {
        None
    }

    fn leftovers(_: &HostView<'_>) -> Option<Step> {
        None
    }

    fn still_running(_: &HostView<'_>) -> Option<String> {
        None
    }
}
