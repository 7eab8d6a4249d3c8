//! The only place where an order that changes servers is made, and it asks for the proof.

use std::time::Duration;

use super::msg::Effect;
use super::run_state::{Leaving, PendingRollback};
use super::state::State;
use crate::console::actions::ActionId;
use crate::console::dialog::{Confirmed, Mutation};
use crate::console::leave;
use crate::console::screen::glyphs::Mark;
use crate::domain::event::Choice;
use crate::domain::names::RunId;
use crate::domain::order::Order;
use crate::domain::target::Target;

/// The engine may still be tidying up after the run that ended, and take no other: it is asked again
/// until it begins.
const AGAIN: Duration = Duration::from_millis(500);

/// Begins what was confirmed for when the run has ended.
pub fn afterwards(state: &mut State) -> Vec<Effect> {
    let (running, now) = (state.running().is_some(), state.now.running);
    let waits = |next: &&mut PendingRollback| {
        next.asked.is_none_or(|asked| now.saturating_sub(asked) >= AGAIN)
    };
    // Asked first, so that time alone changes nothing of the run.
    if state.run.pending_rollback.is_none() {
        return Vec::new();
    }
    let Some(next) = state.run.pending_rollback.as_mut().filter(waits).filter(|_| !running) else {
        return Vec::new();
    };
    next.asked = Some(now);
    vec![Effect::send(Order::Start { intent: (*next.intent).clone(), basis: None })]
}

/// It has begun.
pub fn begun(state: &mut State, run: &RunId) {
    state.run.pending_rollback.take_if(|next| next.intent.run == *run);
}

pub fn carry_out(state: &mut State, confirmed: Confirmed<Mutation>) -> Vec<Effect> {
    let by = state.setup.operator.clone();
    let order = match confirmed.into_inner() {
        Mutation::Start { intent, basis } => {
            state.say(Mark::Work, format!("{}: asked for", intent.phase.title()));
            Order::Start { intent: *intent, basis }
        }
        Mutation::Abort => Order::Abort { by },
        Mutation::AbortAndLeave => {
            state.run.leaving = Leaving::WhenEnded;
            let again = state.key_word(ActionId::Quit);
            let words = format!("ending the run, then leaving; {again} again to leave at once");
            state.say(Mark::Work, words);
            Order::Abort { by }
        }
        Mutation::FinishStepsAndLeave => leave::update::after_steps(state),
        Mutation::EndAndRollback { intent } => {
            state.run.pending_rollback = Some(PendingRollback { intent, asked: None });
            state.say(Mark::Work, "ending the run, then rolling users back");
            Order::Abort { by }
        }
        Mutation::Revert(target) => choose(state, target, Choice::Revert),
        Mutation::RevertAll(target) => choose(state, target, Choice::RevertAll),
        Mutation::Unlock { locks, reason } => {
            let (app, stack) = (state.setup.app.clone(), state.setup.stack.clone());
            Order::Unlock { app, stack, locks, reason, by }
        }
        Mutation::Answer { yes, note } => Order::Answer { yes, by, note },
    };
    vec![Effect::send(order)]
}

fn choose(state: &State, target: Target, choice: Choice) -> Order {
    Order::Choose { target, choice, by: state.setup.operator.clone() }
}
