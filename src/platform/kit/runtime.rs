//! What runs the releases of a host. The planners of the kit know when something is started, stopped or switched; a platform
//! knows how.

use super::builder::PlanBuilder;
use super::host::{HostRefusal, HostView, SlotPair};
use super::remedies;
use super::switch_record::SwitchRecord;
use crate::domain::availability::{Availabilities, Availability, SourceQuery};
use crate::domain::change::FileChange;
use crate::domain::names::Color;
use crate::domain::plan::{Intent, Refusal, Step, Track};
use crate::domain::release::{Digest, Release, Tag};
use crate::domain::rollback::RollbackPreview;

/// What the link in the stack's directory says is deployed: a compose file, or the directory of a release.
#[derive(Debug, Clone)]
pub struct Deployment {
    pub name: String,
    /// The step that writes it, if it is not on the host.
    pub write: Option<Step>,
}

/// What a runtime calls where its releases come from.
#[derive(Debug, Clone, Copy)]
pub struct SourceWords {
    /// `image`
    pub what: &'static str,
    /// `the registry`
    pub source: &'static str,
    /// `pulled`
    pub fetched: &'static str,
}

/// What runs the releases of a host.
///
/// *Followers* are services without a color, such as job workers, which are moved to a release after its users.
pub trait Runtime: Sized {
    const SOURCE: SourceWords;

    /// Returns what is put before every script, such as variables that name the engine.
    fn prelude(&self) -> String;

    /// Returns why nothing can be started or stopped on this host now.
    fn unavailable(&self) -> Option<&str>;

    /// Returns the digest that the host recorded for a tag when it was fetched last.
    fn fetched_digest(&self, tag: &Tag) -> Option<Digest>;

    /// Returns the name of the link in the stack's directory that says what is deployed.
    fn link_name(&self) -> &'static str;

    /// Returns what is deployed: the target of that link.
    fn deployed(&self) -> Option<&str>;

    /// Returns the change of that link.
    fn deploys(host: &HostView<'_, Self>, target: &str) -> FileChange;

    /// Returns what is deployed when this release goes live as this color. `None`: the link stays.
    fn deployment<'h>(host: &'h HostView<'_, Self>, tag: &Tag, color: &Color) -> Option<&'h str>;

    /// Returns what must be deployed for the color that users are on. `Ok(None)`: what is deployed may stay.
    fn deployment_of_live(
        host: &HostView<'_, Self>,
        live: &Color,
        tag: Option<&Tag>,
    ) -> Result<Option<String>, HostRefusal>;

    /// Returns whether what is deployed is of this color, or of no color in particular.
    fn is_deployed(host: &HostView<'_, Self>, color: &Color) -> bool;

    /// Returns what a rollback to a release deploys. `None`: there is none, and it cannot be made.
    fn deployment_for_rollback(
        intent: &Intent,
        host: &HostView<'_, Self>,
        slots: &SlotPair<'_>,
        color: &Color,
        tag: &Tag,
    ) -> Option<Deployment>;

    /// Returns the steps that bring a release to the host, if it is not there, and start it as a color.
    fn start(
        intent: &Intent,
        host: &HostView<'_, Self>,
        color: &Color,
        to: &Release,
        deployment: Option<&Deployment>,
    ) -> Result<Vec<Step>, HostRefusal>;

    /// Returns the steps that start the live color again, of which nothing is left but the record.
    fn start_live_again(
        intent: &Intent,
        host: &HostView<'_, Self>,
        live: &Color,
        to: &Release,
    ) -> Result<Vec<Step>, HostRefusal>;

    /// Returns the step that starts a color again that was stopped.
    fn revive(intent: &Intent, host: &HostView<'_, Self>, color: &Color, tag: &str) -> Step;

    fn stop(intent: &Intent, host: &HostView<'_, Self>, color: &Color) -> Step;

    /// Returns the step that switches users to a color on a host where no proxy leads to it.
    fn switch_users(
        host: &HostView<'_, Self>,
        _color: &Color,
        _tag: Option<&Tag>,
        _record: &SwitchRecord<'_>,
    ) -> Result<Step, HostRefusal> {
        Err(host.refuse_here("nothing leads users to a color", remedies::DOCTOR))
    }

    /// Returns the step that removes what nothing needs any more.
    fn prune(host: &HostView<'_, Self>) -> Step;

    /// Returns whether a release has to be fetched before it can be started.
    fn must_be_fetched(host: &HostView<'_, Self>, release: &Release) -> bool;

    /// Returns the question whether the source of releases still has a release. `None`: it cannot be asked.
    fn source_query(host: &HostView<'_, Self>, release: &Release) -> Option<SourceQuery>;

    /// Returns what the source of releases answered about a release.
    fn availability(
        host: &HostView<'_, Self>,
        release: &Release,
        availability: &Availabilities,
    ) -> Option<Availability>;

    /// Refuses a rollback to a release that is neither on the host nor at its source.
    fn refuse_lost(host: &HostView<'_, Self>, to: &Release, remedy: String) -> HostRefusal;

    /// Notes the release that these steps fetch.
    fn note_fetch(
        builder: &mut PlanBuilder,
        host: &HostView<'_, Self>,
        release: Option<&Release>,
        steps: &[Step],
    );

    fn has_followers(&self) -> bool;

    /// Returns the steps that move the followers to the release that goes live.
    fn follow(
        intent: &Intent,
        host: &HostView<'_, Self>,
        to: &Release,
    ) -> Result<Vec<Step>, Refusal>;

    /// Returns the steps after which followers are again as the last change left them: those that were stopped are started.
    fn followers_restored(intent: &Intent, host: &HostView<'_, Self>) -> Vec<Step>;

    /// Returns the step that records what another tool made live, in place of the record of the live color. `None`: what is
    /// recorded is what users get.
    fn take_up(_: &HostView<'_, Self>, _live: &Color, _record: &SwitchRecord<'_>) -> Option<Step> {
        None
    }

    /// Returns the steps of a repair that only this runtime knows.
    fn mend(_: &Intent, _: &HostView<'_, Self>, _live: &Color) -> Vec<Step> {
        Vec::new()
    }

    /// Returns the steps of the followers of a host whose users are rolled back by `before`.
    fn follow_rollback(
        intent: &Intent,
        host: &HostView<'_, Self>,
        to: &Release,
        deployment: Option<String>,
        before: &[Step],
    ) -> Result<Vec<Step>, HostRefusal>;

    /// Returns the track of a host that runs only followers, beside the hosts whose users are `moved`.
    fn followers_alone(
        intent: &Intent,
        host: &HostView<'_, Self>,
        rollback: &RollbackPreview,
        moved: &[Track],
        availability: &Availabilities,
    ) -> Result<Option<(Track, Release)>, HostRefusal>;

    /// Returns why the followers of a host cannot be rolled back, if they cannot.
    fn cannot_follow(host: &HostView<'_, Self>) -> Option<HostRefusal>;

    /// Returns the step that removes what an abandoned release left. `None`: there is nothing.
    fn leftovers(host: &HostView<'_, Self>) -> Option<Step>;

    /// Returns the warning that something of an abandoned release is not ended.
    fn still_running(host: &HostView<'_, Self>) -> Option<String>;
}

/// Returns the digest that a tag means on this host: of the release that users came from, else of a
/// color, else of the last pull.
pub fn digest_of<R: Runtime>(host: &HostView<'_, R>, tag: &Tag) -> Option<Digest> {
    let origin = host.observation.origin().map(|origin| origin.release);
    let colors = host.observation.colors.values().filter_map(|slot| slot.release.clone());
    let known = origin.into_iter().chain(colors).find(|release| release.tag == *tag);
    known.and_then(|release| release.digest).or_else(|| host.runtime.fetched_digest(tag))
}
