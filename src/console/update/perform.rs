//! Does what an action of the table does, where it is allowed.

use crate::console::actions::{Verb, of_verb};
use crate::console::glyphs::Mark;
use crate::console::msg::Effect;
use crate::console::state::State;

/// Runs the action, or says why it is not possible.
pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    of_verb(verb).map(|action| if_allowed(state, verb, action.run)).unwrap_or_default()
}

pub fn if_allowed(
    state: &mut State,
    verb: Verb,
    then: impl FnOnce(&mut State) -> Vec<Effect>,
) -> Vec<Effect> {
    let Some(action) = of_verb(verb) else { return Vec::new() };
    match (action.allowed)(state) {
        Ok(()) => then(state),
        Err(reason) => {
            let key = state.key_word(verb);
            state.say(Mark::Warn, format!("{key} {}: {reason}", action.name));
            Vec::new()
        }
    }
}

/// Runs the action without asking whether it is allowed.
pub fn run(state: &mut State, verb: Verb) -> Vec<Effect> {
    of_verb(verb).map(|action| (action.run)(state)).unwrap_or_default()
}
