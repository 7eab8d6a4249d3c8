//! Observe: the command that observes a host, and the parser of what only this platform asks. The kit reads the rest.

mod configured;
mod links;
mod services;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::facts::{Facts, HookRecord, HookState, OfferedSum, Started, Version};
use super::live_link::LiveLink;
use super::spec::{Pair, Source, SymlinkSpec};
use super::{drift, elsewhere, scripts, workers, workloads};
use crate::domain::catalog::Template;
use crate::domain::checksum_file;
use crate::domain::command::Command;
use crate::domain::names::Color;
use crate::domain::observation::{Observation, Proof};
use crate::domain::release::{Digest, Tag};
use crate::domain::spec::{EntryPoint, Member};
use crate::domain::target::Carries;
use crate::platform::contract::{ProbeReply, ReadError};
use crate::platform::kit::answers;
use crate::platform::kit::observe::{self, Asked, HostReading};
use crate::platform::kit::parts::{self, Parts};
use crate::platform::kit::spec::NginxSpec;

/// Returns the command. `known` is the checksum of the configuration of nginx that was sent before, or empty: the same
/// is not sent again.
pub fn command(spec: &SymlinkSpec, carries: Carries, known: &str) -> Command {
    scripts::OBSERVE.command().run_as(spec.stack.run_as).args(settings(spec, carries, known))
}

/// Returns the settings of a script that observes.
pub fn settings(spec: &SymlinkSpec, carries: Carries, known: &str) -> Vec<String> {
    // A host without users has neither services nor a proxy.
    let pair = spec.pair.as_ref().filter(|_| carries == Carries::App);
    let live = spec.live().filter(|_| carries == Carries::App);
    let carries = match carries {
        Carries::App => "app",
        Carries::JobsOnly => "jobs",
    };
    let mut settings = vec![
        ("carries", carries.to_owned()),
        ("dir", spec.stack.dir.clone()),
        ("project", spec.name.clone()),
        ("versions", spec.layout.versions.clone()),
        ("link", spec.layout.link.clone()),
        ("pair", if pair.is_some() { "yes" } else { "" }.to_owned()),
        ("known", known.to_owned()),
    ];
    if let Source::OnHost { path } = &spec.source
        && let Some((before, after)) = path.split_once(Template::GAP)
        && !after.contains(Template::GAP)
    {
        settings.push(("archive_before", before.to_owned()));
        settings.push(("archive_after", after.to_owned()));
    }
    let names = ["live_url", "live_host", "live_connect", "live_pem"];
    settings.extend(entry_point(names, live));
    if let Some(pair) = pair {
        let passive = ["passive_url", "passive_host", "passive_connect", "passive_pem"];
        settings.extend(entry_point(passive, Some(&pair.proxy.passive)));
        settings.extend(nginx(&pair.proxy.nginx));
        settings.extend(services(spec, pair));
    }
    settings.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

fn entry_point(
    names: [&'static str; 4],
    entry_point: Option<&EntryPoint>,
) -> Vec<(&'static str, String)> {
    let Some(asked) = entry_point.map(EntryPoint::on_host) else { return Vec::new() };
    let values = [asked.url, asked.host_header.to_owned(), asked.connect, asked.ca.to_owned()];
    names.into_iter().zip(values).collect()
}

fn nginx(nginx: &NginxSpec) -> [(&'static str, String); 6] {
    [
        ("nginx", nginx.command.join(" ")),
        ("live_include", nginx.live_include.clone()),
        ("passive_include", nginx.passive_include.clone()),
        ("live_upstream", nginx.live_upstream.clone()),
        ("passive_upstream", nginx.passive_upstream.clone()),
        ("pid_file", nginx.pid_file.clone()),
    ]
}

fn services(spec: &SymlinkSpec, pair: &Pair) -> [(&'static str, String); 8] {
    let [first, second] = spec.colors.both();
    let ([manager, service_1], [_, service_2]) =
        (pair.service.asked(spec, first), pair.service.asked(spec, second));
    let [address_1, host] = spec.health(first);
    let [address_2, _] = spec.health(second);
    [
        ("manager", manager),
        ("color_1", first.to_string()),
        ("address_1", address_1),
        ("service_1", service_1),
        ("color_2", second.to_string()),
        ("address_2", address_2),
        ("service_2", service_2),
        ("health_host", host),
    ]
}

/// Returns the command. With the `last` observation, an unchanged configuration of nginx is not sent again.
pub fn probe(member: &Member, spec: &SymlinkSpec, last: Option<&Observation>) -> Command {
    let facts = last.and_then(Facts::of);
    let known = facts.as_ref().zip(last).zip(spec.proxy());
    let known = known
        .and_then(|((facts, last), proxy)| facts.preflight.proxy.known_sum(proxy, last))
        .unwrap_or_default();
    command(spec, member.carries, known)
}

/// Reads the reply. `last` must be the observation that [`probe`] was given.
pub fn read(
    member: &Member,
    spec: &SymlinkSpec,
    reply: &ProbeReply,
    last: Option<&Observation>,
) -> Result<Observation, ReadError> {
    let parts = parts::of(reply)?;
    let last = last.and_then(Facts::of).map(|facts| facts.preflight.proxy);
    let asked = Asked { member, proxy: spec.proxy(), last: last.as_ref() };
    let HostReading { mut observation, facts: host, preflight } =
        observe::read(&asked, reply, &parts);
    let mut facts = Facts { host, preflight, ..facts(spec, &parts) };
    if facts.host.serves(member) {
        match spec.pair {
            Some(_) if nothing_is_live(&observation, &facts) => {
                observation.live.proof = Proof::NoUsers;
            }
            Some(_) => {}
            None => alone(member, spec, &parts, &mut observation, &mut facts),
        }
        let recorded = observation.live.recorded.as_ref();
        observation.colors = workloads::colors(spec, &facts, recorded);
    } else {
        observation.jobs.extend(workers::workload(spec, &facts));
    }
    let values = parts.get("config-values").copied().unwrap_or_default();
    observation.config_change = configured::change(&observation, values).map(Box::new);
    observation.kept = facts.releases();
    observation.drift = drift::find(member, spec, &observation, &facts);
    observation.detail = facts.into_detail();
    Ok(observation)
}

/// With a pair: returns whether no release went live yet. Then nginx leads to a service that has nothing to run.
fn nothing_is_live(observation: &Observation, facts: &Facts) -> bool {
    let reached = observation.reached().and_then(|color| facts.in_slot(color));
    facts.link == LiveLink::Absent && reached.is_none() && observation.last_change.is_none()
}

/// Adds what the live link decides, where there is no pair: the live color, and what proves it.
fn alone(
    member: &Member,
    spec: &SymlinkSpec,
    parts: &Parts<'_>,
    observation: &mut Observation,
    facts: &mut Facts,
) {
    let live = &mut observation.live;
    live.configured = workloads::live_color(spec, facts, live.recorded.as_ref()).ok();
    live.proof = match (&spec.served_at, &facts.link) {
        (_, LiveLink::Absent) => Proof::NoUsers,
        (None, _) => Proof::Link,
        (Some(_), _) => Proof::Answer,
    };
    if let Some(entry_point) = &spec.served_at {
        live.answer = answers::answer(parts, "live-answer", entry_point, member);
        live.answers_name_color = entry_point.color_header.is_some();
        facts.host.live_tls = answers::tls_error(parts, "live-answer");
    }
    // A mark of a slot that was emptied since says nothing.
    let marked = observation.passive_points_at.take();
    let marked = marked.filter(|color| facts.in_slot(color).is_some());
    observation.passive_points_at = marked.or_else(|| live.configured.clone());
    observation.passive_shows.clone_from(&observation.passive_points_at);
    observation.changed_elsewhere = elsewhere::change(facts, observation).map(Box::new);
}

/// Reads the parts that only this platform has.
pub fn facts(spec: &SymlinkSpec, parts: &Parts<'_>) -> Facts {
    let part = |name: &str| parts.get(name).copied();
    let lines = |name: &str| part(name).unwrap_or_default().lines();
    let tag = |name: &str| part(name).and_then(|text| Tag::new(text.trim()).ok());
    let color = |name: &str| spec.colors.find(name).cloned();
    let slot = |line: &str| {
        let (name, link) = line.split_once(' ')?;
        Some((color(name)?, links::slot(link, &spec.layout.versions)?))
    };
    let started = |line: &str| {
        let (name, record) = line.split_once(' ')?;
        Some((color(name)?, started(record)?))
    };
    let answer = |color: &Color| {
        let end = part(&format!("answer-{color}-end"))?;
        let status = end.split_whitespace().next()?.parse().ok().filter(|status| *status > 0)?;
        Some((color.clone(), status))
    };
    let mut facts = Facts {
        link: links::live(part("link"), part("no-link"), spec),
        swung_at: part("link-at").and_then(|text| epoch(text.trim())),
        versions: lines("versions").filter_map(version).collect(),
        slots: lines("slots").filter_map(slot).collect(),
        hooks: lines("hooks").filter_map(hook).collect(),
        started: lines("started").filter_map(started).collect(),
        services: part("services").map(|text| services::states(spec, text)).unwrap_or_default(),
        answers: spec.colors.both().into_iter().filter_map(answer).collect(),
        archives: lines("archives").filter_map(digest).collect(),
        uploads: lines("uploads").filter_map(upload).collect(),
        offered: part("offered").map(|text| offered(spec, text)).unwrap_or_default(),
        live_version: tag("live-version"),
        previous_version: tag("previous-version"),
        configs: lines("configs").filter_map(written_config).collect(),
        ..Facts::default()
    };
    if !parts.contains_key("missing") {
        facts.problems = drift::problems(spec, &facts);
    }
    facts
}

/// Reads `NAME SHA256 TIME [bad]`; a sum that is not recorded is `-`. yodeploy unpacks into `unpack`.
fn version(line: &str) -> Option<Version> {
    let mut words = line.split(' ');
    let tag = Tag::new(words.next()?).ok().filter(|tag| tag.as_str() != "unpack")?;
    let digest = words.next().and_then(digest);
    Some(Version { tag, digest, bad: words.nth(1) == Some("bad") })
}

/// Reads `VERSION SUM`.
fn written_config(line: &str) -> Option<(Tag, String)> {
    let (version, sum) = line.split_once(' ')?;
    Some((Tag::new(version).ok()?, sum.to_owned()))
}

/// Reads seconds since 1970.
fn epoch(text: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(text.parse().ok()?, 0)
}

fn digest(sum: &str) -> Option<Digest> {
    Digest::new(format!("sha256:{sum}")).ok()
}

/// Reads `SHA256 BYTES`.
fn upload(line: &str) -> Option<(Digest, u64)> {
    let (sum, bytes) = line.split_once(' ')?;
    Some((digest(sum)?, bytes.parse().ok()?))
}

/// Reads `archive RELEASE` for each archive of the source, followed by `sum LINE` for each line of its checksum file.
fn offered(spec: &SymlinkSpec, text: &str) -> BTreeMap<Tag, OfferedSum> {
    let mut files: Vec<(Tag, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("archive ") {
            files.extend(Tag::new(name).ok().map(|tag| (tag, Vec::new())));
        } else if let (Some(sum), Some((_, sums))) = (line.strip_prefix("sum "), files.last_mut()) {
            sums.push(sum);
        }
    }
    let sum = |tag: &Tag, lines: &[&str]| match lines {
        [] => OfferedSum::Absent,
        lines => match checksum_file::read(&lines.join("\n"), &spec.source.path(tag)) {
            Ok(digest) => OfferedSum::Known(digest),
            Err(why) => OfferedSum::Unusable(why.to_string()),
        },
    };
    files.into_iter().map(|(tag, lines)| (tag.clone(), sum(&tag, &lines))).collect()
}

/// Reads `VERSION.HOOK started RUN PID [running]`, `VERSION.HOOK ended CODE RUN` or `VERSION.HOOK elsewhere`.
fn hook(line: &str) -> Option<HookRecord> {
    let (file, record) = line.split_once(' ')?;
    let (version, hook) = file.rsplit_once('.')?;
    let words: Vec<&str> = record.split(' ').collect();
    let state = match *words {
        ["started", .., "running"] => HookState::Running,
        ["elsewhere"] => HookState::ByAnotherTool,
        ["ended", code, ref run @ ..] => HookState::Ended {
            code: code.parse().ok()?,
            run: run.first().and_then(|run| run.parse().ok()),
        },
        _ => HookState::Interrupted,
    };
    Some(HookRecord { version: Tag::new(version).ok()?, hook: hook.to_owned(), state })
}

/// Reads `starting VERSION RUN PID [running]` or `started VERSION RUN`.
fn started(record: &str) -> Option<Started> {
    let words: Vec<&str> = record.split(' ').collect();
    Some(Started {
        version: Tag::new(*words.get(1)?).ok()?,
        well: words[0] == "started",
        running: words.last() == Some(&"running"),
    })
}

#[cfg(test)]
mod tests;
