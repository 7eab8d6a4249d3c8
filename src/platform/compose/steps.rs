//! The steps of this platform: for each, its script, arguments and deadline.

mod switch;

use std::time::Duration;

use super::facts::{Facts, ImagePresence};
use super::host::HostView;
use super::reference::familiar;
use super::scripts;
use crate::base::checksum::sha256;
use crate::domain::change::{Before, FileChange};
use crate::domain::command::{Command, Stdin};
use crate::domain::names::Color;
use crate::domain::plan::{Action, Effect, Intent, Step, StepState};
use crate::domain::release::{Digest, Release, Tag};

use crate::platform::kit::scripts::{DRAIN, MARK, Script};

pub use self::switch::{SwitchRecord, change, record, switch};

/// A script ends by itself before its step's deadline; the rest is for the connection.
pub(super) const SLACK: Duration = Duration::from_secs(20);
pub(super) const QUICK: Duration = Duration::from_secs(30);

/// The name of the step that pulls an image.
pub(super) const PULL: &str = "pull";

pub(super) fn step(
    name: &str,
    title: String,
    effect: Effect,
    command: Command,
    deadline: Duration,
) -> Step {
    Step {
        name: name.to_owned(),
        title,
        effect,
        action: Action::Run(command),
        deadline,
        state: StepState::ToDo,
        announce: None,
        changes: Vec::new(),
    }
}

impl Step {
    /// Adds the text that is announced (to hooks) once the step is done.
    #[must_use]
    pub fn announced(mut self, text: String) -> Self {
        self.announce = Some(text);
        self
    }

    /// Marks the step as already done, if there is a reason `why` it is.
    #[must_use]
    pub fn already(mut self, why: Option<String>) -> Self {
        if let Some(why) = why {
            self.state = StepState::AlreadyDone(why);
        }
        self
    }
}

pub(super) fn script(host: &HostView<'_>, script: Script) -> Command {
    Command::script(script.name, &scripts::for_engine(script, host.spec))
        .run_as(host.spec.pair.run_as)
}

pub(super) fn seconds(duration: Duration) -> String {
    duration.as_secs().max(1).to_string()
}

/// The address and `HostView` header at which a color is asked whether it is well: directly, past nginx.
fn health(host: &HostView<'_>, color: &Color) -> [String; 2] {
    let address = host.address(color);
    let url = &host.spec.pair.live.url;
    let path = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('/'))
        .map_or("", |(_, path)| path);
    [
        format!("http://{address}/{path}"),
        host.spec.pair.live.host_header.clone().unwrap_or_default(),
    ]
}

/// Returns the step after which the tag of a release means its image on this host.
pub fn image(host: &HostView<'_>, intent: &Intent, to: &Release) -> Step {
    let here = host.facts.image_presence(to) == ImagePresence::Tagged;
    pull(host, intent, to).already(here.then(|| "its image is on this host".to_owned()))
}

/// Returns the step that pulls a release. Where the digest is known, exactly that image is pulled, and is
/// given the tag on the host.
pub fn pull(host: &HostView<'_>, intent: &Intent, release: &Release) -> Step {
    let spec = host.spec;
    let tag = &release.tag;
    let mut command = script(host, scripts::PULL).args([
        spec.pair.dir.as_str(),
        &familiar(&spec.image),
        tag.as_str(),
        intent.run.as_str(),
        release.digest.as_ref().map_or("", Digest::as_str),
    ]);
    if let Some(login) = &spec.registry {
        command =
            command.args([&login.server, &login.user]).stdin(Stdin::Secret(login.password.clone()));
    }
    let title = match (&release.digest, host.facts.image_presence(release)) {
        (None, _) => format!("pull {}:{tag}", spec.image),
        (Some(digest), ImagePresence::Untagged) => {
            format!("tag {} on this host as {}:{tag} again", digest.short(), spec.image)
        }
        (Some(digest), _) => format!("pull {}:{tag} by digest {}", spec.image, digest.short()),
    };
    step(PULL, title, Effect::Changes, command, spec.pair.timeouts.fetch)
}

pub fn write(host: &HostView<'_>, name: &str, text: String, before: Before) -> Step {
    let spec = host.spec;
    let change = FileChange::file(format!("{}/{name}", spec.pair.dir), before, text.clone());
    let command = script(host, scripts::WRITE)
        .args([spec.pair.dir.as_str(), name, &spec.project, &sha256(&text)])
        .stdin(Stdin::Text(text));
    step("write", format!("write {name}"), Effect::Changes, command, QUICK).changing([change])
}

pub fn migrate(host: &HostView<'_>, file: &str, tag: &Tag, digest: &str) -> Option<Step> {
    let spec = host.spec;
    let migration = spec.migration.as_ref()?;
    let command = script(host, scripts::MIGRATE)
        .args([
            spec.pair.dir.as_str(),
            file,
            &spec.project,
            &migration.service,
            tag.as_str(),
            digest,
        ])
        .args(&migration.command);
    let title = format!("run {} of {tag} once", migration.service);
    Some(step("migrate", title, Effect::Changes, command, migration.timeout))
}

pub fn start(
    host: &HostView<'_>,
    file: &str,
    color: &Color,
    tag: &Tag,
    digest: Option<&Digest>,
) -> Step {
    let spec = host.spec;
    let limit = spec.pair.timeouts.start;
    let command = script(host, scripts::START)
        .args([
            spec.pair.dir.as_str(),
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
    step("start", title, Effect::Changes, command, limit + SLACK)
}

pub fn revive(host: &HostView<'_>, color: &Color, tag: &str) -> Step {
    let spec = host.spec;
    let limit = spec.pair.timeouts.start;
    let command = script(host, scripts::REVIVE)
        .args([spec.project.as_str(), host.service(color)])
        .arg(seconds(limit))
        .args(health(host, color));
    let title = format!("start the stopped {color} {tag} again");
    step("revive", title, Effect::Changes, command, limit + SLACK)
}

/// Returns a record as a host stores it: one line of JSON.
pub fn line(record: &impl serde::Serialize) -> String {
    serde_json::to_string(record).unwrap_or_default()
}

pub fn jobs(host: &HostView<'_>, file: &str, tag: &str) -> Step {
    let spec = host.spec;
    let command = script(host, scripts::JOBS)
        .args([spec.pair.dir.as_str(), file, &spec.project])
        .args(&spec.jobs);
    let title = format!("update {} to {tag}", spec.jobs.join(", "));
    step("jobs", title, Effect::Replaces, command, spec.pair.timeouts.start + SLACK)
        .changing([link(host, &host.facts, file)])
}

pub fn stop(host: &HostView<'_>, color: &Color) -> Step {
    let spec = host.spec;
    let limit = spec.pair.timeouts.stop;
    let command = script(host, scripts::STOP).args([
        spec.project.as_str(),
        host.service(color),
        &seconds(limit),
    ]);
    step(
        "stop",
        format!("stop {color} and keep its container"),
        Effect::Changes,
        command,
        limit + SLACK,
    )
}

pub fn drain(host: &HostView<'_>) -> Step {
    let limit = host.spec.pair.timeouts.drain;
    let command =
        script(host, DRAIN).args([host.spec.pair.nginx.pid_file.as_str(), &seconds(limit)]);
    step(
        "drain",
        "wait until the old nginx workers have ended".to_owned(),
        Effect::ReadOnly,
        command,
        limit + SLACK,
    )
}

pub fn prune(host: &HostView<'_>, images: &[String], files: &[String]) -> Step {
    let command =
        script(host, scripts::PRUNE).arg(&host.spec.pair.dir).args(images).arg("--").args(files);
    let title = format!(
        "remove {} and {} that are not needed",
        many(images.len(), "image"),
        many(files.len(), "file")
    );
    step("prune", title, Effect::Changes, command, QUICK * 4)
}

fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Returns the change of the link to the deployed compose file.
fn link(host: &HostView<'_>, facts: &Facts, file: &str) -> FileChange {
    let was = facts.link.as_ref().map_or(Before::Absent, |link| Before::Says(link.clone()));
    FileChange::link(format!("{}/docker-compose.yml", host.spec.pair.dir), was, file)
}

/// Returns the step that writes a mark, or, without text, removes it.
pub fn mark(host: &HostView<'_>, name: &str, text: Option<String>, title: String) -> Step {
    let command = script(host, MARK).args([host.spec.pair.dir.as_str(), name]).args(text);
    step("mark", title, Effect::Changes, command, QUICK)
}
