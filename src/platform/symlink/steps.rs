//! The steps of this platform: for each, its script, arguments and deadline.

mod another_tool;

use std::time::Duration;

use super::facts::SlotLink;
use super::host::SymlinkHost;
use super::scripts;
use super::source::{Delivery, FetchInput};
use super::spec::{HookName, Pair};
use crate::base::text::some_of;
use crate::domain::change::{Before, FileChange};
use crate::domain::command::{Command, FilePart, SignedAddress, Stdin};
use crate::domain::names::{Color, RunId};
use crate::domain::observation::Running;
use crate::domain::plan::{Effect, Step};
use crate::domain::release::{Digest, Release, Tag};
use crate::platform::kit::scripts::Script;
use crate::platform::kit::steps::{QUICK, SLACK, line, seconds};
use crate::platform::kit::switch::{self, SwitchRecord};

pub use self::another_tool::{adopt, take_up};

/// The name of the step that unpacks an archive.
pub const UNPACK: &str = "unpack";

fn script(host: &SymlinkHost<'_>, script: Script) -> Command {
    script.command().run_as(host.spec.stack.run_as)
}

/// Returns the digits as `sha256sum` prints them.
fn hex(digest: &Digest) -> String {
    digest.as_str().trim_start_matches("sha256:").to_owned()
}

/// Returns the step that brings the archive of a release to the host. `None`: it is uploaded, or is on the host already.
pub fn fetch(
    host: &SymlinkHost<'_>,
    tag: &Tag,
    digest: &Digest,
    delivery: &Delivery,
) -> Option<Step> {
    let Delivery::Fetch { url, how, input } = delivery else { return None };
    let limit = host.spec.stack.timeouts.fetch;
    let (stdin, from) = match input {
        FetchInput::Ready(stdin) => (stdin.clone(), url.clone()),
        FetchInput::Signed(object) => {
            // A download that broke off is continued with the same address.
            let address = SignedAddress { object: object.clone(), valid: limit };
            (Stdin::Signed(address), object.to_string())
        }
    };
    let command = script(host, scripts::FETCH)
        .args([&host.spec.stack.dir, tag.as_str(), &hex(digest), url, how])
        .stdin(stdin);
    let title = format!("fetch {tag} from {from} and check its sha256 {}", digest.short());
    let step = Step::run("fetch", title, Effect::Changes, command, limit);
    Some(step.already(archive_is_here(host, tag, digest)))
}

/// Returns why the archive of a release need not be brought to the host, if so.
pub fn archive_is_here(host: &SymlinkHost<'_>, tag: &Tag, digest: &Digest) -> Option<String> {
    let release = Release { tag: tag.clone(), digest: Some(digest.clone()) };
    if host.facts.has(&release) {
        Some(format!("{tag} is unpacked on this host"))
    } else {
        host.facts.has_archive(digest).then(|| "its archive is on this host".to_owned())
    }
}

/// Returns the step that uploads an archive of this machine, from where an earlier upload broke off.
pub fn upload(host: &SymlinkHost<'_>, tag: &Tag, digest: &Digest, path: &str) -> Step {
    let SymlinkHost { spec, facts } = host;
    let from = facts.uploads.get(digest).copied().unwrap_or_default();
    let command = script(host, scripts::UPLOAD)
        .args([&spec.stack.dir, tag.as_str(), &hex(digest), &from.to_string()])
        .stdin(Stdin::File(FilePart { path: path.into(), from, sha256: digest.clone() }));
    let what = match from {
        0 => format!("upload {path}"),
        _ => format!("upload the rest of {path} after the first {from} bytes"),
    };
    let title = format!("{what} and check its sha256 {}", digest.short());
    Step::run("upload", title, Effect::Changes, command, spec.stack.timeouts.fetch + SLACK)
        .already(archive_is_here(host, tag, digest))
}

/// Returns the step that unpacks the archive of a release beside the other versions.
pub fn unpack(host: &SymlinkHost<'_>, tag: &Tag, digest: &Digest, delivery: &Delivery) -> Step {
    let SymlinkHost { spec, facts } = host;
    let sha = hex(digest);
    let archive = match delivery {
        Delivery::OnHost { path } => path.clone(),
        Delivery::Fetch { .. } | Delivery::Upload { .. } => {
            format!("{}/.flipside/archives/{sha}", spec.stack.dir)
        }
    };
    let versions = &spec.layout.versions;
    let command = script(host, scripts::UNPACK)
        .args([spec.stack.dir.as_str(), versions, tag.as_str(), &archive, &sha])
        .args([spec.limits.max_bytes.to_string(), spec.limits.max_files.to_string()]);
    let title = format!("check the archive of {tag} and unpack it to {versions}/{tag}");
    let here = facts.has(&Release { tag: tag.clone(), digest: Some(digest.clone()) });
    Step::run(UNPACK, title, Effect::Changes, command, spec.stack.timeouts.fetch)
        .already(here.then(|| "it is unpacked from the same bytes".to_owned()))
}

/// Returns the step that writes the configuration of a version. `text` is that of [`super::config::file`], and `sum` tells it
/// from others. `None`: the inventory has no layers.
pub fn config(host: &SymlinkHost<'_>, tag: &Tag, sum: &str, text: Stdin) -> Option<Step> {
    let SymlinkHost { spec, .. } = host;
    let file = &spec.config.as_ref()?.file;
    let (versions, link) = (&spec.layout.versions, &spec.layout.link);
    let command = script(host, scripts::CONFIG)
        .args([spec.stack.dir.as_str(), versions, link, tag.as_str(), file, sum])
        .stdin(text);
    let title = format!("write {versions}/{tag}/{file}, readable by its owner alone");
    Some(Step::run("config", title, Effect::Changes, command, QUICK))
}

/// Returns the step that runs a hook of a version. `None`: there is no such hook.
pub fn hook(host: &SymlinkHost<'_>, run: &RunId, tag: &Tag, hook: HookName) -> Option<Step> {
    let SymlinkHost { spec, .. } = host;
    let (words, limit) = spec.hook(hook, tag)?;
    let word = hook.word();
    let command = script(host, scripts::HOOK)
        .args([
            spec.stack.dir.as_str(),
            &spec.layout.versions,
            &spec.layout.link,
            tag.as_str(),
            word,
        ])
        .args([seconds(limit), run.to_string()])
        .args(words);
    let (title, effect) = match hook {
        HookName::Prepare => (format!("run the prepare hook of {tag}"), Effect::Changes),
        // It restarts what serves users.
        HookName::Deployed => (format!("run the deployed hook of {tag}"), Effect::Replaces),
    };
    Some(Step::run(word, title, effect, command, limit + SLACK))
}

/// Returns the step that empties a slot whose version is gone.
pub fn emptied(host: &SymlinkHost<'_>, run: &RunId, color: &Color) -> Step {
    let title = format!("empty {color}, whose version is gone");
    Step { title, ..stop(host, run, color) }
}

/// Returns the step that leads a slot to a version and, with a pair, starts its service anew until it answers. The script
/// refuses the slot that users reach.
pub fn slot(host: &SymlinkHost<'_>, run: &RunId, color: &Color, tag: &Tag) -> Step {
    let spec = host.spec;
    let (start, stop) = (spec.stack.timeouts.start, spec.stack.timeouts.stop);
    let layout = &spec.layout;
    let command = script(host, scripts::SLOT)
        .args([format!("versions={}", layout.versions), format!("link={}", layout.link)])
        .arg(format!("version={tag}"))
        .arg(format!("stop_seconds={}", seconds(stop)))
        .args(service(host, run, color, start));
    let (name, title, deadline) = if spec.pair.is_some() {
        let title = format!("start {color} {tag} and wait until it answers");
        ("start", title, start + stop + SLACK)
    } else {
        ("slot", format!("make {tag} the version of {color}"), QUICK)
    };
    Step::run(name, title, Effect::Changes, command, deadline)
        .changing([slot_change(host, color, tag)])
        .already(slot_has(host, color, tag).filter(|_| spec.pair.is_none()))
}

fn slot_has(host: &SymlinkHost<'_>, color: &Color, tag: &Tag) -> Option<String> {
    (host.facts.in_slot(color) == Some(tag)).then(|| format!("{color} is {tag}"))
}

/// Returns the settings of the scripts that start and stop a slot's service.
fn service(host: &SymlinkHost<'_>, run: &RunId, color: &Color, limit: Duration) -> Vec<String> {
    let SymlinkHost { spec, .. } = host;
    let mut settings = vec![
        format!("dir={}", spec.stack.dir),
        format!("color={color}"),
        format!("run={run}"),
        format!("seconds={}", seconds(limit)),
    ];
    if let Some(Pair { service, proxy }) = &spec.pair {
        let lines = service.lines(spec, color);
        let [address, health_host] = spec.health(color);
        let release = proxy.live.release_header.as_deref();
        settings.extend([
            format!("start={}", lines.start),
            format!("stop={}", lines.stop),
            format!("status={}", lines.status),
            format!("log={}", lines.log),
            format!("address={address}"),
            format!("health_host={health_host}"),
            format!("release_header={}", release.unwrap_or_default()),
            format!("server={}", spec.address(color)),
            format!("live_include={}", proxy.nginx.live_include),
        ]);
    }
    settings
}

/// Returns the step that starts the stopped service of a slot again as it was. A slot without a service is down while its
/// version is not prepared.
pub fn revive(host: &SymlinkHost<'_>, run: &RunId, color: &Color, tag: &str) -> Step {
    if let Some(version) = host.facts.in_slot(color).filter(|_| host.spec.pair.is_none()) {
        let prepared = host.facts.is_prepared(host.spec, version);
        let hook = hook(host, run, version, HookName::Prepare).filter(|_| !prepared);
        return hook.unwrap_or_else(|| slot(host, run, color, version));
    }
    let limit = host.spec.stack.timeouts.start;
    let command = script(host, scripts::REVIVE).args(service(host, run, color, limit));
    let title = format!("start the stopped {color} {tag} again");
    Step::run("revive", title, Effect::Changes, command, limit + SLACK)
}

/// Returns the step that stops the service of a slot and keeps its version. A slot without a service is emptied.
pub fn stop(host: &SymlinkHost<'_>, run: &RunId, color: &Color) -> Step {
    let SymlinkHost { spec, facts } = host;
    let limit = spec.stack.timeouts.stop;
    let command = script(host, scripts::STOP_SLOT)
        .arg(format!("link={}", spec.layout.link))
        .args(service(host, run, color, limit));
    if spec.pair.is_some() {
        let stopped = facts.services.get(color) == Some(&Running::Stopped);
        let title = format!("stop {color} and keep its version");
        return Step::run("stop", title, Effect::Changes, command, limit + SLACK)
            .already(stopped.then(|| format!("{color} does not run")));
    }
    let empty = !facts.slots.contains_key(color);
    let title = format!("empty {color} and keep its version");
    Step::run("empty", title, Effect::Changes, command, QUICK)
        .already(empty.then(|| format!("{color} is empty")))
}

/// Returns the step after which the live link names the version that nginx sends users to.
pub fn follow(host: &SymlinkHost<'_>, tag: &Tag) -> Step {
    let link = &host.spec.layout.link;
    let here = host.facts.live() == Some(tag) && host.facts.live_version.as_ref() == Some(tag);
    Step::run("link", format!("point {link} at {tag}"), Effect::Changes, swing_to(host, tag), QUICK)
        .changing([link_change(host, tag)])
        .already(here.then(|| format!("{link} names {tag}")))
}

/// Returns the step that moves users by swinging the live link, for an app without a pair. `from` is the live color.
pub fn swing(
    host: &SymlinkHost<'_>,
    from: Option<&Color>,
    color: &Color,
    tag: &Tag,
    record: &SwitchRecord<'_>,
) -> Step {
    let mark = switch::unfinished(from, color, &record.change);
    let mark = mark.as_ref().map(line).unwrap_or_default();
    let freeze = record.freeze.as_ref().map(line).unwrap_or_default();
    let command = swing_to(host, tag).args([color.to_string(), line(&record.change), freeze, mark]);
    let link = &host.spec.layout.link;
    let title = format!("switch users to {color} {tag} by {link}; requests may be lost meanwhile");
    Step::run("switch", title, Effect::Switches, command, QUICK).changing([link_change(host, tag)])
}

fn swing_to(host: &SymlinkHost<'_>, tag: &Tag) -> Command {
    let SymlinkHost { spec, facts } = host;
    let from = facts.live().map_or("", Tag::as_str);
    script(host, scripts::SWING).args([
        spec.stack.dir.as_str(),
        &spec.layout.link,
        &spec.layout.versions,
        tag.as_str(),
        from,
    ])
}

/// Returns the step that removes versions, their archives and their records. The script keeps what is in use, and what another
/// tool made.
pub fn prune(host: &SymlinkHost<'_>, versions: &[&Tag]) -> Step {
    let SymlinkHost { spec, facts } = host;
    let names: Vec<&str> = versions.iter().map(|tag| tag.as_str()).collect();
    let command = script(host, scripts::PRUNE)
        .args([spec.stack.dir.as_str(), &spec.layout.versions, &spec.layout.link])
        .args(names.iter().copied());
    let others: Vec<&str> = facts.of_another_tool().into_iter().map(Tag::as_str).collect();
    let stays = match *others {
        [] => String::new(),
        [only] => format!("; {only} of another tool stays"),
        _ => format!("; {} of another tool stay", some_of(&others, 4)),
    };
    let title = match *names {
        [] => "remove versions that are not needed".to_owned(),
        [only] => format!("remove {only}, which is not needed{stays}"),
        _ => format!(
            "remove {} versions that are not needed: {}{stays}",
            names.len(),
            names.join(", ")
        ),
    };
    let nothing =
        names.is_empty().then(|| format!("everything on this host is needed or kept{stays}"));
    Step::run("prune", title, Effect::Changes, command, QUICK * 4).already(nothing)
}

fn link_change(host: &SymlinkHost<'_>, tag: &Tag) -> FileChange {
    let SymlinkHost { spec, facts } = host;
    let was = facts
        .live()
        .map_or(Before::NotRead, |live| Before::Says(format!("{}/{live}", spec.layout.versions)));
    let path = format!("{}/{}", spec.stack.dir, spec.layout.link);
    FileChange::link(path, was, format!("{}/{tag}", spec.layout.versions))
}

fn slot_change(host: &SymlinkHost<'_>, color: &Color, tag: &Tag) -> FileChange {
    let SymlinkHost { spec, facts } = host;
    let path = format!("{}/.flipside/slots/{color}", spec.stack.dir);
    let names = |tag: &Tag| format!("../../{}/{tag}", spec.layout.versions);
    let was = match facts.slots.get(color) {
        None => Before::Absent,
        Some(SlotLink::Names(tag)) => Before::Says(names(tag)),
        Some(SlotLink::Dangling(text) | SlotLink::Elsewhere(text)) => Before::Says(text.clone()),
    };
    FileChange::link(path, was, names(tag))
}

#[cfg(test)]
mod tests;
