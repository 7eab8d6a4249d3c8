//! What `doctor` asks an agent, and what it says of agents in general.

use super::spec::AgentSpec;
use crate::domain::finding::Finding;
use crate::domain::spec::Member;
use crate::platform::contract::EntryPointCheck;
use crate::platform::http::request;

pub fn entry_point_checks(member: &Member, spec: &AgentSpec) -> Vec<EntryPointCheck> {
    let AgentSpec { app, .. } = spec;
    vec![EntryPointCheck {
        name: format!("{app} on {}", member.target),
        request: request::get(&spec.api, &spec.api.observe.path),
        remedy: "Check `agent.url`, `agent.user`, `agent.password` and `agent.app`, and the network between this machine \
                 and the agent."
            .to_owned(),
    }]
}

/// Returns what no agent can say, so that nobody learns it in a release.
pub fn blind_spots() -> Vec<Finding> {
    vec![
        Finding::warn(
            "lock",
            "the agent has no lock for a run, only one while it answers a request",
            "Agree on who releases: nothing prevents a second run at the same time.",
        ),
        Finding::warn(
            "rollback",
            "the agent does not record which release was live before",
            "Note it before you go live; the plan names it. Roll back with `flipside rollback --to RELEASE`.",
        ),
        Finding::warn(
            "hooks",
            "the agent shows no output of hooks, and gives no reason for a failure",
            "Keep access to the log of the agent on its host.",
        ),
    ]
}
