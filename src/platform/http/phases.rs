//! The plan of each phase, for every platform whose targets are APIs.

use super::target::{Apis, View};
use super::{forward, rollback};
use crate::domain::phase::Phase;
use crate::domain::plan::{Intent, Refusal};
use crate::platform::contract::KnownMember;
use crate::platform::kit::builder::PlanBuilder;
use crate::platform::kit::freeze;

/// Plans a phase of the selected APIs. `view` reads the settings of one back.
pub fn plan(
    intent: &Intent,
    known: &[KnownMember<'_>],
    view: View,
) -> Result<PlanBuilder, Refusal> {
    let apis = Apis::of(intent, known, view);
    let warnings = unlocked(&apis);
    let frozen = freeze::find(intent, known);
    let mut builder = match intent.phase {
        Phase::Prepare => forward::prepare(intent, &apis.all_observed()?),
        Phase::Verify => forward::verify(intent, &apis.all_observed()?),
        Phase::GoLive => match &frozen {
            Some(frozen) => Err(frozen.refusal()),
            None => forward::go_live(intent, &apis.all_observed()?),
        },
        Phase::Rollback => rollback::plan(intent, &apis),
        Phase::Abandon => forward::abandon(intent, &apis),
        Phase::Unfreeze => forward::unfreeze(intent, &apis),
        // The capabilities of an API have none of these: nobody asks for them.
        phase @ (Phase::Finish | Phase::Repair | Phase::Setup) => Err(Refusal {
            reason: format!("an API has no phase `{phase}`"),
            remedy: String::new(),
            targets: Vec::new(),
        }),
    }?;
    builder.warnings.splice(..0, warnings);
    Ok(builder.warned(frozen.and_then(|frozen| frozen.warning(intent.phase))))
}

/// Returns a warning for each reason that APIs have no lock.
fn unlocked(apis: &Apis<'_>) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for api in apis.all.iter().filter(|api| api.spec.lock.is_none()) {
        let (why, name) = (api.spec.wording.unlocked, api.member.target.name());
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push(name),
            None => reasons.push((why, vec![name])),
        }
    }
    reasons.into_iter().map(|(why, names)| format!("{}: {why}", names.join(", "))).collect()
}
