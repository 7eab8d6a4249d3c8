//! The phases of a stack: which planner plans which, and what a freeze closes, whatever runs the releases.

use super::builder::{self, PlanBuilder};
use super::host::{HostView, StackHosts};
use super::runtime::Runtime;
use super::{abandon, finish, freeze, go_live, repair, rollback, unfreeze, verify};
use crate::domain::availability::Availabilities;
use crate::domain::phase::Phase;
use crate::domain::plan::{Intent, Plan, Refusal};
use crate::platform::contract::KnownMember;

/// Plans a phase. `view` makes the view of a host, and `own` plans what each platform does in its own way: prepare and setup.
pub fn plan<'a, R: Runtime>(
    intent: &Intent,
    known: &'a [KnownMember<'a>],
    availability: &Availabilities,
    view: impl Fn(&'a KnownMember<'a>) -> Option<HostView<'a, R>>,
    own: impl FnOnce(&StackHosts<'a, R>) -> Result<PlanBuilder, Refusal>,
) -> Result<Plan, Refusal> {
    let stack = StackHosts::of(intent, known, view);
    let basis = builder::basis(intent, known);
    let frozen = freeze::find(intent, known);
    let builder = match intent.phase {
        Phase::Prepare | Phase::Setup => own(&stack.all_observed()?),
        Phase::Verify => verify::plan(intent, &stack.all_observed()?),
        Phase::GoLive => match &frozen {
            Some(frozen) => Err(frozen.refusal()),
            None => go_live::plan(intent, &stack.all_observed()?),
        },
        Phase::Rollback => rollback::plan(intent, &stack, known, availability),
        Phase::Abandon => abandon::plan(intent, &stack),
        Phase::Finish => finish::plan(intent, &stack.all_observed()?),
        Phase::Repair => repair::plan(intent, &stack),
        Phase::Unfreeze => unfreeze::plan(intent, &stack),
    }?;
    Ok(builder.warned(frozen.and_then(|frozen| frozen.warning(intent.phase))).build(basis))
}
