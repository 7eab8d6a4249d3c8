//! Reads everything of an observation that does not depend on the platform: the host itself, what Flipside recorded on it, and,
//! where there is a proxy, which color users reach. The script `host-parts.sh` has the counterpart.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::DateTime;

use super::facts::HostFacts;
use super::include::{IncludeFile, ProxyFacts};
use super::parts::Parts;
use super::preflight::Preflight;
use super::proxy::Proxy;
use super::spec::ProxySpec;
use super::{answers, configured, switch};
use crate::domain::freeze::Freeze;
use crate::domain::lock::HeldLock;
use crate::domain::names::Color;
use crate::domain::observation::{Detail, Gauges, Observation, Switching, Traffic};
use crate::domain::spec::Member;
use crate::platform::contract::ProbeReply;
use crate::platform::locking::Locking;

/// What a host was asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub member: &'a Member,
    /// What leads users to a color. `None`: the platform itself moves them.
    pub proxy: Option<&'a ProxySpec>,
    /// nginx as the last observation found it.
    pub last: Option<&'a Proxy>,
}

/// What a reply says, whatever the platform. The observation has no colors, jobs and releases, and, without a proxy, no live
/// color yet.
#[derive(Debug)]
pub struct HostReading {
    pub observation: Observation,
    pub facts: HostFacts,
    pub preflight: Preflight,
}

/// Reads a reply.
pub fn read(asked: &Asked<'_>, reply: &ProbeReply, parts: &Parts<'_>) -> HostReading {
    let Asked { member, proxy, last } = *asked;
    let part = |name: &str| parts.get(name).copied();
    let preflight = Preflight::read(parts, proxy, last);
    let mut facts = HostFacts { missing: part("missing").is_some(), ..HostFacts::default() };
    let mut live = Traffic {
        recorded: part("live-color").and_then(|color| color_in(member, color)),
        ..Traffic::default()
    };
    let (mut points_at, mut shows) = (None, None);
    if let Some(proxy) = proxy {
        facts.includes = includes(parts, proxy);
        live.answers_name_color = proxy.live.color_header.is_some();
        if facts.serves(member) {
            answered(member, proxy, parts, &mut live, &mut facts);
            live.configured = configured::live(proxy, &preflight.proxy, &mut facts);
            points_at = configured::passive(proxy, &mut facts);
            shows = points_at.clone().filter(|color| facts.passive_answers_as(color, proxy));
        }
    } else if facts.serves(member) {
        points_at = part(switch::PASSIVE_COLOR).and_then(|color| color_in(member, color));
        shows.clone_from(&points_at);
    }
    let took = u64::try_from(reply.answered_ms - reply.asked_ms).unwrap_or(0);
    let observation = Observation {
        target: member.target.clone(),
        at: DateTime::from_timestamp_millis(reply.answered_ms).unwrap_or_default(),
        took: Duration::from_millis(took),
        live,
        passive_shows: shows,
        passive_points_at: points_at,
        colors: BTreeMap::new(),
        jobs: Vec::new(),
        migrated: Vec::new(),
        pulled: None,
        kept: Vec::new(),
        host: gauges(parts, reply),
        lock: lock(part("lock-file"), part("lock")),
        lock_count: part("lock-count").and_then(|count| count.trim().parse().ok()),
        verified: part("verified").and_then(|text| serde_json::from_str(text).ok()),
        last_change: part("change").and_then(|text| serde_json::from_str(text).ok()),
        frozen: frozen(part("frozen"), &mut facts.problems),
        withdrawn: part("withdrawn").and_then(|text| serde_json::from_str(text).ok()),
        changed_elsewhere: None,
        config_change: None,
        cold_rollback: part("returning").and_then(|text| serde_json::from_str(text).ok()),
        switching: switching(part("switching"), &mut facts.problems),
        drift: Vec::new(),
        detail: Detail::default(),
    };
    HostReading { observation, facts, preflight }
}

fn color_in(member: &Member, text: &str) -> Option<Color> {
    member.colors.find(text.trim()).cloned()
}

/// Reads how both entry points answered.
fn answered(
    member: &Member,
    proxy: &ProxySpec,
    parts: &Parts<'_>,
    live: &mut Traffic,
    facts: &mut HostFacts,
) {
    live.answer = answers::answer(parts, "live-answer", &proxy.live, member);
    facts.passive_answer = answers::answer(parts, "passive-answer", &proxy.passive, member);
    facts.live_tls = answers::tls_error(parts, "live-answer");
    facts.passive_tls = answers::tls_error(parts, "passive-answer");
}

fn includes(parts: &Parts<'_>, proxy: &ProxySpec) -> ProxyFacts {
    let nginx = &proxy.nginx;
    ProxyFacts {
        live_include: include_file(parts, "live-include", &nginx.live_include),
        passive_include: include_file(parts, "passive-include", &nginx.passive_include),
        draining: parts.get("draining").and_then(|count| count.trim().parse().ok()),
    }
}

fn include_file(parts: &Parts<'_>, part: &str, path: &str) -> Option<IncludeFile> {
    let sums = parts.get("files")?;
    let sha256 = sums.lines().find_map(|line| line.strip_suffix(path)?.strip_suffix("  "))?;
    Some(IncludeFile { text: (*parts.get(part)?).to_owned(), sha256: sha256.to_owned() })
}

/// Reads the lock. A lock file that cannot be read is a lock, too.
fn lock(file: Option<&str>, text: Option<&str>) -> Option<HeldLock> {
    (file.is_some() || text.is_some()).then(|| Locking::held_in(file, text.unwrap_or_default()))
}

/// Reads the freeze. A mark that cannot be read is reported as a problem, which also blocks go-live.
fn frozen(part: Option<&str>, problems: &mut Vec<String>) -> Option<Freeze> {
    let read = serde_json::from_str(part?);
    if read.is_err() {
        let what = "the mark .flipside/frozen closes go-live, but cannot be read".to_owned();
        problems.push(what);
    }
    read.ok()
}

/// Reads the mark of a running or interrupted switch. A mark that cannot be read is reported as a problem.
fn switching(part: Option<&str>, problems: &mut Vec<String>) -> Option<Switching> {
    let mut lines = part?.lines();
    let read = serde_json::from_str::<Switching>(lines.next().unwrap_or_default());
    if read.is_err() {
        let what = "the mark .flipside/switching shows an unfinished switch, but cannot be read";
        problems.push(what.to_owned());
    }
    let running = lines.next() == Some("running");
    read.ok().map(|mark| Switching { running, ..mark })
}

fn gauges(parts: &Parts<'_>, reply: &ProbeReply) -> Gauges {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::kit::{fixture, parts};

    fn reply(parts: &[(&str, &str)]) -> ProbeReply {
        let part = |(name, text): &(&str, &str)| format!("\u{1e}{name}\n{text}");
        let stdout = parts.iter().map(part).collect();
        ProbeReply { code: 0, stdout, stderr: String::new(), asked_ms: 0, answered_ms: 40 }
    }

    fn read_of(reply: &ProbeReply, proxy: Option<&ProxySpec>) -> HostReading {
        let member = fixture::member();
        let asked = Asked { member: &member, proxy, last: None };
        read(&asked, reply, &parts::of(reply).unwrap())
    }

    #[test]
    fn an_answer_without_its_end_is_no_observation() {
        let mut cut = reply(&[("clock", "1"), ("lock-count", "7")]);
        (cut.code, cut.stderr) = (137, "Killed\n".to_owned());
        let why = parts::of(&cut).unwrap_err();
        assert_eq!(why.to_string(), "the observation ended early (exit 137): Killed");
        assert!(parts::of(&reply(&[("missing", "/srv/shop")])).is_ok());
    }

    /// Behind a proxy the passive include says what the mark says elsewhere. A mark that was left there is not believed.
    #[test]
    fn the_color_that_a_release_was_prepared_on_is_a_mark_only_without_a_proxy() {
        let marked = reply(&[("live-color", "blue\n"), ("passive-color", "green\n"), ("end", "")]);
        let alone = read_of(&marked, None).observation;
        assert_eq!(alone.passive_points_at, Some(fixture::color("green")));
        assert_eq!(alone.passive_shows, Some(fixture::color("green")));
        assert_eq!(alone.live.recorded, Some(fixture::color("blue")));
        assert_eq!(alone.live.configured, None, "the platform knows it");
        let proxied = read_of(&marked, Some(&fixture::proxy()));
        assert_eq!(proxied.observation.passive_points_at, None);
        assert!(proxied.facts.problems.iter().any(|why| why.contains("shop-passive.conf")));
    }

    #[test]
    fn marks_that_cannot_be_read_are_problems() {
        let torn = reply(&[("frozen", "{\n"), ("switching", "{\nrunning\n"), ("end", "")]);
        let read = read_of(&torn, None);
        assert_eq!((read.observation.frozen, read.observation.switching), (None, None));
        let problems = read.facts.problems;
        assert!(problems[0].contains(".flipside/frozen closes go-live"), "{problems:?}");
        assert!(problems[1].contains(".flipside/switching shows an unfinished"), "{problems:?}");
    }
}
