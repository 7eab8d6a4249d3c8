//! The server itself: tools, engine, registry, disk, clock, directories.

use std::time::Duration;

use super::ask::{self, Answers};
use crate::domain::finding::Finding;
use crate::domain::names::{Color, EnvName};
use crate::domain::observation::{Observation, Slot};
use crate::domain::spec::{ComposeSpec, Member};
use crate::platform::ProbeReply;
use crate::platform::compose::facts::Facts;
use crate::platform::compose::observe;
use crate::platform::compose::preflight::DirectoryState;
use crate::platform::compose::services::Services;
use crate::platform::compose::workloads;

/// Clocks that differ by more make times in logs and journals hard to compare, and by much more make
/// certificates and tokens invalid.
const SKEW_WARN: Duration = Duration::from_secs(2);
const SKEW_BAD: Duration = Duration::from_secs(30);

const FIRST_DOCKER: &str = "put right what is said of docker, then `flipside doctor` once more";

pub fn findings(
    environment: &EnvName,
    member: &Member,
    spec: &ComposeSpec,
    answers: &Answers<'_>,
    reply: &ProbeReply,
) -> Vec<Finding> {
    let mut findings =
        vec![shell(answers), tools(answers), docker(spec, answers), compose(answers)];
    findings.extend(answers.one("registry").map(|(code, said)| registry(spec, code, said)));
    findings.extend(endpoint(spec, answers));
    match ask::compose_file(environment, member, spec) {
        Err(why) => {
            findings.push(Finding::bad("template", why, "mend the file that `template` names"));
        }
        Ok(text) => {
            let listed = answers.one("template").filter(|(word, _)| *word == "ok");
            findings.push(template(spec, answers));
            findings.push(
                Services::of(&text).and(listed.map(|(_, names)| names)).finding(member, spec),
            );
        }
    }
    findings.push(clock(answers, reply));
    findings
}

fn shell(answers: &Answers<'_>) -> Finding {
    let shell = answers.one("shell").map_or("", |(_, shell)| shell);
    let user = answers.user();
    let name = shell.rsplit('/').next().unwrap_or_default();
    if ["sh", "bash", "dash", "ash", "zsh", "ksh", "busybox"].contains(&name) {
        return Finding::good("shell", format!("{user}, {shell}"));
    }
    Finding::warn(
        "shell",
        format!("{user}'s login shell is {shell}, which may read quotes in its own way"),
        format!("`chsh -s /bin/sh {user}`, as root"),
    )
}

fn tools(answers: &Answers<'_>) -> Finding {
    match answers.one("tools").map_or("", |(_, missing)| missing) {
        "" => Finding::good("tools", "curl, awk and coreutils are there"),
        missing => Finding::bad(
            "tools",
            format!("{missing} cannot be found"),
            "`apt-get install curl coreutils diffutils mawk`, as root",
        ),
    }
}

fn docker(spec: &ComposeSpec, answers: &Answers<'_>) -> Finding {
    let (word, detail) = answers.one("docker").unwrap_or(("silent", ""));
    let user = answers.user();
    match word {
        "version" => Finding::good("docker", format!("Docker Engine {detail} answers")),
        "absent" => Finding::bad(
            "docker",
            format!("{detail} is not there: Docker Engine is not installed, or does not run"),
            "`systemctl enable --now docker`, as root; or name another `docker_socket`",
        ),
        "closed" => Finding::bad(
            "docker",
            format!("{detail} is not open to {user}"),
            format!("`usermod -aG docker {user}`, as root; it counts from the next login on"),
        ),
        _ => Finding::bad(
            "docker",
            format!("Docker Engine does not answer at {}: {detail}", spec.docker_socket),
            "`systemctl status docker` and `journalctl -u docker -n 50` say why; `systemctl restart docker`, as root (containers with a restart policy come back)",
        ),
    }
}

/// `docker`, typed by hand, may speak to another engine than releases do.
fn endpoint(spec: &ComposeSpec, answers: &Answers<'_>) -> Option<Finding> {
    let (_, other) = answers.one("endpoint")?;
    let socket = &spec.docker_socket;
    let found = format!(
        "{}'s `docker` speaks to {other}, and releases go to the engine at {socket}",
        answers.user()
    );
    let remedy = match other.strip_prefix("unix://") {
        Some(path) => {
            format!("if the app runs in that one: `docker_socket: {path}` in the inventory")
        }
        None => format!(
            "a release needs an engine with a socket on this host; one that is not at {socket} is named in `docker_socket`"
        ),
    };
    Some(Finding::warn("engine", found, remedy))
}

fn compose(answers: &Answers<'_>) -> Finding {
    let (word, version) = answers.one("compose").unwrap_or(("absent", ""));
    let install = "`apt-get install docker-compose-plugin` (or docker-compose-v2), as root";
    match word {
        "unasked" => {
            Finding::unknown("compose", "it was not asked: the engine comes first", FIRST_DOCKER)
        }
        "version" if !version.starts_with("1.") => {
            Finding::good("compose", format!("docker compose {version}"))
        }
        "version" | "old" => Finding::bad(
            "compose",
            format!("only docker-compose {version} is there, which breaks with today's engines"),
            install,
        ),
        _ => Finding::bad("compose", "`docker compose` is not there", install),
    }
}

/// The tag that is asked for does not exist, so the best answer is that there is no such manifest.
fn registry(spec: &ComposeSpec, code: &str, said: &str) -> Finding {
    let image = &spec.image;
    let message = said.split("\"message\":\"").nth(1).unwrap_or(said);
    let message = message.trim_end_matches(['}', '"', ' ']).replace("\\\"", "'");
    let login = "give the app its `registry`: server, user and password in the inventory";
    // An engine that was given no login at all says so, and says 500.
    let code = if message.contains("no basic auth credentials") { "401" } else { code };
    match (code, spec.registry.is_some()) {
        ("200" | "404", _) => Finding::good("registry", format!("{image} can be asked for")),
        ("401" | "403", true) => Finding::bad(
            "registry",
            format!("the login is not taken for {image}: {message}"),
            "check `registry.user` and what `registry.password` names, and that this user may pull",
        ),
        ("401" | "403", false) => Finding::unknown(
            "registry",
            format!(
                "it wants a login for {image}; one that docker keeps on the host is not tried here"
            ),
            login,
        ),
        ("000" | "", _) => Finding::unknown(
            "registry",
            format!("no answer about {image} within 8 s: {message}"),
            "`curl -v` the registry from this host; a slow one makes pulls slow",
        ),
        _ if message.contains("HTTP response to HTTPS") => Finding::bad(
            "registry",
            format!("it speaks plain http, and the engine wants https: {message}"),
            "name it in `insecure-registries` of /etc/docker/daemon.json, or give it a certificate",
        ),
        _ => Finding::bad(
            "registry",
            format!("{image} cannot be reached from here: {message}"),
            "check the name in `image`, and that this host can reach the registry",
        ),
    }
}

fn template(spec: &ComposeSpec, answers: &Answers<'_>) -> Finding {
    let compose = compose(answers);
    match answers.one("template") {
        // Without the plugin, `docker` does not take the command, whatever the template says.
        Some(("refused", _)) if compose.is_bad() => Finding::unknown(
            "template",
            "it was not tried: `docker compose` comes first",
            compose.severity.remedy().unwrap_or_default(),
        ),
        Some(("ok", _)) => Finding::good("template", "docker compose takes what it makes"),
        Some((_, said)) => Finding::bad(
            "template",
            format!("docker compose does not take what it makes: {said}"),
            format!("mend {}", spec.template.path.display()),
        ),
        None => {
            Finding::unknown("template", "it was not tried: the engine comes first", FIRST_DOCKER)
        }
    }
}

/// The host read its clock after it was asked and before it answered: outside of that, it is wrong.
fn clock(answers: &Answers<'_>, reply: &ProbeReply) -> Finding {
    let remedy = "`timedatectl set-ntp true`, as root, on whichever of the two is wrong";
    let read = answers.one("clock").and_then(|(_, text)| observe::clock(text));
    let Some(skew) = read.map(|read| observe::skew(read, reply)) else {
        return Finding::unknown("clock", "it could not be read", remedy);
    };
    let off = Duration::from_millis(skew.unsigned_abs());
    let found = format!(
        "{:.1} s {} this machine's",
        off.as_secs_f64(),
        if skew < 0 { "behind" } else { "ahead of" }
    );
    match off {
        off if off > SKEW_BAD => Finding::bad("clock", found, remedy),
        off if off > SKEW_WARN => Finding::warn("clock", found, remedy),
        _ => Finding::good("clock", "it agrees with this machine's"),
    }
}

/// What the look itself tells of the server.
pub fn observation_findings(
    member: &Member,
    spec: &ComposeSpec,
    observation: &Observation,
    facts: &Facts,
) -> Vec<Finding> {
    let target = &member.target;
    let mut findings = vec![disk(spec, observation)];
    if facts.missing {
        findings.push(Finding::bad(
            "set up",
            format!("{} is not there: this server was never set up", spec.dir),
            format!("`flipside setup {target} --release TAG`"),
        ));
    } else {
        findings.push(directories(spec, facts));
        findings.push(compose_link(member, spec, facts));
    }
    findings.extend(images(spec, observation, facts));
    findings.push(match &observation.lock {
        None => Finding::good("lock", "nobody holds it"),
        Some(lock) => Finding::warn("lock", lock.to_string(), lock.remedy(target)),
    });
    findings
}

fn disk(spec: &ComposeSpec, observation: &Observation) -> Finding {
    let wanted = spec.disk_free_mib;
    match observation.host.disk_free.map(|bytes| bytes / 1024 / 1024) {
        Some(free) if free >= wanted => Finding::good("disk", format!("{free} MiB are free")),
        Some(free) => Finding::bad(
            "disk",
            format!("{free} MiB are free at {}, {wanted} MiB are wanted", spec.dir),
            "make room: `flipside finish` removes images that neither color needs, `docker system df` shows the rest; or lower `disk_free`",
        ),
        None => Finding::unknown("disk", "`df` does not say", format!("`df -Pk {}`", spec.dir)),
    }
}

fn directories(spec: &ComposeSpec, facts: &Facts) -> Finding {
    let directories = &facts.preflight.directories;
    match directories.iter().find(|place| place.state != DirectoryState::Writable) {
        None => Finding::good("directories", "they may be written into"),
        Some(place) if place.state == DirectoryState::NotWritable => {
            let user =
                facts.preflight.setup_facts.as_ref().map_or("the login user", |s| s.user.as_str());
            Finding::bad(
                "directories",
                format!("{} may not be written into by {user}", place.path),
                format!("`chown {user} {}`, as root; or `sudo: true` for the app", place.path),
            )
        }
        Some(place) => Finding::bad(
            "directories",
            format!("{} is not there", place.path),
            format!("`flipside setup` makes it; {} is there already", spec.dir),
        ),
    }
}

fn compose_link(member: &Member, spec: &ComposeSpec, facts: &Facts) -> Finding {
    let setup = || format!("`flipside setup {}` writes the first one", member.as_arguments());
    let Some(file) = facts.linked() else {
        let (found, remedy) = facts.no_compose_file(&spec.dir);
        return Finding::bad("compose file", found, remedy.unwrap_or_else(setup));
    };
    let preflight = &facts.preflight;
    if let Some(other) =
        preflight.preferred_compose_file.as_ref().or(preflight.override_file.as_ref())
    {
        return Finding::warn(
            "compose file",
            format!(
                "{} is in use; `docker compose`, run by hand, reads {other} too, or instead",
                file.name
            ),
            "move into the template what of it a release needs, and the file away",
        );
    }
    Finding::good("compose file", format!("{} is in use", file.name))
}

/// What users reach, held against what its tag means on this host today.
pub fn images(spec: &ComposeSpec, observation: &Observation, facts: &Facts) -> Vec<Finding> {
    let judge = |(name, slot): (&Color, &Slot)| {
        let service = &spec.colors.get(name)?.service;
        let Some(release) = &slot.release else {
            let there = facts.replicas(service).next().is_some();
            let (found, remedy) = workloads::unknown(facts, service, spec);
            return there.then(|| Finding::bad("release", found, remedy));
        };
        let tagged = facts.images.iter().find(|image| image.tag == release.tag)?;
        let digest = release.digest.as_ref()?;
        if tagged.digests.is_empty() || tagged.digests.contains(digest) {
            return None;
        }
        Some(Finding::warn(
            "release",
            format!(
                "{name} runs {} as {}, and that tag means {} here today",
                release.tag,
                digest.short(),
                tagged.digests[0].short()
            ),
            "nothing is wrong until it is started anew: release under a tag that is never moved",
        ))
    };
    observation.colors.iter().filter_map(judge).collect()
}
