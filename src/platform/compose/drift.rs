//! Drift of this platform: what is deployed, or that nothing is.

use super::facts::Facts;
use crate::domain::observation::{Drift, Observation};
use crate::domain::spec::Member;
use crate::platform::compose::spec::ComposeSpec;
use crate::platform::kit::drift::{self, DriftOf, Own};
use crate::platform::kit::remedies;

/// Returns all drift of one host, the most fundamental first.
pub fn find(
    member: &Member,
    spec: &ComposeSpec,
    observation: &Observation,
    facts: &Facts,
) -> Vec<Drift> {
    let of = DriftOf {
        member,
        stack: &spec.stack,
        proxy: Some(&spec.proxy),
        observation,
        facts: &facts.host,
    };
    let own = Own {
        runs: "container",
        set_up: remedies::set_up(member),
        always: not_deployed(member, spec, facts).into_iter().collect(),
        of_color: deployed_for_another(spec, observation, facts).into_iter().collect(),
    };
    drift::find(&of, own)
}

fn not_deployed(member: &Member, spec: &ComposeSpec, facts: &Facts) -> Option<Drift> {
    if facts.linked().is_some() {
        return None;
    }
    let (what, remedy) = facts.no_compose_file(&spec.stack.dir);
    Some(drift::drift(what, &remedy.unwrap_or_else(|| remedies::set_up(member))))
}

fn deployed_for_another(
    spec: &ComposeSpec,
    observation: &Observation,
    facts: &Facts,
) -> Option<Drift> {
    let serves = drift::serves(observation)?;
    let head = facts.linked()?.head.as_ref()?;
    let color = head.color.as_ref().filter(|color| *color != serves)?;
    Some(drift::repairable(format!(
        "{}/docker-compose.yml was written for {color} {}, but nginx serves {serves}",
        spec.stack.dir, head.release
    )))
}
