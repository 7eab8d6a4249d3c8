//! Doctor: checks in one round trip everything that a release needs on a host. Every finding that is not good has a remedy: an
//! exact command, or a key of the inventory.

use super::facts::Facts;
use super::live_link::LiveLink;
use super::spec::{HookCommand, Hooks, Pair, Service, Source, SymlinkSpec};
use super::{observe, scripts};
use crate::domain::command::Command;
use crate::domain::finding::Finding;
use crate::domain::names::Color;
use crate::domain::observation::{DriftKind, Observation, Running};
use crate::domain::spec::Member;
use crate::domain::target::Carries;
use crate::platform::contract::{EntryPointCheck, ProbeReply};
use crate::platform::kit::doctor::proxy::{self, Checked};
use crate::platform::kit::doctor::results::CheckResults;
use crate::platform::kit::doctor::{checks, shell};

const INSTALL: &str =
    "Run `apt-get install curl tar gzip coreutils diffutils findutils mawk` as root.";
const FREE_DISK: &str = "`flipside finish` removes versions that nothing needs.";

pub fn command(member: &Member, spec: &SymlinkSpec) -> Command {
    // A host without users has no services.
    let pair = spec.pair.as_ref().filter(|_| member.carries == Carries::App);
    let (python, config) = match &spec.hooks {
        Hooks::Yodeploy(yodeploy) => (yodeploy.python.as_str(), yodeploy.config.as_str()),
        Hooks::Commands { .. } => ("", ""),
    };
    scripts::DOCTOR
        .command()
        .run_as(spec.stack.run_as)
        .args(observe::settings(spec, member.carries, ""))
        .arg(format!("archive={}", archive(spec)))
        .arg(format!("python={python}"))
        .arg(format!("python_config={config}"))
        .arg(format!("programs={}", programs(spec, pair).join("\n")))
        .arg(format!("systemctl={}", systemctl(pair)))
}

/// Returns where the archive of a release that need not exist would come from. An uploaded one is on this machine.
fn archive(spec: &SymlinkSpec) -> String {
    match &spec.source {
        Source::Http { url: at, .. } | Source::OnHost { path: at } => {
            at.replace("{release}", "flipside-doctor")
        }
        Source::S3(s3) => s3.endpoint.clone(),
        Source::Upload { .. } => String::new(),
    }
}

/// Returns the programs of the inventory's commands.
fn programs<'s>(spec: &'s SymlinkSpec, pair: Option<&'s Pair>) -> Vec<&'s str> {
    let hooks: Vec<&HookCommand> = match &spec.hooks {
        Hooks::Commands { prepare, deployed } => prepare.iter().chain(deployed).collect(),
        Hooks::Yodeploy(_) => Vec::new(),
    };
    let hooks = hooks.into_iter().map(|hook| &hook.command);
    let mut commands: Vec<&Vec<String>> = hooks.collect();
    match pair.map(|pair| &pair.service) {
        Some(Service::Commands { start, stop, status }) => commands.extend([start, stop, status]),
        Some(Service::Systemd { systemctl }) => commands.push(systemctl),
        None => {}
    }
    let mut programs: Vec<&str> =
        commands.into_iter().filter_map(|words| words.first()).map(String::as_str).collect();
    programs.sort_unstable();
    programs.dedup();
    programs
}

/// Returns the command that starts and stops units, if it needs sudo.
fn systemctl(pair: Option<&Pair>) -> String {
    match pair.map(|pair| &pair.service) {
        Some(Service::Systemd { systemctl }) if by_sudo(systemctl) => systemctl.join(" "),
        _ => String::new(),
    }
}

fn by_sudo(words: &[String]) -> bool {
    words.first().and_then(|word| word.rsplit('/').next()) == Some("sudo")
}

pub fn diagnose(member: &Member, spec: &SymlinkSpec, reply: &ProbeReply) -> Vec<Finding> {
    let answers = CheckResults::of(&reply.stdout);
    if answers.one("end").is_none() {
        return vec![shell::refused(reply)];
    }
    let mut findings = vec![
        checks::shell(&answers),
        checks::tools(&answers, "curl, tar, awk and coreutils are installed", INSTALL),
    ];
    findings.extend(archive_finding(spec, &answers));
    findings.extend(yodeploy(spec, &answers));
    findings.extend(absent_programs(&answers));
    findings.extend(units(spec, &answers));
    findings.push(checks::clock(&answers, reply));
    let observation = match observe::read(member, spec, reply, None) {
        Ok(observation) => observation,
        Err(why) => {
            findings.push(Finding::unknown(
                "status",
                why.to_string(),
                "Run `flipside status` to check again.",
            ));
            return findings;
        }
    };
    let facts = Facts::of(&observation).unwrap_or_default();
    findings.push(checks::disk(&spec.stack, &observation, FREE_DISK));
    if facts.host.missing {
        findings.extend(
            observation
                .drift
                .iter()
                .map(|drift| Finding::bad("set up", drift.what.clone(), drift.remedy.clone())),
        );
    } else {
        findings.push(checks::directories(&spec.stack, &facts.preflight));
        findings.extend(versions(&answers));
        findings.extend(release(spec, &observation, &facts));
    }
    findings.push(checks::lock(member, &observation));
    findings.extend(proxied(member, spec, &observation, &facts, &answers));
    findings
}

/// Returns the findings about nginx and the entry points.
fn proxied(
    member: &Member,
    spec: &SymlinkSpec,
    observation: &Observation,
    facts: &Facts,
    answers: &CheckResults<'_>,
) -> Vec<Finding> {
    if member.carries != Carries::App {
        return Vec::new();
    }
    let Some(proxy) = spec.proxy() else {
        let entry_point = spec.served_at.as_ref().filter(|_| facts.live().is_some());
        let live = (observation.live.answer.as_ref(), facts.host.live_tls.as_deref());
        return entry_point
            .map(|asked| proxy::entry_point("entry point", "live", asked, live))
            .unwrap_or_default();
    };
    let checked = Checked {
        member,
        name: &spec.name,
        proxy,
        observation,
        facts: &facts.host,
        preflight: &facts.preflight,
        answers,
    };
    let mut findings = proxy::of_nginx(&checked);
    if !facts.host.missing {
        let stopped = |color: &Color| {
            matches!(facts.services.get(color), Some(Running::Stopped | Running::Absent))
        };
        findings.extend(proxy::findings(&checked, &|color| !stopped(color)));
    }
    findings
}

/// Returns the checks of the public URLs that the inventory names.
pub fn entry_point_checks(member: &Member, spec: &SymlinkSpec) -> Vec<EntryPointCheck> {
    let mut entry_points = Vec::new();
    entry_points.extend(spec.live().map(|live| ("live", live)));
    entry_points.extend(spec.proxy().map(|proxy| ("passive", &proxy.passive)));
    checks::entry_points(member, &entry_points)
}

/// Judges the answer about an archive that need not exist: any answer shows that the server can be reached.
fn archive_finding(spec: &SymlinkSpec, answers: &CheckResults<'_>) -> Option<Finding> {
    let (word, detail) = answers.one("archive")?;
    let at = archive(spec);
    Some(match word {
        "here" => Finding::good("source", format!("{detail} can be read")),
        "absent" => Finding::bad(
            "source",
            format!("{detail} does not exist or cannot be read by {}", answers.user()),
            "Make it readable for the login user, or correct `source.on_host`.",
        ),
        "000" | "" => Finding::bad(
            "source",
            format!("no answer from {at} within 8 s: {detail}"),
            "Check the address in `source`, and that this host can reach it: `curl -v` says why not.",
        ),
        code => Finding::good("source", format!("the server of {at} answers ({code})")),
    })
}

fn yodeploy(spec: &SymlinkSpec, answers: &CheckResults<'_>) -> Vec<Finding> {
    let Hooks::Yodeploy(yodeploy) = &spec.hooks else { return Vec::new() };
    let python = &yodeploy.python;
    let first = match answers.one("python") {
        Some(("ok", _)) => Finding::good("yodeploy", format!("{python} imports yodeploy")),
        Some(("refused", why)) => Finding::bad(
            "yodeploy",
            format!("{python} does not import yodeploy: {why}"),
            "Install yodeploy for it, or correct `hooks.yodeploy.python`.",
        ),
        _ => Finding::bad(
            "yodeploy",
            format!("{python} does not exist or cannot be run"),
            "Install yodeploy, or correct `hooks.yodeploy.python`.",
        ),
    };
    let config = answers.one("python-config").filter(|(word, _)| *word != "ok");
    let config = config.map(|(_, path)| {
        Finding::bad(
            "yodeploy config",
            format!("{path} does not exist or cannot be read by {}", answers.user()),
            "Make it readable for the login user, or correct `hooks.yodeploy.config`.",
        )
    });
    std::iter::once(first).chain(config).collect()
}

fn absent_programs(answers: &CheckResults<'_>) -> Vec<Finding> {
    let absent = answers.all("program").filter(|(word, _)| *word == "absent");
    let finding = |(_, program): (&str, &str)| {
        Finding::bad(
            "commands",
            format!("{program} does not exist or cannot be run by {}", answers.user()),
            "Install it, or correct `hooks` or `services` in the inventory.",
        )
    };
    absent.map(finding).collect()
}

fn units(spec: &SymlinkSpec, answers: &CheckResults<'_>) -> Option<Finding> {
    let (_, refused) = answers.one("units")?;
    let command = systemctl(spec.pair.as_ref());
    if refused.is_empty() {
        return Some(Finding::good("services", "both units may be started and stopped"));
    }
    let user = answers.user();
    Some(Finding::bad(
        "services",
        format!("{user} may not run `{command}` with: {refused}"),
        format!(
            "Allow it in /etc/sudoers.d: `{user} ALL=(root) NOPASSWD:` and the full path of systemctl with `start -- UNIT` and `stop -- UNIT` for both units."
        ),
    ))
}

fn versions(answers: &CheckResults<'_>) -> Option<Finding> {
    let (word, path) = answers.one("versions")?;
    Some(match word {
        "closed" => Finding::bad(
            "versions",
            format!("{path} is not writable for {}", answers.user()),
            format!(
                "Run `chown {} {path}` as root, or set `sudo: true` for the app.",
                answers.user()
            ),
        ),
        "absent" => Finding::good("versions", format!("{path} is made by the first release")),
        _ => Finding::good("versions", format!("{path} is writable")),
    })
}

/// Returns the findings about the live release: what the link names, and all drift of this platform.
fn release(spec: &SymlinkSpec, observation: &Observation, facts: &Facts) -> Vec<Finding> {
    let link = &spec.layout.link;
    let mut findings = Vec::new();
    match (&facts.link, facts.live()) {
        (_, Some(live)) => findings.push(Finding::good("link", format!("{link} names {live}"))),
        (LiveLink::Absent, None) => findings.push(Finding::good(
            "link",
            format!("{link} is made by the first release that goes live"),
        )),
        _ => {}
    }
    let problems = facts.problems.iter();
    findings.extend(problems.map(|it| Finding::bad("release", &it.what, &it.remedy)));
    let is_problem = |what: &str| facts.problems.iter().any(|problem| problem.what == what);
    // What nginx and the entry points say is found with them.
    let own = observation.drift.iter().filter(|drift| !is_problem(&drift.what));
    let own = own.filter(|drift| spec.pair.is_none() || !drift.repairable);
    let own = own.filter(|drift| drift.kind != DriftKind::UsersUnanswered);
    let own = own.filter(|drift| !facts.host.problems.contains(&drift.what));
    findings.extend(own.map(|drift| Finding::bad("release", &drift.what, &drift.remedy)));
    findings
}

#[cfg(test)]
mod tests;
