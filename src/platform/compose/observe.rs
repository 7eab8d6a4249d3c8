//! Observe: the command that observes a host, and the parser of what only this platform asks.

use super::facts::{DatedFile, Facts, Head, Image, LinkFault, Pulled};
use super::preflight::Preflight;
use super::reference::familiar;
use super::{docker, drift, scripts, workloads};
use crate::domain::command::Command;
use crate::domain::observation::Observation;
use crate::domain::release::{Digest, Release, Tag};
use crate::domain::spec::Member;
use crate::domain::target::Carries;
use crate::platform::compose::spec::ComposeSpec;
use crate::platform::contract::{ProbeReply, ReadError};
use crate::platform::kit::observe::{self, Asked};
use crate::platform::kit::parts::{self, Parts};

/// Returns the command. With the `last` observation, an unchanged configuration of nginx is not sent again.
pub fn command(member: &Member, spec: &ComposeSpec, last: Option<&Observation>) -> Command {
    let nginx = &spec.proxy.nginx;
    let facts = last.and_then(Facts::of);
    let proxy = facts.as_ref().map(|facts| &facts.preflight.host.proxy).zip(last);
    let known = proxy.and_then(|(proxy, last)| proxy.known_sum(&spec.proxy, last));
    let (live, passive) = (spec.proxy.live.on_host(), spec.proxy.passive.on_host());
    let carries = match member.carries {
        Carries::App => "app",
        Carries::JobsOnly => "jobs",
    };
    scripts::OBSERVE
        .command()
        .run_as(spec.stack.run_as)
        .args([
            carries,
            &spec.stack.dir,
            &spec.project,
            &familiar(&spec.image),
            &spec.docker_socket,
        ])
        .arg(nginx.command.join(" "))
        .args([&nginx.live_include, &nginx.passive_include])
        .args([&nginx.live_upstream, &nginx.passive_upstream, &nginx.pid_file])
        .args([live.url.as_str(), live.host_header])
        .args([passive.url.as_str(), passive.host_header])
        .arg(known.unwrap_or_default())
        .args([live.connect.as_str(), &passive.connect, live.ca, passive.ca])
}

/// Reads the reply. `last` must be the observation that [`command`] was given.
pub fn read(
    member: &Member,
    spec: &ComposeSpec,
    reply: &ProbeReply,
    last: Option<&Observation>,
) -> Result<Observation, ReadError> {
    let parts = parts::of(reply)?;
    let last = last.and_then(Facts::of).map(|facts| facts.preflight.host.proxy);
    let asked = Asked { member, proxy: Some(&spec.proxy), last: last.as_ref() };
    let reading = observe::read(&asked, reply, &parts);
    let mut observation = reading.observation;
    let preflight = Preflight::read(&parts, reading.preflight);
    let mut facts = Facts { host: reading.facts, preflight, ..stored(&parts) };
    // What the engine does not answer comes first.
    let problems = engine(spec, &parts, &mut facts);
    facts.host.problems.splice(0..0, problems);
    if facts.host.serves(member) {
        observation.colors = workloads::colors(spec, &facts);
    }
    observation.jobs = workloads::jobs(spec, &facts);
    observation.migrated = facts.migrated.iter().map(|(tag, _)| tag.clone()).collect();
    observation.pulled = facts.pulled.as_ref().map(|pulled| pulled.tag.clone());
    observation.kept = releases(&facts);
    observation.drift = drift::find(member, spec, &observation, &facts);
    observation.detail = facts.into_detail();
    Ok(observation)
}

/// Reads what the host has in files.
fn stored(parts: &Parts<'_>) -> Facts {
    let part = |name: &str| parts.get(name).copied();
    let (link, link_fault) = part("link").map(link).unzip();
    Facts {
        link,
        link_fault: link_fault.flatten(),
        files: files(part("files").unwrap_or_default()),
        pulled: part("pulled").and_then(pulled),
        migrated: part("migrated").unwrap_or_default().lines().filter_map(migrated).collect(),
        ..Facts::default()
    }
}

/// Reads what Docker Engine answered, and returns the problems of that.
fn engine(spec: &ComposeSpec, parts: &Parts<'_>, facts: &mut Facts) -> Vec<String> {
    let part = |name: &str| parts.get(name).copied();
    let mut problems = Vec::new();
    let created_from = part("created-from").unwrap_or_default();
    let containers = part("containers").unwrap_or_default();
    facts.migrations = docker::migrations(containers, &spec.project);
    match docker::containers(containers, &spec.image, created_from) {
        Ok(containers) => facts.containers = containers,
        Err(why) => {
            // If there was no answer at all, `curl` explains why.
            let end = part("containers-end").and_then(|end| end.trim().split_once(' '));
            let why = match end {
                Some((_, message)) if !message.is_empty() && message != "%{errormsg}" => {
                    docker::unreachable(message)
                }
                _ => why,
            };
            problems.push(why.clone());
            facts.engine = Some(why);
        }
    }
    match docker::images(part("images").unwrap_or_default(), &spec.image) {
        Ok((images, untagged)) => (facts.images, facts.untagged) = (images, untagged),
        Err(why) if problems.is_empty() => problems.push(why),
        Err(_) => {}
    }
    problems
}

/// Reads where the link leads, all links followed: `here NAME`, `elsewhere PATH` or `broken TEXT`.
fn link(text: &str) -> (String, Option<LinkFault>) {
    let text = text.trim_end_matches('\n');
    let (word, to) = text.split_once(' ').unwrap_or(("here", text));
    let name = to.rsplit('/').next().unwrap_or_default().to_owned();
    let fault = match word {
        "elsewhere" => Some(LinkFault::Elsewhere(to.to_owned())),
        "broken" => Some(LinkFault::Broken(to.to_owned())),
        _ if name.contains(char::is_whitespace) => Some(LinkFault::OddName(name.clone())),
        _ => None,
    };
    (name, fault)
}

/// Reads the dated files: lines of `sha256sum`, then one line `head FILE FIRST-LINE` for each file.
fn files(text: &str) -> Vec<DatedFile> {
    let mut files = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with("head ")) {
        if let Some((sha256, name)) = line.split_once("  ").filter(|(_, name)| !name.contains('/'))
        {
            let marker = format!("head {name} ");
            let head = text.lines().find_map(|line| Head::parse(line.strip_prefix(&marker)?));
            files.push(DatedFile { name: name.to_owned(), sha256: sha256.to_owned(), head });
        }
    }
    files
}

fn pulled(text: &str) -> Option<Pulled> {
    let mut words = text.split_whitespace();
    Some(Pulled {
        tag: Tag::new(words.next()?).ok()?,
        digest: Digest::new(words.next()?).ok()?,
        run: words.next()?.parse().ok()?,
    })
}

fn migrated(line: &str) -> Option<(Tag, Option<Digest>)> {
    let (tag, digest) = line.split_once(' ')?;
    Some((Tag::new(tag).ok()?, Digest::new(digest.trim()).ok()))
}

fn releases(facts: &Facts) -> Vec<Release> {
    let release = |image: &Image| Release { tag: image.tag.clone(), digest: image.digest.clone() };
    facts.images.iter().map(release).collect()
}
