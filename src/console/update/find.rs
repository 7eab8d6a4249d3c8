//! Searching the chosen host's output.

use crate::console::actions::Verb;
use crate::console::glyphs::Mark;
use crate::console::search::Towards;
use crate::console::state::State;

/// From the newest line backwards: what just happened is mostly what is looked for.
pub fn begin(state: &mut State, text: String) {
    state.search = Some(text).filter(|text| !text.is_empty());
    let (Some(text), Some(target)) = (state.search.clone(), state.chosen_target().cloned()) else {
        return;
    };
    if !state.pane_mut(&target).find_last(&text) {
        state.say(Mark::Warn, format!("{text:?} is not in the output of {target}"));
    }
}

pub fn next(state: &mut State, towards: Towards) {
    let (Some(text), Some(target)) = (state.search.clone(), state.chosen_target().cloned()) else {
        let key = state.key_word(Verb::Search);
        state.say(Mark::Wait, format!("nothing is looked for yet: {key} does"));
        return;
    };
    if !state.pane_mut(&target).find(&text, towards) {
        let which = match towards {
            Towards::Older => "older",
            Towards::Newer => "newer",
        };
        state.say(Mark::Wait, format!("no {which} line has {text:?}"));
    }
}
