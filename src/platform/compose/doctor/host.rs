//! Findings about the server: tools, engine, registry, disk, clock, directories.

use super::ask;
use crate::domain::finding::Finding;
use crate::domain::names::{Color, EnvName};
use crate::domain::observation::{Observation, Slot};
use crate::domain::spec::Member;
use crate::platform::compose::facts::Facts;
use crate::platform::compose::services::Services;
use crate::platform::compose::spec::ComposeSpec;
use crate::platform::compose::workloads;
use crate::platform::contract::ProbeReply;
use crate::platform::kit::doctor::checks;
use crate::platform::kit::doctor::results::CheckResults;

const INSTALL: &str = "Run `apt-get install curl coreutils diffutils mawk` as root.";
const FREE_DISK: &str =
    "`flipside finish` removes images that neither color needs, `docker system df` shows the rest.";
const FIRST_DOCKER: &str = "Fix the docker findings above, then run `flipside doctor` again.";
pub const FIX_TEMPLATE: &str = "Fix the file that `template` names.";

pub fn findings(
    environment: &EnvName,
    member: &Member,
    spec: &ComposeSpec,
    answers: &CheckResults<'_>,
    reply: &ProbeReply,
) -> Vec<Finding> {
    let mut findings = vec![
        checks::shell(answers),
        checks::tools(answers, "curl, awk and coreutils are installed", INSTALL),
        docker(spec, answers),
        compose(answers),
    ];
    findings.extend(answers.one("registry").map(|(code, answer)| registry(spec, code, answer)));
    findings.extend(endpoint(spec, answers));
    match ask::compose_file(environment, member, spec) {
        Err(why) => {
            findings.push(Finding::bad("template", why, FIX_TEMPLATE));
        }
        Ok(text) => {
            let listed = answers.one("template").filter(|(word, _)| *word == "ok");
            findings.push(template(spec, answers));
            findings.push(
                Services::of(&text).and(listed.map(|(_, names)| names)).finding(member, spec),
            );
        }
    }
    findings.push(checks::clock(answers, reply));
    findings
}

fn docker(spec: &ComposeSpec, answers: &CheckResults<'_>) -> Finding {
    let (word, detail) = answers.one("docker").unwrap_or(("silent", ""));
    let user = answers.user();
    match word {
        "version" => Finding::good("docker", format!("Docker Engine {detail} answers")),
        "absent" => Finding::bad(
            "docker",
            format!("{detail} does not exist: Docker Engine is not installed or does not run"),
            "Run `systemctl enable --now docker` as root, or name another `docker_socket`.",
        ),
        "closed" => Finding::bad(
            "docker",
            format!("{user} has no access to {detail}"),
            format!("Run `usermod -aG docker {user}` as root; it takes effect at the next login."),
        ),
        _ => Finding::bad(
            "docker",
            format!("Docker Engine does not answer at {}: {detail}", spec.docker_socket),
            "`systemctl status docker` and `journalctl -u docker -n 50` say why. `systemctl restart docker` as root restarts it; containers with a restart policy start again.",
        ),
    }
}

/// Warns if the login user's `docker` uses another engine than releases do.
fn endpoint(spec: &ComposeSpec, answers: &CheckResults<'_>) -> Option<Finding> {
    let (_, other) = answers.one("endpoint")?;
    let socket = &spec.docker_socket;
    let found = format!(
        "`docker` of {} uses {other}, but releases use the engine at {socket}",
        answers.user()
    );
    let remedy = match other.strip_prefix("unix://") {
        Some(path) => {
            format!("If the app runs there, set `docker_socket: {path}` in the inventory.")
        }
        None => format!(
            "A release needs an engine with a socket on this host. If it is not at {socket}, set `docker_socket`."
        ),
    };
    Some(Finding::warn("engine", found, remedy))
}

fn compose(answers: &CheckResults<'_>) -> Finding {
    let (word, version) = answers.one("compose").unwrap_or(("absent", ""));
    let install = "Run `apt-get install docker-compose-plugin` (or docker-compose-v2) as root.";
    match word {
        "unasked" => Finding::unknown(
            "compose",
            "not checked, since the engine does not answer",
            FIRST_DOCKER,
        ),
        "version" if !version.starts_with("1.") => {
            Finding::good("compose", format!("docker compose {version}"))
        }
        "version" | "old" => Finding::bad(
            "compose",
            format!("only docker-compose {version} is installed, which fails with current engines"),
            install,
        ),
        _ => Finding::bad("compose", "`docker compose` is not installed", install),
    }
}

/// Judges the answer about a tag that does not exist: the best answer is that there is no such manifest.
fn registry(spec: &ComposeSpec, code: &str, answer: &str) -> Finding {
    let image = &spec.image;
    let message = answer.split("\"message\":\"").nth(1).unwrap_or(answer);
    let message = message.trim_end_matches(['}', '"', ' ']).replace("\\\"", "'");
    let login = "Add `registry` to the app in the inventory: server, user and password.";
    // An engine without any login answers 500 with this message.
    let code = if message.contains("no basic auth credentials") { "401" } else { code };
    match (code, spec.registry.is_some()) {
        ("200" | "404", _) => Finding::good("registry", format!("{image} can be reached")),
        ("401" | "403", true) => Finding::bad(
            "registry",
            format!("the login was rejected for {image}: {message}"),
            "Check `registry.user` and what `registry.password` names, and that this user may pull.",
        ),
        ("401" | "403", false) => Finding::unknown(
            "registry",
            format!("{image} requires a login; a login stored by docker on the host was not tried"),
            login,
        ),
        ("000" | "", _) => Finding::unknown(
            "registry",
            format!("no answer about {image} within 8 s: {message}"),
            "Try `curl -v` to the registry on this host. A slow registry makes pulls slow.",
        ),
        _ if message.contains("HTTP response to HTTPS") => Finding::bad(
            "registry",
            format!("it answers plain HTTP, but the engine requires HTTPS: {message}"),
            "Add it to `insecure-registries` in /etc/docker/daemon.json, or give it a certificate.",
        ),
        _ => Finding::bad(
            "registry",
            format!("{image} cannot be reached from this host: {message}"),
            "Check the name in `image`, and that this host can reach the registry.",
        ),
    }
}

fn template(spec: &ComposeSpec, answers: &CheckResults<'_>) -> Finding {
    let compose = compose(answers);
    match answers.one("template") {
        // Without the plugin, `docker` rejects the command, whatever the template says.
        Some(("refused", _)) if compose.is_bad() => Finding::unknown(
            "template",
            "not checked, since `docker compose` is missing",
            compose.severity.remedy().unwrap_or_default(),
        ),
        Some(("ok", _)) => Finding::good("template", "docker compose accepts the rendered file"),
        Some((_, message)) => Finding::bad(
            "template",
            format!("docker compose rejects the rendered file: {message}"),
            format!("Fix {}.", spec.template.path.display()),
        ),
        None => Finding::unknown(
            "template",
            "not checked, since the engine does not answer",
            FIRST_DOCKER,
        ),
    }
}

/// Returns the findings that follow from the observation of the server.
pub fn observation_findings(
    member: &Member,
    spec: &ComposeSpec,
    observation: &Observation,
    facts: &Facts,
) -> Vec<Finding> {
    let target = &member.target;
    let mut findings = vec![checks::disk(&spec.stack, observation, FREE_DISK)];
    if facts.host.missing {
        findings.push(Finding::bad(
            "set up",
            format!("{} does not exist: this server was never set up", spec.stack.dir),
            format!("Run `flipside setup {target} --release TAG`."),
        ));
    } else {
        findings.push(checks::directories(&spec.stack, &facts.preflight.host));
        findings.push(compose_link(member, spec, facts));
    }
    findings.extend(images(spec, observation, facts));
    findings.push(checks::lock(member, observation));
    findings
}

fn compose_link(member: &Member, spec: &ComposeSpec, facts: &Facts) -> Finding {
    let setup =
        || format!("Run `flipside setup {}` to write the first one.", member.as_arguments());
    let Some(file) = facts.linked() else {
        let (found, remedy) = facts.no_compose_file(&spec.stack.dir);
        return Finding::bad("compose file", found, remedy.unwrap_or_else(setup));
    };
    let preflight = &facts.preflight;
    if let Some(other) =
        preflight.preferred_compose_file.as_ref().or(preflight.override_file.as_ref())
    {
        return Finding::warn(
            "compose file",
            format!(
                "{} is deployed, but `docker compose`, run by hand, reads {other} instead or as well",
                file.name
            ),
            "Move what a release needs of it into the template, then remove the file.",
        );
    }
    Finding::good("compose file", format!("{} is deployed", file.name))
}

/// Compares the image of each color with the image that its tag means on this host today.
pub fn images(spec: &ComposeSpec, observation: &Observation, facts: &Facts) -> Vec<Finding> {
    let judge = |(name, slot): (&Color, &Slot)| {
        let service = &spec.proxy.colors.get(name)?.service;
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
                "{name} runs {} as {}, but on this host the tag now means {}",
                release.tag,
                digest.short(),
                tagged.digests[0].short()
            ),
            "This matters only when the color is created again. Release under tags that are never moved.",
        ))
    };
    observation.colors.iter().filter_map(judge).collect()
}
