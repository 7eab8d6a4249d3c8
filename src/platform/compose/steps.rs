//! The steps of this platform: for each, its script, arguments and deadline.

use super::facts::ImagePresence;
use super::host::HostView;
use super::reference::familiar;
use super::scripts;
use crate::base::checksum::sha256;
use crate::domain::change::{Before, FileChange};
use crate::domain::command::Stdin;
use crate::domain::names::Color;
use crate::domain::plan::{Effect, Intent, Step};
use crate::domain::release::{Digest, Release, Tag};
use crate::platform::kit::steps::{QUICK, SLACK, health, script, seconds};

/// The link to the deployed compose file.
pub const COMPOSE_FILE: &str = "docker-compose.yml";

/// The name of the step that pulls an image.
pub(super) const PULL: &str = "pull";

/// Returns the step after which the tag of a release means its image on this host.
pub fn image(host: &HostView<'_>, intent: &Intent, to: &Release) -> Step {
    let here = host.runtime.facts.image_presence(to) == ImagePresence::Tagged;
    pull(host, intent, to).already(here.then(|| "its image is on this host".to_owned()))
}

/// Returns the step that pulls a release. Where the digest is known, exactly that image is pulled, and is
/// given the tag on the host.
pub fn pull(host: &HostView<'_>, intent: &Intent, release: &Release) -> Step {
    let spec = host.runtime.spec;
    let tag = &release.tag;
    let mut command = script(host, scripts::PULL).args([
        spec.stack.dir.as_str(),
        &familiar(&spec.image),
        tag.as_str(),
        intent.run.as_str(),
        release.digest.as_ref().map_or("", Digest::as_str),
    ]);
    if let Some(login) = &spec.registry {
        command =
            command.args([&login.server, &login.user]).stdin(Stdin::Secret(login.password.clone()));
    }
    let title = match (&release.digest, host.runtime.facts.image_presence(release)) {
        (None, _) => format!("pull {}:{tag}", spec.image),
        (Some(digest), ImagePresence::Untagged) => {
            format!("tag {} on this host as {}:{tag} again", digest.short(), spec.image)
        }
        (Some(digest), _) => format!("pull {}:{tag} by digest {}", spec.image, digest.short()),
    };
    Step::run(PULL, title, Effect::Changes, command, spec.stack.timeouts.fetch)
}

pub fn write(host: &HostView<'_>, name: &str, text: String, before: Before) -> Step {
    let spec = host.runtime.spec;
    let change = FileChange::file(format!("{}/{name}", spec.stack.dir), before, text.clone());
    let command = script(host, scripts::WRITE)
        .args([spec.stack.dir.as_str(), name, &spec.project, &sha256(&text)])
        .stdin(Stdin::Text(text));
    Step::run("write", format!("write {name}"), Effect::Changes, command, QUICK).changing([change])
}

pub fn migrate(host: &HostView<'_>, file: &str, tag: &Tag, digest: &str) -> Option<Step> {
    let spec = host.runtime.spec;
    let migration = spec.migration.as_ref()?;
    let command = script(host, scripts::MIGRATE)
        .args([
            spec.stack.dir.as_str(),
            file,
            &spec.project,
            &migration.service,
            tag.as_str(),
            digest,
        ])
        .args(&migration.command);
    let title = format!("run {} of {tag} once", migration.service);
    Some(Step::run("migrate", title, Effect::Changes, command, migration.timeout))
}

pub fn start(
    host: &HostView<'_>,
    file: &str,
    color: &Color,
    tag: &Tag,
    digest: Option<&Digest>,
) -> Step {
    let spec = host.runtime.spec;
    let limit = spec.stack.timeouts.start;
    let command = script(host, scripts::START)
        .args([
            spec.stack.dir.as_str(),
            file,
            &spec.project,
            host.service(color),
            &familiar(&spec.image),
            tag.as_str(),
        ])
        .arg(digest.map_or("", Digest::as_str))
        .arg(seconds(limit))
        .args(health(host, color));
    let title = format!("start {color} {tag} and wait until it is healthy");
    Step::run("start", title, Effect::Changes, command, limit + SLACK)
}

pub fn revive(host: &HostView<'_>, color: &Color, tag: &str) -> Step {
    let spec = host.runtime.spec;
    let limit = spec.stack.timeouts.start;
    let command = script(host, scripts::REVIVE)
        .args([spec.project.as_str(), host.service(color)])
        .arg(seconds(limit))
        .args(health(host, color));
    let title = format!("start the stopped {color} {tag} again");
    Step::run("revive", title, Effect::Changes, command, limit + SLACK)
}

pub fn jobs(host: &HostView<'_>, file: &str, tag: &str) -> Step {
    let spec = host.runtime.spec;
    let command = script(host, scripts::JOBS)
        .args([spec.stack.dir.as_str(), file, &spec.project])
        .args(&spec.jobs);
    let title = format!("update {} to {tag}", spec.jobs.join(", "));
    Step::run("jobs", title, Effect::Replaces, command, spec.stack.timeouts.start + SLACK)
        .changing([link(host, file)])
}

pub fn stop(host: &HostView<'_>, color: &Color) -> Step {
    let spec = host.runtime.spec;
    let limit = spec.stack.timeouts.stop;
    let command = script(host, scripts::STOP).args([
        spec.project.as_str(),
        host.service(color),
        &seconds(limit),
    ]);
    Step::run(
        "stop",
        format!("stop {color} and keep its container"),
        Effect::Changes,
        command,
        limit + SLACK,
    )
}

pub fn prune(host: &HostView<'_>, images: &[String], files: &[String]) -> Step {
    let command =
        script(host, scripts::PRUNE).arg(&host.stack.dir).args(images).arg("--").args(files);
    let title = format!(
        "remove {} and {} that are not needed",
        many(images.len(), "image"),
        many(files.len(), "file")
    );
    Step::run("prune", title, Effect::Changes, command, QUICK * 4)
}

fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Returns the change of the link to the deployed compose file.
pub fn link(host: &HostView<'_>, file: &str) -> FileChange {
    let was =
        host.runtime.facts.link.as_ref().map_or(Before::Absent, |link| Before::Says(link.clone()));
    FileChange::link(format!("{}/{COMPOSE_FILE}", host.stack.dir), was, file)
}
