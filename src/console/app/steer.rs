//! Guides the run at work, and asks the hosts again.

use super::msg::Effect;
use super::run_state::Leaving;
use super::state::State;
use crate::console::screen::glyphs::Mark;
use crate::domain::event::Choice;
use crate::domain::order::Order;
use crate::domain::plan::Pause;

pub fn pause(state: &mut State) -> Vec<Effect> {
    let by = state.setup.operator.clone();
    // A wait that only a person ends is ended by the same key.
    let waits = state.run.deploy.paused || state.run.deploy.pausing == Some(Pause::UntilResumed);
    if waits && state.run.leaving == Leaving::AfterSteps {
        state.run.leaving = Leaving::No;
    }
    let order = if waits { Order::Resume { by } } else { Order::Pause { by } };
    vec![Effect::send(order)]
}

pub fn retry(state: &mut State) -> Vec<Effect> {
    let stuck = state.chosen_target().is_some_and(|target| state.is_stuck(target));
    if stuck { choose(state, Choice::Retry) } else { observe(state) }
}

pub fn observe(state: &mut State) -> Vec<Effect> {
    state.say(Mark::Work, "observing every host");
    vec![Effect::send(Order::Observe { targets: Vec::new() })]
}

pub fn skip(state: &mut State) -> Vec<Effect> {
    choose(state, Choice::Skip)
}

fn choose(state: &mut State, choice: Choice) -> Vec<Effect> {
    let Some(target) = state.chosen_target().cloned() else { return Vec::new() };
    let by = state.setup.operator.clone();
    vec![Effect::send(Order::Choose { target, choice, by })]
}
