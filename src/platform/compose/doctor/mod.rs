//! Doctor: checks in one round trip everything that a release needs on a host. Every finding that is not
//! good has a remedy: an exact command, or a key of the inventory.

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
use crate::domain::spec::{EntryPoint, Member};
use crate::domain::target::Carries;
use crate::platform::compose::spec::ComposeSpec;
use crate::platform::contract::{EntryPointCheck, ProbeReply};
use ask::CheckResults;
pub use ask::command;

/// Checks a member without asking its host.
pub fn examine(environment: &EnvName, member: &Member, spec: &ComposeSpec) -> Vec<Finding> {
    vec![match ask::compose_file(environment, member, spec) {
        Err(why) => Finding::bad("template", why, host::FIX_TEMPLATE),
        Ok(text) => Services::of(&text).finding(member, spec),
    }]
}

pub fn diagnose(
    environment: &EnvName,
    member: &Member,
    spec: &ComposeSpec,
    reply: &ProbeReply,
) -> Vec<Finding> {
    let answers = CheckResults::of(&reply.stdout);
    if answers.one("end").is_none() {
        return vec![shell::refused(reply)];
    }
    let mut findings = host::findings(environment, member, spec, &answers, reply);
    let observation = match observe::read(member, spec, reply, None) {
        Ok(observation) => observation,
        Err(why) => {
            findings.push(Finding::unknown("status", why, "Run `flipside status` to check again."));
            return findings;
        }
    };
    let facts = Facts::of(&observation).unwrap_or_default();
    findings.extend(host::observation_findings(member, spec, &observation, &facts));
    if member.carries == Carries::App {
        findings.extend(proxy::of_nginx(
            spec,
            &answers,
            facts.preflight.host.proxy.dump_error.as_ref(),
        ));
        if !facts.host.missing {
            findings.extend(proxy::findings(member, spec, &observation, &facts, &answers));
        }
    }
    findings
}

/// Returns the checks of the public URLs that the inventory names.
pub fn entry_point_checks(member: &Member, spec: &ComposeSpec) -> Vec<EntryPointCheck> {
    if member.carries != Carries::App {
        return Vec::new();
    }
    let check = |key: &str, entry_point: &EntryPoint| {
        let url = entry_point.public_url.as_ref()?.replace("{host}", &member.address);
        Some(EntryPointCheck {
            name: format!("{key} from here"),
            request: entry_point.request(url),
            remedy: format!("Open it for this machine, or correct `{key}.public_url`."),
        })
    };
    [("live", &spec.proxy.live), ("passive", &spec.proxy.passive)]
        .into_iter()
        .filter_map(|(key, entry_point)| check(key, entry_point))
        .collect()
}

/// Checks a stack as a whole: a migration needs exactly one primary.
pub fn stack_findings(members: &[&Member]) -> Vec<Finding> {
    if !members.iter().any(|member| member.platform.migrates()) {
        return Vec::new();
    }
    let primary: Vec<&str> =
        members.iter().filter(|member| member.primary).map(|m| m.target.name()).collect();
    vec![match primary.as_slice() {
        [one] => Finding::good("primary", format!("{one} runs the migration")),
        [] => Finding::bad(
            "primary",
            "there is a migration, but no host to run it on",
            "Give one host the role of `roles.primary`: `roles: [app, jobs, primary]`.",
        ),
        many => Finding::bad(
            "primary",
            format!("the migration would run on several hosts: {}", many.join(", ")),
            "Leave the role of `roles.primary` to one of them.",
        ),
    }]
}
