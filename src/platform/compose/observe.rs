//! Observe: the command that observes a host, and the parser of its answer.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::DateTime;

use super::facts::{DatedFile, Facts, Head, Image, LinkFault, Pulled};
use super::preflight::Proxy;
use super::reference::familiar;
use super::{docker, drift, preflight, scripts, workloads};
use crate::domain::command::Command;
use crate::domain::freeze::Freeze;
use crate::domain::lock::HeldLock;
use crate::domain::names::Color;
use crate::domain::observation::{Gauges, Observation, Switching, Traffic};
use crate::domain::release::{Digest, Release, Tag};
use crate::domain::spec::Member;
use crate::domain::target::Carries;
use crate::platform::compose::spec::ComposeSpec;
use crate::platform::contract::ProbeReply;
use crate::platform::kit::include::{IncludeFile, ProxyFacts};
use crate::platform::kit::nginx::Upstream;
use crate::platform::kit::{answers, include};
use crate::platform::locking::Locking;

/// Returns the command. With the `last` observation, an unchanged configuration of nginx is not sent again.
pub fn command(member: &Member, spec: &ComposeSpec, last: Option<&Observation>) -> Command {
    let nginx = &spec.proxy.nginx;
    let known = last.and_then(|last| known_sum(spec, last)).unwrap_or_default();
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
        .arg(known)
        .args([live.connect.as_str(), &passive.connect, live.ca, passive.ca])
}

/// Returns the checksum of the last configuration of nginx, if it was parsed and both entry points are served.
/// Otherwise the full answer is needed, since the host then also reports what setup has to know.
fn known_sum(spec: &ComposeSpec, last: &Observation) -> Option<String> {
    let proxy = Facts::of(last)?.preflight.proxy;
    let upstreams = [&spec.proxy.nginx.live_upstream, &spec.proxy.nginx.passive_upstream];
    let named = last.live.answer.as_ref().is_some_and(|answer| answer.color.is_some());
    let served = |name: &String| {
        proxy.served.passes.contains(name) || named && proxy.served.upstream(name).is_some()
    };
    if upstreams.into_iter().all(served) { proxy.sum } else { None }
}

/// Splits the script's answer into its parts, by name.
fn parts(stdout: &str) -> BTreeMap<&str, &str> {
    stdout.split('\u{1e}').skip(1).map(|part| part.split_once('\n').unwrap_or((part, ""))).collect()
}

/// Reads the reply. `last` must be the observation that [`command`] was given.
pub fn read(
    member: &Member,
    spec: &ComposeSpec,
    reply: &ProbeReply,
    last: Option<&Observation>,
) -> Result<Observation, String> {
    let parts = parts(&reply.stdout);
    if !parts.contains_key("end") && !parts.contains_key("missing") {
        let (code, output) = (reply.code, reply.last_output());
        return Err(format!("the observation ended early (exit {code}): {output}"));
    }
    let part = |name: &str| parts.get(name).copied();
    let last = last.and_then(Facts::of).map(|facts| facts.preflight.proxy);
    let mut facts = facts(spec, &parts, last.as_ref());
    let serves = member.carries == Carries::App && !facts.missing;
    let live = Traffic {
        configured: if serves { configured(spec, &mut facts) } else { None },
        answer: if serves {
            answers::answer(&parts, "live-answer", &spec.proxy.live, member)
        } else {
            None
        },
        recorded: part("live-color").and_then(|color| member.colors.find(color.trim()).cloned()),
        answers_name_color: spec.proxy.live.color_header.is_some(),
    };
    if serves {
        facts.passive_answer =
            answers::answer(&parts, "passive-answer", &spec.proxy.passive, member);
        facts.live_tls = answers::tls_error(&parts, "live-answer");
        facts.passive_tls = answers::tls_error(&parts, "passive-answer");
    }
    let passive = if serves { passive(spec, &mut facts) } else { None };
    let shows = passive.clone().filter(|color| facts.passive_answers_as(color, spec));
    let at = DateTime::from_timestamp_millis(reply.answered_ms).unwrap_or_default();
    let took =
        Duration::from_millis(u64::try_from(reply.answered_ms - reply.asked_ms).unwrap_or(0));
    let mut observation = Observation {
        target: member.target.clone(),
        at,
        took,
        live,
        passive_shows: shows,
        passive_points_at: passive,
        colors: if serves { workloads::colors(spec, &facts) } else { BTreeMap::new() },
        jobs: workloads::jobs(spec, &facts),
        migrated: facts.migrated.iter().map(|(tag, _)| tag.clone()).collect(),
        pulled: facts.pulled.as_ref().map(|pulled| pulled.tag.clone()),
        kept: releases(&facts),
        host: host(&parts, reply),
        lock: lock(part("lock-file"), part("lock")),
        lock_count: part("lock-count").and_then(|count| count.trim().parse().ok()),
        verified: part("verified").and_then(|text| serde_json::from_str(text).ok()),
        last_change: part("change").and_then(|text| serde_json::from_str(text).ok()),
        frozen: frozen(part("frozen"), &mut facts),
        withdrawn: part("withdrawn").and_then(|text| serde_json::from_str(text).ok()),
        cold_rollback: part("returning").and_then(|text| serde_json::from_str(text).ok()),
        switching: switching(part("switching"), &mut facts),
        drift: Vec::new(),
        detail: crate::domain::observation::Detail::default(),
    };
    observation.drift = drift::find(member, spec, &observation, &facts);
    observation.detail = facts.into_detail();
    Ok(observation)
}

/// Reads the lock. A lock file that cannot be read is a lock, too.
fn lock(file: Option<&str>, text: Option<&str>) -> Option<HeldLock> {
    (file.is_some() || text.is_some()).then(|| Locking::held_in(file, text.unwrap_or_default()))
}

/// Reads the freeze. A mark that cannot be read is reported as a problem, which also blocks go-live.
fn frozen(part: Option<&str>, facts: &mut Facts) -> Option<Freeze> {
    let read = serde_json::from_str(part?);
    if read.is_err() {
        let what = "the mark .flipside/frozen closes go-live, but cannot be read".to_owned();
        facts.problems.push(what);
    }
    read.ok()
}

/// Reads the mark of a running or interrupted switch. A mark that cannot be read is reported as a problem.
fn switching(part: Option<&str>, facts: &mut Facts) -> Option<Switching> {
    let mut lines = part?.lines();
    let read = serde_json::from_str::<Switching>(lines.next().unwrap_or_default());
    if read.is_err() {
        let what = "the mark .flipside/switching shows an unfinished switch, but cannot be read";
        facts.problems.push(what.to_owned());
    }
    let running = lines.next() == Some("running");
    read.ok().map(|mark| Switching { running, ..mark })
}

fn facts(spec: &ComposeSpec, parts: &BTreeMap<&str, &str>, last: Option<&Proxy>) -> Facts {
    let part = |name: &str| parts.get(name).copied();
    let (link, link_fault) = part("link").map(link).unzip();
    let mut facts = Facts {
        missing: part("missing").is_some(),
        link,
        link_fault: link_fault.flatten(),
        proxy: ProxyFacts {
            live_include: include_file(parts, "live-include", &spec.proxy.nginx.live_include),
            passive_include: include_file(
                parts,
                "passive-include",
                &spec.proxy.nginx.passive_include,
            ),
            draining: part("draining").and_then(|count| count.trim().parse().ok()),
        },
        files: files(part("files").unwrap_or_default()),
        pulled: part("pulled").and_then(pulled),
        migrated: part("migrated").unwrap_or_default().lines().filter_map(migrated).collect(),
        preflight: preflight::read(parts, &spec.proxy, last),
        ..Facts::default()
    };
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
            facts.problems.push(why.clone());
            facts.engine = Some(why);
        }
    }
    match docker::images(part("images").unwrap_or_default(), &spec.image) {
        Ok((images, untagged)) => (facts.images, facts.untagged) = (images, untagged),
        Err(why) if facts.problems.is_empty() => facts.problems.push(why),
        Err(_) => {}
    }
    facts
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

fn include_file(parts: &BTreeMap<&str, &str>, part: &str, path: &str) -> Option<IncludeFile> {
    let sums = parts.get("files")?;
    let sha256 = sums.lines().find_map(|line| line.strip_suffix(path)?.strip_suffix("  "))?;
    Some(IncludeFile { text: (*parts.get(part)?).to_owned(), sha256: sha256.to_owned() })
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

/// Returns the live color according to nginx's own dump of its configuration, if the include agrees. The
/// include alone does not prove that nginx reads it.
fn configured(spec: &ComposeSpec, facts: &mut Facts) -> Option<Color> {
    let upstream = &spec.proxy.nginx.live_upstream;
    let proxy = &facts.preflight.proxy;
    let from_nginx = match (proxy.served.upstream(upstream), &proxy.dump_error) {
        (Some(found), _) => color_of_upstream(found, spec),
        (None, Some(why)) => Err(format!("nginx cannot be asked: {}", why.message())),
        (None, None) => Err(format!(
            "nginx has no `upstream {upstream}`; it should include {}",
            spec.proxy.nginx.live_include
        )),
    };
    let from_file = match &facts.proxy.live_include {
        Some(file) => color_of(&file.text, upstream, spec),
        None => Err("it is missing or not readable".to_owned()),
    };
    if let Err(why) = &from_file {
        facts.problems.push(format!("{}: {why}", spec.proxy.nginx.live_include));
    }
    match (from_nginx, from_file) {
        (Ok(color), Ok(file)) if color == file => Some(color),
        (Ok(color), Ok(file)) => {
            let include = &spec.proxy.nginx.live_include;
            facts.problems.push(format!(
                "{include} selects {file}, but nginx is configured for {color}: it reads another file"
            ));
            None
        }
        (Ok(_), Err(_)) => None,
        (Err(why), _) => {
            facts.problems.push(why);
            None
        }
    }
}

/// Returns the color that the text of an include selects.
pub fn color_of(text: &str, upstream: &str, spec: &ComposeSpec) -> Result<Color, String> {
    include::read(text, upstream, &spec.proxy)?.color().cloned()
}

/// Returns the color that an upstream of the dump sends requests to.
fn color_of_upstream(upstream: &Upstream, spec: &ComposeSpec) -> Result<Color, String> {
    let at = |what: String| format!("{}: {what}", upstream.file);
    let mut colors = Vec::new();
    for server in upstream.servers.iter().filter(|server| !server.down) {
        let color = include::color_at(&server.address, &spec.proxy)
            .ok_or_else(|| at(format!("`{}` is not the address of a color", server.address)))?;
        if !colors.contains(&color) {
            colors.push(color);
        }
    }
    include::the_one(&colors).cloned().map_err(|why| at(why.to_owned()))
}

fn passive(spec: &ComposeSpec, facts: &mut Facts) -> Option<Color> {
    let read = match &facts.proxy.passive_include {
        Some(file) => color_of(&file.text, &spec.proxy.nginx.passive_upstream, spec),
        None => Err("it is missing or not readable".to_owned()),
    };
    match read {
        Ok(color) => Some(color),
        Err(why) => {
            facts.problems.push(format!("{}: {why}", spec.proxy.nginx.passive_include));
            None
        }
    }
}

fn releases(facts: &Facts) -> Vec<Release> {
    let release = |image: &Image| Release { tag: image.tag.clone(), digest: image.digest.clone() };
    facts.images.iter().map(release).collect()
}

fn host(parts: &BTreeMap<&str, &str>, reply: &ProbeReply) -> Gauges {
    let read = parts.get("clock").and_then(|text| clock(text));
    let disk = parts
        .get("disk")
        .and_then(|text| text.lines().last()?.split_whitespace().nth(3)?.parse::<u64>().ok());
    Gauges {
        disk_free: disk.map(|kib| kib * 1024),
        clock_skew_ms: read.map(|read| skew(read, reply)),
        machine: parts.get("machine").map(|name| name.trim().to_owned()),
    }
}

/// Returns the first and the last millisecond at which the host's clock may have been read. `date` prints
/// nanoseconds, or, in busybox, only seconds.
pub fn clock(text: &str) -> Option<(i64, i64)> {
    let digits = text.trim().split(|c: char| !c.is_ascii_digit()).next()?;
    let read: i64 = digits.parse().ok()?;
    Some(match digits.len() {
        0..=12 => (read * 1000, read * 1000 + 999),
        _ => (read / 1_000_000, read / 1_000_000),
    })
}

/// Returns by how many milliseconds a clock is off at least. A time between question and answer counts as
/// correct.
pub fn skew((first, last): (i64, i64), reply: &ProbeReply) -> i64 {
    if last < reply.asked_ms { last - reply.asked_ms } else { (first - reply.answered_ms).max(0) }
}
