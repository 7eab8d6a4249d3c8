//! What runs the releases of a host: containers of a compose project, started from dated compose files.

use super::facts::ImagePresence;
use super::host::ComposeHost;
use super::{cold, deployed_file, jobs, leftovers, prune, rollback_jobs, scripts, steps};
use crate::domain::availability::{Availabilities, Availability, ReleaseToPull, SourceQuery};
use crate::domain::change::FileChange;
use crate::domain::names::Color;
use crate::domain::plan::{Intent, Refusal, Step, Track};
use crate::domain::release::{Digest, Release, Tag};
use crate::domain::rollback::RollbackPreview;
use crate::platform::kit::builder::PlanBuilder;
use crate::platform::kit::host::{self, HostRefusal, SlotPair};
use crate::platform::kit::runtime::{Deployment, Runtime, SourceWords};

impl Runtime for ComposeHost<'_> {
    const SOURCE: SourceWords =
        SourceWords { what: "image", source: "the registry", fetched: "pulled" };

    fn prelude(&self) -> String {
        scripts::engine(self.spec)
    }

    fn unavailable(&self) -> Option<&str> {
        self.facts.engine.as_deref()
    }

    fn fetched_digest(&self, tag: &Tag) -> Option<Digest> {
        let pulled = self.facts.pulled.as_ref().filter(|pulled| pulled.tag == *tag)?;
        Some(pulled.digest.clone())
    }

    fn link_name(&self) -> &'static str {
        steps::COMPOSE_FILE
    }

    fn deployed(&self) -> Option<&str> {
        self.facts.linked().map(|file| file.name.as_str())
    }

    fn deploys(host: &host::HostView<'_, Self>, target: &str) -> FileChange {
        steps::link(host, target)
    }

    fn deployment<'h>(
        host: &'h host::HostView<'_, Self>,
        tag: &Tag,
        color: &Color,
    ) -> Option<&'h str> {
        host.runtime.file_for(tag, Some(color)).map(|file| file.name.as_str())
    }

    fn deployment_of_live(
        host: &host::HostView<'_, Self>,
        live: &Color,
        tag: Option<&Tag>,
    ) -> Result<Option<String>, HostRefusal> {
        deployed_file::of_live(host, live, tag).map(|file| file.map(str::to_owned))
    }

    fn is_deployed(host: &host::HostView<'_, Self>, color: &Color) -> bool {
        deployed_file::is_of(host, color)
    }

    fn deployment_for_rollback(
        intent: &Intent,
        host: &host::HostView<'_, Self>,
        slots: &SlotPair<'_>,
        color: &Color,
        tag: &Tag,
    ) -> Option<Deployment> {
        cold::file(intent, host, slots, color, tag)
    }

    fn start(
        intent: &Intent,
        host: &host::HostView<'_, Self>,
        color: &Color,
        to: &Release,
        deployment: Option<&Deployment>,
    ) -> Result<Vec<Step>, HostRefusal> {
        cold::steps(intent, host, color, to, deployment)
    }

    fn start_live_again(
        intent: &Intent,
        host: &host::HostView<'_, Self>,
        live: &Color,
        to: &Release,
    ) -> Result<Vec<Step>, HostRefusal> {
        let file = cold::deployed(host, live, &to.tag);
        cold::steps(intent, host, live, to, file.as_ref())
    }

    fn revive(_: &Intent, host: &host::HostView<'_, Self>, color: &Color, tag: &str) -> Step {
        steps::revive(host, color, tag)
    }

    fn stop(_: &Intent, host: &host::HostView<'_, Self>, color: &Color) -> Step {
        steps::stop(host, color)
    }

    fn prune(host: &host::HostView<'_, Self>) -> Step {
        prune::step(host)
    }

    fn must_be_fetched(host: &host::HostView<'_, Self>, release: &Release) -> bool {
        host.runtime.facts.image_presence(release) == ImagePresence::Absent
    }

    fn source_query(host: &host::HostView<'_, Self>, release: &Release) -> Option<SourceQuery> {
        let image = host.member.platform.image()?;
        Some(SourceQuery::Image(ReleaseToPull { image, release: release.clone() }))
    }

    fn availability(
        host: &host::HostView<'_, Self>,
        release: &Release,
        availability: &Availabilities,
    ) -> Option<Availability> {
        availability.of(&host.runtime.spec.image, release).cloned()
    }

    fn refuse_lost(host: &host::HostView<'_, Self>, to: &Release, remedy: String) -> HostRefusal {
        cold::refuse_lost(host, to, remedy)
    }

    fn note_fetch(
        builder: &mut PlanBuilder,
        host: &host::HostView<'_, Self>,
        release: Option<&Release>,
        steps: &[Step],
    ) {
        cold::note_pull(builder, host, release, steps);
    }

    fn has_followers(&self) -> bool {
        !self.spec.jobs.is_empty()
    }

    fn follow(
        intent: &Intent,
        host: &host::HostView<'_, Self>,
        to: &Release,
    ) -> Result<Vec<Step>, Refusal> {
        jobs::follow(intent, host, to)
    }

    fn followers_restored(_: &Intent, host: &host::HostView<'_, Self>) -> Vec<Step> {
        jobs::restarted(host).into_iter().collect()
    }

    fn follow_rollback(
        intent: &Intent,
        host: &host::HostView<'_, Self>,
        to: &Release,
        deployment: Option<String>,
        before: &[Step],
    ) -> Result<Vec<Step>, HostRefusal> {
        rollback_jobs::steps(intent, host, to, deployment, before)
    }

    fn followers_alone(
        intent: &Intent,
        host: &host::HostView<'_, Self>,
        rollback: &RollbackPreview,
        moved: &[Track],
        availability: &Availabilities,
    ) -> Result<Option<(Track, Release)>, HostRefusal> {
        rollback_jobs::alone(intent, host, rollback, moved, availability)
    }

    fn cannot_follow(host: &host::HostView<'_, Self>) -> Option<HostRefusal> {
        rollback_jobs::cannot_follow(host)
    }

    fn leftovers(host: &host::HostView<'_, Self>) -> Option<Step> {
        leftovers::remove(host)
    }

    fn still_running(host: &host::HostView<'_, Self>) -> Option<String> {
        leftovers::still_running(host)
    }
}
