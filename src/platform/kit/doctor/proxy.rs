//! Findings about nginx: it runs, we may test and reload it, it reads the files that we write, and both entry
//! points answer and name the color.

use super::results::CheckResults;
use crate::domain::finding::Finding;
use crate::domain::names::Color;
use crate::domain::observation::{HttpAnswer, Observation};
use crate::domain::spec::{EntryPoint, Member};
use crate::platform::kit::facts::HostFacts;
use crate::platform::kit::include::{IncludeFile, color_of};
use crate::platform::kit::preflight::Preflight;
use crate::platform::kit::proxy::{DumpError, without_pid};
use crate::platform::kit::remedies;
use crate::platform::kit::spec::ProxySpec;
use crate::platform::kit::sudoers::sudoers;

/// The host whose proxy is checked.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'a> {
    pub member: &'a Member,
    /// The name of the stack, for files that setup writes.
    pub name: &'a str,
    pub proxy: &'a ProxySpec,
    pub observation: &'a Observation,
    pub facts: &'a HostFacts,
    pub preflight: &'a Preflight,
    pub answers: &'a CheckResults<'a>,
}

/// Returns the findings that do not depend on whether the server was set up.
pub fn of_nginx(checked: &Checked<'_>) -> Vec<Finding> {
    let Checked { proxy, preflight, answers, .. } = *checked;
    let dump_error = preflight.proxy.dump_error.as_ref();
    let mut findings = Vec::new();
    findings.extend(of_sudo(checked));
    let command = proxy.nginx.command.join(" ");
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
            format!("it does not run: {} names no process", proxy.nginx.pid_file),
            "Run `systemctl enable --now nginx` as root, or correct `nginx.pid_file`.",
        ),
    });
    findings
}

/// Returns whether sudo allows what is needed of nginx, where it was asked.
fn of_sudo(checked: &Checked<'_>) -> Option<Finding> {
    let Checked { name, proxy, answers, .. } = *checked;
    match answers.one("sudo")? {
        (_, "") => Some(Finding::good("sudo", "nginx may be tested, dumped and reloaded")),
        (_, refused) => Some(Finding::bad(
            "sudo",
            format!(
                "{} may not run `{}` with: {refused}",
                answers.user(),
                proxy.nginx.command.join(" ")
            ),
            format!(
                "Run as root: {}",
                sudoers(answers.user(), &proxy.nginx, name, answers.one("sudoers"))
            ),
        )),
    }
}

/// Returns the message after the time and `[emerg]`.
fn emerg(output: &str) -> &str {
    output.split_once("[emerg] ").map_or(output, |(_, rest)| without_pid(rest))
}

/// Returns the findings about a server that was set up. `may_listen` returns whether what runs as a color may be what listens
/// on its port.
pub fn findings(checked: &Checked<'_>, may_listen: &dyn Fn(&Color) -> bool) -> Vec<Finding> {
    let Checked { proxy, observation, facts, answers, .. } = *checked;
    let nginx = &proxy.nginx;
    let mut findings = vec![
        include(
            "live include",
            checked,
            &IncludeCheck {
                key: "live_include",
                path: &nginx.live_include,
                upstream: &nginx.live_upstream,
                found: facts.includes.live_include.as_ref(),
            },
        ),
        include(
            "passive include",
            checked,
            &IncludeCheck {
                key: "passive_include",
                path: &nginx.passive_include,
                upstream: &nginx.passive_upstream,
                found: facts.includes.passive_include.as_ref(),
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
    let live = (observation.live.answer.as_ref(), facts.live_tls.as_deref());
    findings.extend(entry_point("live entry point", "live", &proxy.live, live));
    let passive = (facts.passive_answer.as_ref(), facts.passive_tls.as_deref());
    findings.extend(entry_point("passive entry point", "passive", &proxy.passive, passive));
    findings.extend(recorded(checked));
    findings.push(ports(checked, may_listen));
    findings.extend(old_workers(checked.preflight));
    findings
}

struct IncludeCheck<'a> {
    key: &'a str,
    path: &'a str,
    upstream: &'a str,
    found: Option<&'a IncludeFile>,
}

/// Checks that an include exists, can be parsed, and is the file that nginx reads.
fn include(name: &str, checked: &Checked<'_>, include: &IncludeCheck<'_>) -> Finding {
    let answers = checked.answers;
    let IncludeCheck { key, path, upstream, found } = *include;
    let proxy = &checked.preflight.proxy;
    let parsed = found.map(|file| color_of(&file.text, upstream, checked.proxy));
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
pub fn entry_point(
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

fn recorded(checked: &Checked<'_>) -> Vec<Finding> {
    let target = &checked.member.target;
    let repairable = checked.observation.drift.iter().filter(|drift| drift.repairable);
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

/// Finds ports of colors on which another program listens: taken, although the color does not run.
fn ports(checked: &Checked<'_>, may_listen: &dyn Fn(&Color) -> bool) -> Finding {
    for (name, color) in &checked.proxy.colors {
        let mut ports = checked.answers.all("port");
        let taken = ports.any(|port| port == ("taken", color.address.as_str()));
        if taken && !may_listen(name) {
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

fn old_workers(preflight: &Preflight) -> Option<Finding> {
    let proxy = &preflight.proxy;
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
