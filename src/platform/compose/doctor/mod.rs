//! Doctor: checks in one round trip everything that a release needs on a host. Every finding that is not
//! good has a remedy: an exact command, or a key of the inventory.

mod ask;
mod host;
#[cfg(test)]
mod tests;

use super::services::Services;
use super::{facts::Facts, observe};
use crate::domain::finding::Finding;
use crate::domain::names::{Color, EnvName};
use crate::domain::observation::{Observation, Running};
use crate::domain::spec::Member;
use crate::domain::target::Carries;
use crate::platform::compose::spec::ComposeSpec;
use crate::platform::contract::{EntryPointCheck, ProbeReply};
use crate::platform::kit::doctor::proxy::{self, Checked};
use crate::platform::kit::doctor::results::CheckResults;
use crate::platform::kit::doctor::{checks, shell};
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
            findings.push(Finding::unknown(
                "status",
                why.to_string(),
                "Run `flipside status` to check again.",
            ));
            return findings;
        }
    };
    let facts = Facts::of(&observation).unwrap_or_default();
    findings.extend(host::observation_findings(member, spec, &observation, &facts));
    if member.carries == Carries::App {
        let checked = checked(member, spec, &observation, &facts, &answers);
        findings.extend(proxy::of_nginx(&checked));
        if !facts.host.missing {
            findings.extend(proxy::findings(&checked, &|name| may_listen(spec, &facts, name)));
        }
    }
    findings
}

fn checked<'a>(
    member: &'a Member,
    spec: &'a ComposeSpec,
    observation: &'a Observation,
    facts: &'a Facts,
    answers: &'a CheckResults<'a>,
) -> Checked<'a> {
    Checked {
        member,
        name: &spec.project,
        proxy: &spec.proxy,
        observation,
        facts: &facts.host,
        preflight: &facts.preflight.host,
        answers,
    }
}

/// Returns whether the containers of a color may listen on its port.
fn may_listen(spec: &ComposeSpec, facts: &Facts, name: &Color) -> bool {
    let service = spec.proxy.colors.get(name).map_or("", |color| color.service.as_str());
    facts.engine.is_some() || facts.replicas(service).any(|c| c.running != Running::Stopped)
}

/// Returns the checks of the public URLs that the inventory names.
pub fn entry_point_checks(member: &Member, spec: &ComposeSpec) -> Vec<EntryPointCheck> {
    let proxy = &spec.proxy;
    checks::entry_points(member, &[("live", &proxy.live), ("passive", &proxy.passive)])
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
