//! Opening the card of a plan, for each phase.

use super::PlanCard;
use crate::console::app::msg::Effect;
use crate::console::app::state::State;
use crate::console::dialog::{Confirmation, Dialog};
use crate::console::screen::glyphs::Mark;
use crate::console::sign_off;
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::plan::{Intent, RunRequest, Selection};
use crate::domain::release::Release;
use crate::domain::rollback::PassiveRole;

pub fn prepare(state: &mut State, release: Release) -> Vec<Effect> {
    plan(state, Phase::Prepare, Some(release))
}

/// A phase that works on what was prepared: narrowed to the release that the person sees there. A release that users were
/// rolled back from goes live again, and one that no record explains is stopped, only if the person names it: the planner
/// then says why and how.
pub fn prepared(state: &mut State, phase: Phase) -> Vec<Effect> {
    let must_be_named = match phase {
        Phase::GoLive => state.has_on_passive(PassiveRole::RolledBack),
        Phase::Abandon => state.has_on_passive(PassiveRole::Unknown),
        _ => false,
    };
    let release = state.release_summary().passive.release().cloned().filter(|_| !must_be_named);
    plan(state, phase, release)
}

/// Opens the question of a run that waits for a sign-off, else the plan to verify.
pub fn verify(state: &mut State) -> Vec<Effect> {
    if state.run.deploy.question.is_none() {
        return prepared(state, Phase::Verify);
    }
    sign_off::open(state);
    Vec::new()
}

pub fn plan(state: &mut State, phase: Phase, release: Option<Release>) -> Vec<Effect> {
    let selection = state.selection();
    let request = RunRequest { release, selection, ..RunRequest::new(phase) };
    let Some(intent) = intent(state, request) else { return Vec::new() };
    let environment = &state.setup.environment;
    // What moves users, and what cannot be taken back in an instant.
    let grave = matches!(phase, Phase::GoLive | Phase::Abandon | Phase::Finish);
    let typed = environment.protected && grave;
    let confirmation =
        if typed { Confirmation::typed(environment.name.as_str()) } else { Confirmation::Key };
    state.open(Dialog::Plan(Box::new(PlanCard::new(intent.clone(), confirmation))));
    vec![Effect::send(Order::Propose { intent })]
}

/// Opens the plan to repair the named hosts, whatever is marked.
pub fn repair(state: &mut State, selection: Selection) -> Vec<Effect> {
    let request = RunRequest { selection, ..RunRequest::new(Phase::Repair) };
    let Some(intent) = intent(state, request) else { return Vec::new() };
    state.open(Dialog::Plan(Box::new(PlanCard::new(intent.clone(), Confirmation::Key))));
    vec![Effect::send(Order::Propose { intent })]
}

/// Returns the intent of a request, or says why there is none.
pub fn intent(state: &mut State, request: RunRequest) -> Option<Intent> {
    let phase = request.phase;
    match state.intent(request) {
        Ok(intent) => Some(intent),
        Err(bad) => {
            state.say(Mark::Bad, format!("{} cannot be planned: {bad}", phase.title()));
            None
        }
    }
}
