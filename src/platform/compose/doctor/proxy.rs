//! Findings about nginx: it runs, we may test and reload it, it reads the files that we write, and both entry
//! points answer and name the color.

use super::ask::CheckResults;
use crate::domain::finding::Finding;
use crate::domain::observation::{HttpAnswer, Observation, Running};
use crate::domain::spec::{EntryPoint, Member};
use crate::platform::compose::facts::Facts;
use crate::platform::compose::setup::sudoers;
use crate::platform::compose::spec::ComposeSpec;
use crate::platform::kit::include::{IncludeFile, color_of};
use crate::platform::kit::proxy::{DumpError, without_pid};
use crate::platform::kit::remedies;

/// Returns the findings that do not depend on whether the server was set up.
pub fn of_nginx(
    spec: &ComposeSpec,
    answers: &CheckResults<'_>,
    dump_error: Option<&DumpError>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    match answers.one("sudo") {
        None => {}
        Some((_, "")) => {
            findings.push(Finding::good("sudo", "nginx may be tested, dumped and reloaded"));
        }
        Some((_, refused)) => findings.push(Finding::bad(
            "sudo",
            format!(
                "{} may not run `{}` with: {refused}",
                answers.user(),
                spec.proxy.nginx.command.join(" ")
            ),
            format!("Run as root: {}", sudoers(answers.user(), spec, answers.one("sudoers"))),
        )),
    }
    let command = spec.proxy.nginx.command.join(" ");
    let config = answers.one("config").unwrap_or(("refused", "it was not tested"));
    findings.push(match (answers.one("nginx"), config) {
        (_, ("refused", output)) if matches!(dump_error, Some(DumpError::NotInstalled(_))) => {
            Finding::bad(
                "nginx",
                format!("`{command}` cannot be run: {output}"),
                "Run `apt-get install nginx` as root, or correct `nginx.command` in the inventory.",
            )
        }
        (_, ("refused", output)) if output.contains("emerg") => Finding::bad(
            "nginx",
            format!("it rejects its configuration: {}", emerg(output)),
            format!(
                "Fix that line until `{command} -t` succeeds. Until then no switch is possible."
            ),
        ),
        (_, ("refused", output))
            if answers.one("sudo").is_some_and(|(_, refused)| !refused.is_empty()) =>
        {
            Finding::unknown(
                "nginx",
                format!("`{command} -t` was not allowed: {output}"),
                "Fix the finding about sudo first.",
            )
        }
        (_, ("refused", output)) => Finding::bad(
            "nginx",
            format!("`{command} -t` fails or does not end within 10 s: {output}"),
            "Run it on the host, and correct `nginx.command` in the inventory if it is wrong.",
        ),
        _ if matches!(dump_error, Some(DumpError::Unreadable(_))) => Finding::bad(
            "nginx",
            format!(
                "the output of `{command} -T` cannot be parsed: {}",
                dump_error.map_or("", DumpError::message)
            ),
            "Simplify that line, or report it as a bug. Until then it is unknown what users reach.",
        ),
        (Some(("runs", _)), _) => Finding::good("nginx", "it runs and accepts its configuration"),
        (_, _) => Finding::bad(
            "nginx",
            format!("it does not run: {} names no process", spec.proxy.nginx.pid_file),
            "Run `systemctl enable --now nginx` as root, or correct `nginx.pid_file`.",
        ),
    });
    findings
}

/// Returns the message after the time and `[emerg]`.
fn emerg(output: &str) -> &str {
    output.split_once("[emerg] ").map_or(output, |(_, rest)| without_pid(rest))
}

pub fn findings(
    member: &Member,
    spec: &ComposeSpec,
    observation: &Observation,
    facts: &Facts,
    answers: &CheckResults<'_>,
) -> Vec<Finding> {
    let nginx = &spec.proxy.nginx;
    let mut findings = vec![
        include(
            "live include",
            spec,
            facts,
            answers,
            &IncludeCheck {
                key: "live_include",
                path: &nginx.live_include,
                upstream: &nginx.live_upstream,
                found: facts.host.includes.live_include.as_ref(),
            },
        ),
        include(
            "passive include",
            spec,
            facts,
            answers,
            &IncludeCheck {
                key: "passive_include",
                path: &nginx.passive_include,
                upstream: &nginx.passive_upstream,
                found: facts.host.includes.passive_include.as_ref(),
            },
        ),
    ];
    findings.extend(answers.all("mount").filter(|(word, _)| *word == "differs").map(|(_, file)| {
        Finding::bad(
            "mount",
            format!("{file} is a different file inside the nginx container: a file that is mounted alone never changes there"),
            "Mount its directory into the container, not the file.",
        )
    }));
    let live = (observation.live.answer.as_ref(), facts.host.live_tls.as_deref());
    findings.extend(entry_point("live entry point", "live", &spec.proxy.live, live));
    let passive = (facts.host.passive_answer.as_ref(), facts.host.passive_tls.as_deref());
    findings.extend(entry_point("passive entry point", "passive", &spec.proxy.passive, passive));
    findings.extend(recorded(member, observation));
    findings.push(ports(spec, facts, answers));
    findings.extend(old_workers(facts));
    findings
}

struct IncludeCheck<'a> {
    key: &'a str,
    path: &'a str,
    upstream: &'a str,
    found: Option<&'a IncludeFile>,
}

/// Checks that an include exists, can be parsed, and is the file that nginx reads.
fn include(
    name: &str,
    spec: &ComposeSpec,
    facts: &Facts,
    answers: &CheckResults<'_>,
    include: &IncludeCheck<'_>,
) -> Finding {
    let IncludeCheck { key, path, upstream, found } = *include;
    let proxy = &facts.preflight.host.proxy;
    let parsed = found.map(|file| color_of(&file.text, upstream, &spec.proxy));
    let color = match parsed {
        None => {
            return Finding::bad(
                name,
                format!("{path} is missing or not readable"),
                format!("Correct `nginx.{key}`, or run `flipside setup` to write the file."),
            );
        }
        Some(Err(why)) => {
            return Finding::bad(name, format!("{path}: {why}"), remedies::INCLUDE);
        }
        Some(Ok(color)) => color,
    };
    let real = |kind: &str, file: &str| {
        let found = answers.all(kind).find(|(name, real)| *name == file && !real.is_empty());
        found.map_or_else(|| file.to_owned(), |(_, real)| real.to_owned())
    };
    let file = proxy.served.upstream(upstream).map(|found| real("reads", &found.file));
    if file.as_ref() == Some(&real("real", path)) {
        return Finding::good(name, format!("it selects {color}, and nginx reads it"));
    }
    if proxy.dump_error.is_some() {
        return Finding::unknown(
            name,
            format!("it selects {color}, but it is unknown whether nginx reads it"),
            "Fix the findings about nginx and sudo first.",
        );
    }
    match file {
        None => Finding::bad(
            name,
            format!("nginx has no `upstream {upstream}`: it does not read {path}"),
            format!(
                "Add `include {path};` to the `http` block of nginx and reload it, or correct `nginx.{}`.",
                key.replace("include", "upstream")
            ),
        ),
        Some(file) => Finding::bad(
            name,
            format!("nginx reads `upstream {upstream}` from {file}, not from {path}"),
            format!("Set `nginx.{key}` to {file}, or make nginx include {path} instead."),
        ),
    }
}

/// Checks that an entry point answers and names the color: a switch is verified by such answers.
fn entry_point(
    name: &str,
    key: &str,
    entry_point: &EntryPoint,
    (answer, tls): (Option<&HttpAnswer>, Option<&str>),
) -> Vec<Finding> {
    let url = &entry_point.url;
    if let Some(why) = tls {
        return vec![Finding::bad(
            name,
            format!("TLS of {url} fails: {why}"),
            format!(
                "Its certificate must be valid for the name in `{key}.host_header`, and be signed by an authority that the host trusts or that `{key}.ca_file` contains."
            ),
        )];
    }
    let Some(answer) = answer.filter(|answer| answer.status.is_some()) else {
        return vec![Finding::bad(
            name,
            format!("{url} does not answer"),
            format!("Try `curl -i {url}` on the host, and correct `{key}.url` if it is wrong."),
        )];
    };
    let status = answer.status.unwrap_or_default();
    let mut findings = Vec::new();
    let color = answer.color.as_ref().map_or(String::new(), |color| format!(" as {color}"));
    let took = answer.took.as_millis();
    findings.push(if answer.is_ok() {
        Finding::good(name, format!("{url} answers {status}{color} in {took} ms"))
    } else {
        Finding::bad(
            name,
            format!("{url} answers {status}{color}"),
            format!("The app's log and /var/log/nginx/error.log say why. `{key}.url` must name a path that answers well."),
        )
    });
    if let Some(header) =
        entry_point.color_header.as_ref().filter(|_| answer.color.is_none() && answer.is_ok())
    {
        findings.push(Finding::bad(
            &format!("{key} header"),
            format!("answers of {url} have no {header} with the color, so a switch could not be verified"),
            format!("Add `add_header {header} $COLOR always;` to that server of nginx, with $COLOR from a `map $upstream_addr`; or correct `{key}.color_header`."),
        ));
    }
    findings
}

fn recorded(member: &Member, observation: &Observation) -> Vec<Finding> {
    let target = &member.target;
    let repairable = observation.drift.iter().filter(|drift| drift.repairable);
    repairable
        .map(|drift| {
            Finding::bad(
                "records",
                drift.what.clone(),
                format!("Run `flipside repair --only {target}`; it moves no users."),
            )
        })
        .collect()
}

/// Finds ports of colors on which another program listens: taken, although the container does not run.
fn ports(spec: &ComposeSpec, facts: &Facts, answers: &CheckResults<'_>) -> Finding {
    for (name, color) in &spec.proxy.colors {
        let taken = answers.all("port").any(|port| port == ("taken", color.address.as_str()));
        let runs = facts.replicas(&color.service).any(|c| c.running != Running::Stopped);
        if taken && !runs && facts.engine.is_none() {
            let port = color.address.rsplit(':').next().unwrap_or_default();
            return Finding::bad(
                "ports",
                format!("another program listens on {}, the port of {name}", color.address),
                format!(
                    "Run `ss -ltnp 'sport = :{port}'` as root to find it, or give {name} another `port`."
                ),
            );
        }
    }
    Finding::good("ports", "no other program listens on the ports of the colors")
}

fn old_workers(facts: &Facts) -> Option<Finding> {
    let proxy = &facts.preflight.host.proxy;
    if proxy.dump_error.is_some() {
        return None;
    }
    Some(match &proxy.served.worker_shutdown_timeout {
        Some(limit) => Finding::good("old workers", format!("they end within {limit}")),
        None => Finding::warn(
            "old workers",
            "nginx has no worker_shutdown_timeout: long connections keep old workers running, and each reload adds more",
            "Add `worker_shutdown_timeout 60s;` to the top of /etc/nginx/nginx.conf.",
        ),
    })
}
