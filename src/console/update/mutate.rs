//! The only place where an order that changes servers is made, and it asks for the proof.

use crate::console::dialog::{Confirmed, Mutation};
use crate::console::glyphs::Mark;
use crate::console::msg::Effect;
use crate::console::state::{Leaving, State};
use crate::domain::event::Choice;
use crate::domain::order::Order;
use crate::domain::target::Target;

pub fn carry_out(state: &mut State, confirmed: Confirmed<Mutation>) -> Vec<Effect> {
    let by = state.setup.operator.clone();
    let order = match confirmed.into_inner() {
        Mutation::Start { intent, basis } => {
            state.say(Mark::Work, format!("{}: asked for", intent.phase.title()));
            Order::Start { intent: *intent, basis }
        }
        Mutation::Abort => Order::Abort { by },
        Mutation::AbortAndLeave => {
            state.leaving = Leaving::WhenEnded;
            state.say(Mark::Work, "ending the run, then leaving; q again to leave at once");
            Order::Abort { by }
        }
        Mutation::Revert(target) => choose(state, target, Choice::Revert),
        Mutation::RevertAll(target) => choose(state, target, Choice::RevertAll),
        Mutation::Unlock(targets) => {
            let reason = "removed by hand in the console".to_owned();
            let (app, stack) = (state.setup.app.clone(), state.setup.stack.clone());
            Order::Unlock { app, stack, targets, reason, by }
        }
        Mutation::Answer { yes, note } => Order::Answer { yes, by, note },
    };
    vec![Effect::send(order)]
}

fn choose(state: &State, target: Target, choice: Choice) -> Order {
    Order::Choose { target, choice, by: state.setup.operator.clone() }
}
