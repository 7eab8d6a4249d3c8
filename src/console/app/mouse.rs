//! Turns mouse reports on and off.

use super::msg::Effect;
use super::state::State;
use crate::console::actions::ActionId;
use crate::console::integration::Mouse;
use crate::console::screen::glyphs::Mark;

pub fn toggle(state: &mut State) -> Vec<Effect> {
    let key = state.key_word(ActionId::Mouse);
    let words = match state.terminal.mouse {
        Mouse::Off => {
            state.terminal.mouse = Mouse::On;
            format!("the mouse chooses and scrolls; {key} gives it back for selecting text")
        }
        Mouse::On => {
            state.terminal.mouse = Mouse::Off;
            "the mouse is the terminal's again".to_owned()
        }
    };
    state.say(Mark::Ok, words);
    vec![Effect::Mouse(state.terminal.mouse)]
}
