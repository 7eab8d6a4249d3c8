//! nginx: that it runs, that it may be spoken to, that the files we write are the ones it reads, and
//! that both ways in answer and name the color.

use super::ask::Answers;
use crate::domain::finding::Finding;
use crate::domain::observation::{HttpAnswer, Observation, Running};
use crate::domain::spec::{ComposeSpec, EntryPoint, Member};
use crate::platform::compose::facts::{Facts, IncludeFile};
use crate::platform::compose::observe::color_of;
use crate::platform::compose::preflight::{DumpError, without_pid};
use crate::platform::compose::scripts;
use crate::platform::compose::setup::sudoers;

/// What holds whether or not the server was ever set up.
pub fn of_nginx(
    spec: &ComposeSpec,
    answers: &Answers<'_>,
    dump_error: Option<&DumpError>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    match answers.one("sudo") {
        None => {}
        Some((_, "")) => {
            findings.push(Finding::good("sudo", "nginx may be tested, shown and reloaded"));
        }
        Some((_, refused)) => findings.push(Finding::bad(
            "sudo",
            format!(
                "{} may not run `{}` with: {refused}",
                answers.user(),
                spec.nginx.command.join(" ")
            ),
            format!("as root: {}", sudoers(answers.user(), spec, answers.one("sudoers"))),
        )),
    }
    let command = spec.nginx.command.join(" ");
    let config = answers.one("config").unwrap_or(("refused", "it was not asked"));
    findings.push(match (answers.one("nginx"), config) {
        (_, ("refused", said)) if matches!(dump_error, Some(DumpError::NotInstalled(_))) => {
            Finding::bad(
                "nginx",
                format!("`{command}` cannot be run: {said}"),
                "`apt-get install nginx`, as root; or say in `nginx.command` how it is spoken to",
            )
        }
        (_, ("refused", said)) if said.contains("emerg") => Finding::bad(
            "nginx",
            format!("it does not take its configuration: {}", emerg(said)),
            format!(
                "mend that line; `{command} -t` says when it is right. Until then no switch is made"
            ),
        ),
        (_, ("refused", said))
            if answers.one("sudo").is_some_and(|(_, refused)| !refused.is_empty()) =>
        {
            Finding::unknown(
                "nginx",
                format!("`{command} -t` was not allowed: {said}"),
                "the finding about sudo comes first",
            )
        }
        (_, ("refused", said)) => Finding::bad(
            "nginx",
            format!("`{command} -t` fails, or does not end within 10 s: {said}"),
            "run it on the host; `nginx.command` says how nginx is spoken to",
        ),
        _ if matches!(dump_error, Some(DumpError::Unreadable(_))) => Finding::bad(
            "nginx",
            format!(
                "`{command} -T` cannot be understood: {}",
                dump_error.map_or("", DumpError::said)
            ),
            "simplify that line, or report it: without it nobody can tell what users reach",
        ),
        (Some(("runs", _)), _) => Finding::good("nginx", "it runs, and takes its configuration"),
        (_, _) => Finding::bad(
            "nginx",
            format!("it does not run: no process of {}", spec.nginx.pid_file),
            "`systemctl enable --now nginx`, as root; or name another `nginx.pid_file`",
        ),
    });
    findings
}

/// What is said after the time and the mark of an emergency.
fn emerg(said: &str) -> &str {
    said.split_once("[emerg] ").map_or(said, |(_, rest)| without_pid(rest))
}

pub fn findings(
    member: &Member,
    spec: &ComposeSpec,
    observation: &Observation,
    facts: &Facts,
    answers: &Answers<'_>,
) -> Vec<Finding> {
    let nginx = &spec.nginx;
    let mut findings = vec![
        include(
            "live include",
            spec,
            facts,
            answers,
            &Include {
                key: "live_include",
                path: &nginx.live_include,
                upstream: &nginx.live_upstream,
                found: facts.live_include.as_ref(),
            },
        ),
        include(
            "passive include",
            spec,
            facts,
            answers,
            &Include {
                key: "passive_include",
                path: &nginx.passive_include,
                upstream: &nginx.passive_upstream,
                found: facts.passive_include.as_ref(),
            },
        ),
    ];
    findings.extend(answers.all("mount").filter(|(word, _)| *word == "differs").map(|(_, file)| {
        Finding::bad(
            "mount",
            format!("{file} is another file inside nginx's container: mounted alone, it never changes there"),
            "mount its directory into the container, not the file",
        )
    }));
    let live = (observation.live.answer.as_ref(), facts.live_tls.as_deref());
    findings.extend(way_in("live side", "live", &spec.live, live));
    let passive = (facts.passive_answer.as_ref(), facts.passive_tls.as_deref());
    findings.extend(way_in("passive side", "passive", &spec.passive, passive));
    findings.extend(recorded(member, observation));
    findings.push(ports(spec, facts, answers));
    findings.extend(old_workers(facts));
    findings
}

struct Include<'a> {
    key: &'a str,
    path: &'a str,
    upstream: &'a str,
    found: Option<&'a IncludeFile>,
}

/// Is it there, is it understood, and is it what nginx reads?
fn include(
    name: &str,
    spec: &ComposeSpec,
    facts: &Facts,
    answers: &Answers<'_>,
    include: &Include<'_>,
) -> Finding {
    let Include { key, path, upstream, found } = *include;
    let proxy = &facts.preflight.proxy;
    let understood = found.map(|file| color_of(&file.text, upstream, spec));
    let color = match understood {
        None => {
            return Finding::bad(
                name,
                format!("{path} is not there, or may not be read"),
                format!(
                    "name the right file in `nginx.{key}`; `flipside setup` writes one where none is"
                ),
            );
        }
        Some(Err(why)) => {
            return Finding::bad(name, format!("{path}: {why}"), scripts::INCLUDE_REMEDY);
        }
        Some(Ok(color)) => color,
    };
    let real = |kind: &str, file: &str| {
        let found = answers.all(kind).find(|(name, real)| *name == file && !real.is_empty());
        found.map_or_else(|| file.to_owned(), |(_, real)| real.to_owned())
    };
    let file = proxy.served.upstream(upstream).map(|found| real("reads", &found.file));
    if file.as_ref() == Some(&real("real", path)) {
        return Finding::good(name, format!("it names {color}, and nginx reads it"));
    }
    if proxy.dump_error.is_some() {
        return Finding::unknown(
            name,
            format!("it names {color}; whether nginx reads it is not known"),
            "what is said of nginx and sudo comes first",
        );
    }
    match file {
        None => Finding::bad(
            name,
            format!("nginx has no `upstream {upstream}`: it does not read {path}"),
            format!(
                "add `include {path};` to nginx's `http` block and reload it; or name what it has in `nginx.{}`",
                key.replace("include", "upstream")
            ),
        ),
        Some(file) => Finding::bad(
            name,
            format!("nginx reads `upstream {upstream}` from {file}, not from {path}"),
            format!("name {file} in `nginx.{key}`, or have nginx include {path} in its place"),
        ),
    }
}

/// A switch is only a fact once answers say so: they must come, and name the color.
fn way_in(
    name: &str,
    key: &str,
    entry_point: &EntryPoint,
    (answer, tls): (Option<&HttpAnswer>, Option<&str>),
) -> Vec<Finding> {
    let url = &entry_point.url;
    if let Some(why) = tls {
        return vec![Finding::bad(
            name,
            format!("{url} does not prove who it is: {why}"),
            format!(
                "its certificate must hold the name in `{key}.host_header`, and be signed by an authority that the host trusts, or one of `{key}.ca_file`"
            ),
        )];
    }
    let Some(answer) = answer.filter(|answer| answer.status.is_some()) else {
        return vec![Finding::bad(
            name,
            format!("{url} does not answer"),
            format!("`curl -i {url}` on the host; name the right address in `{key}.url`"),
        )];
    };
    let status = answer.status.unwrap_or_default();
    let mut findings = Vec::new();
    let told = answer.color.as_ref().map_or(String::new(), |color| format!(" as {color}"));
    let took = answer.took.as_millis();
    findings.push(if answer.is_ok() {
        Finding::good(name, format!("{url} answers {status}{told} in {took} ms"))
    } else {
        Finding::bad(
            name,
            format!("{url} answers {status}{told}"),
            format!("the app's log and /var/log/nginx/error.log say why; a path that is well is named in `{key}.url`"),
        )
    });
    if let Some(header) =
        entry_point.color_header.as_ref().filter(|_| answer.color.is_none() && answer.is_ok())
    {
        findings.push(Finding::bad(
            &format!("{key} header"),
            format!("answers of {url} do not name the color in {header}: a switch could not be seen to work"),
            format!("in that server of nginx: `add_header {header} $COLOR always;`, with $COLOR from a `map $upstream_addr`; or name the header there is in `{key}.color_header`"),
        ));
    }
    findings
}

fn recorded(member: &Member, observation: &Observation) -> Vec<Finding> {
    let target = &member.target;
    let troubles =
        observation.drift.iter().filter(|drift| drift.remedy.contains("flipside repair"));
    troubles
        .map(|drift| {
            Finding::bad(
                "records",
                drift.what.clone(),
                format!("`flipside repair --only {target}` makes them agree without moving users"),
            )
        })
        .collect()
}

/// A port that is taken while its container does not run is somebody else's.
fn ports(spec: &ComposeSpec, facts: &Facts, answers: &Answers<'_>) -> Finding {
    for (name, color) in &spec.colors {
        let taken = answers.all("port").any(|port| port == ("taken", color.address.as_str()));
        let runs = facts.replicas(&color.service).any(|c| c.running != Running::Stopped);
        if taken && !runs && facts.engine.is_none() {
            let port = color.address.rsplit(':').next().unwrap_or_default();
            return Finding::bad(
                "ports",
                format!("{} is {name}'s, and something else listens there", color.address),
                format!(
                    "`ss -ltnp 'sport = :{port}'`, as root, says who; or give {name} another `port`"
                ),
            );
        }
    }
    Finding::good("ports", "nobody else listens at those of the colors")
}

fn old_workers(facts: &Facts) -> Option<Finding> {
    let proxy = &facts.preflight.proxy;
    if proxy.dump_error.is_some() {
        return None;
    }
    Some(match &proxy.served.worker_shutdown_timeout {
        Some(limit) => Finding::good("old workers", format!("they end within {limit}")),
        None => Finding::warn(
            "old workers",
            "nginx has no worker_shutdown_timeout: long connections keep old workers, and each reload adds more",
            "add `worker_shutdown_timeout 60s;` to the top of /etc/nginx/nginx.conf",
        ),
    })
}
