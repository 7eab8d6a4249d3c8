//! Doctor: everything that a release needs on a host, asked in one round trip, and for whatever is
//! not good the remedy: an exact command, or a key of the inventory.

mod ask;
mod host;
mod proxy;
mod shell;
#[cfg(test)]
mod tests;

use super::services::Services;
use super::{facts::Facts, observe};
use crate::domain::finding::Finding;
use crate::domain::names::EnvName;
use crate::domain::spec::{ComposeSpec, EntryPoint, Member, PlatformSpec};
use crate::domain::target::Carries;
use crate::platform::{EntryPointCheck, ProbeReply};
use ask::Answers;
pub use ask::command;

/// What can be told of a member before its host is asked.
pub fn examine(environment: &EnvName, member: &Member, spec: &ComposeSpec) -> Vec<Finding> {
    vec![match ask::compose_file(environment, member, spec) {
        Err(why) => Finding::bad("template", why, "mend the file that `template` names"),
        Ok(text) => Services::of(&text).finding(member, spec),
    }]
}

pub fn diagnose(
    environment: &EnvName,
    member: &Member,
    spec: &ComposeSpec,
    reply: &ProbeReply,
) -> Vec<Finding> {
    let answers = Answers::of(&reply.stdout);
    if answers.one("end").is_none() {
        return vec![shell::refused(reply)];
    }
    let mut findings = host::findings(environment, member, spec, &answers, reply);
    let observation = match observe::read(member, spec, reply, None) {
        Ok(observation) => observation,
        Err(why) => {
            findings.push(Finding::unknown("look", why, "`flipside status` looks again"));
            return findings;
        }
    };
    let facts = Facts::of(&observation).unwrap_or_default();
    findings.extend(host::observation_findings(member, spec, &observation, &facts));
    if member.carries == Carries::App {
        findings.extend(proxy::of_nginx(spec, &answers, facts.preflight.proxy.dump_error.as_ref()));
        if !facts.missing {
            findings.extend(proxy::findings(member, spec, &observation, &facts, &answers));
        }
    }
    findings
}

/// What the inventory names for people elsewhere.
pub fn entry_point_checks(member: &Member, spec: &ComposeSpec) -> Vec<EntryPointCheck> {
    if member.carries != Carries::App {
        return Vec::new();
    }
    let way_in = |key: &str, entry_point: &EntryPoint| {
        let url = entry_point.public_url.as_ref()?.replace("{host}", &member.address);
        Some(EntryPointCheck {
            name: format!("{key} from here"),
            request: entry_point.request(url),
            remedy: format!("open it for this machine, or name another `{key}.public_url`"),
        })
    };
    [("live", &spec.live), ("passive", &spec.passive)]
        .into_iter()
        .filter_map(|(key, entry_point)| way_in(key, entry_point))
        .collect()
}

/// Of a stack as a whole.
pub fn stack(members: &[&Member]) -> Vec<Finding> {
    let migrates = |member: &&&Member| {
        let PlatformSpec::Compose(spec) = &member.platform;
        spec.migration.is_some()
    };
    if !members.iter().any(|member| migrates(&member)) {
        return Vec::new();
    }
    let primary: Vec<&str> =
        members.iter().filter(|member| member.primary).map(|m| m.target.name()).collect();
    vec![match primary.as_slice() {
        [one] => Finding::good("primary", format!("{one} runs the migration")),
        [] => Finding::bad(
            "primary",
            "there is a migration, and no host to run it on",
            "give one host the role of `roles.primary`: `roles: [app, jobs, primary]`",
        ),
        many => Finding::bad(
            "primary",
            format!("the migration would run on each of {}", many.join(", ")),
            "leave the role of `roles.primary` to one of them",
        ),
    }]
}
