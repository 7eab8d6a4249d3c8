//! Leaving: at once without a run, else in the way that a person chose on the card.

use crate::console::actions::ActionId;
use crate::console::app::msg::Effect;
use crate::console::app::run_state::Leaving;
use crate::console::app::state::{Engine, State};
use crate::console::dialog::Dialog;
use crate::console::screen::glyphs::Mark;
use crate::domain::deploy::Doing;
use crate::domain::event::Verdict;
use crate::domain::order::Order;
use crate::domain::phase::Phase;

/// Leaves if no run is in progress. Otherwise it asks, and asks again if the first answer is being carried out.
pub fn quit(state: &mut State) -> Vec<Effect> {
    let asked = state
        .dialogs
        .iter()
        .any(|open| matches!(open.dialog, Dialog::Quit { .. } | Dialog::LeaveNow));
    match (state.running().is_some(), state.run.leaving) {
        (false, _) => return vec![Effect::Quit],
        _ if state.engine == Engine::Gone => return vec![Effect::Quit],
        (true, _) if asked => {}
        (true, Leaving::WhenEnded) => state.open(Dialog::LeaveNow),
        (true, _) => state.open(Dialog::Quit { scroll: 0 }),
    }
    Vec::new()
}

/// Starts no further step, and waits for the current ones.
pub fn after_steps(state: &mut State) -> Order {
    state.run.leaving = Leaving::AfterSteps;
    let key = state.key_word(ActionId::Pause);
    state.say(
        Mark::Work,
        format!("the running steps finish, then the console closes; {key} cancels that"),
    );
    Order::Pause { by: state.setup.operator.clone() }
}

/// Ends the run once the steps that were waited for have ended.
pub fn steps_ended(state: &mut State) -> Vec<Effect> {
    let works = state.run.deploy.targets.values().any(|target| target.doing == Doing::Working);
    if state.run.leaving != Leaving::AfterSteps || !state.run.deploy.paused || works {
        return Vec::new();
    }
    state.run.leaving = Leaving::WhenEnded;
    vec![Effect::send(Order::Abort { by: state.setup.operator.clone() })]
}

/// Handles a card that was closed without an answer: leaving after a rollback is cancelled with the rollback's card.
pub fn stays(state: &mut State) {
    let card = state.dialogs.last().map(|open| &open.dialog);
    if state.run.leaving == Leaving::AfterRollback && matches!(card, Some(Dialog::Rollback(_))) {
        state.run.leaving = Leaving::No;
    }
}

/// Returns whether the end of a run is what leaving waited for.
pub fn run_ended(state: &mut State, phase: Phase, verdict: &Verdict) -> bool {
    match state.run.leaving {
        Leaving::No => false,
        Leaving::WhenEnded | Leaving::AfterSteps => true,
        // This was the run that ends before the rollback starts.
        Leaving::AfterRollback if state.run.pending_rollback.is_some() => false,
        Leaving::AfterRollback => {
            let open = matches!(verdict, Verdict::Unknown { .. } | Verdict::Partly { .. });
            if open || (phase == Phase::Rollback && *verdict != Verdict::Done) {
                state.run.leaving = Leaving::No;
                return false;
            }
            true
        }
    }
}
