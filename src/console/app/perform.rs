//! Runs an action of the table, if it is allowed.

use super::msg::Effect;
use super::state::State;
use crate::console::actions::{ActionId, find_action};
use crate::console::screen::glyphs::Mark;

/// Runs the action, or says why it is not possible.
pub fn act(state: &mut State, id: ActionId) -> Vec<Effect> {
    find_action(id).map(|action| if_allowed(state, id, action.run)).unwrap_or_default()
}

pub fn if_allowed(
    state: &mut State,
    id: ActionId,
    then: impl FnOnce(&mut State) -> Vec<Effect>,
) -> Vec<Effect> {
    let Some(action) = find_action(id) else { return Vec::new() };
    match action.possible(state) {
        Ok(()) => then(state),
        Err(reason) => {
            let key = state.key_word(id);
            state.say(Mark::Warn, format!("{key} {}: {reason}", action.name));
            Vec::new()
        }
    }
}

/// Runs the action without asking whether it is allowed.
pub fn run(state: &mut State, id: ActionId) -> Vec<Effect> {
    find_action(id).map(|action| (action.run)(state)).unwrap_or_default()
}
