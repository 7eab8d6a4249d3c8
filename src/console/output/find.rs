//! Searching the output that has the keys.

use super::Towards;
use super::arrange::{in_hand, search_for, whose};
use crate::console::actions::ActionId;
use crate::console::app::state::State;
use crate::console::screen::glyphs::Mark;

/// From the newest line backwards: what just happened is mostly what is looked for.
pub fn begin(state: &mut State, text: String) {
    state.output.search = Some(text).filter(|text| !text.is_empty());
    search_for(state);
    let Some(text) = state.output.search.clone() else { return };
    let found = in_hand(state).is_some_and(|(pane, paper)| pane.find_last(&paper));
    if !found {
        let whose = whose(state);
        state.say(Mark::Warn, format!("{text:?} is not in the output of {whose}"));
    }
}

pub fn older(state: &mut State) {
    next(state, Towards::Older);
}

pub fn newer(state: &mut State) {
    next(state, Towards::Newer);
}

fn next(state: &mut State, towards: Towards) {
    let Some(text) = state.output.search.clone() else {
        let key = state.key_word(ActionId::Search);
        return state.say(Mark::Wait, format!("no search yet: {key} starts one"));
    };
    search_for(state);
    let found = in_hand(state).is_some_and(|(pane, paper)| pane.find(towards, &paper));
    if !found {
        let which = match towards {
            Towards::Older => "older",
            Towards::Newer => "newer",
        };
        state.say(Mark::Wait, format!("no {which} line has {text:?}"));
    }
}
