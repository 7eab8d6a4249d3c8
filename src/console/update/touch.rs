//! What the mouse does: it looks, and it changes no server.

use super::verb;
use crate::console::actions::Verb;
use crate::console::key::Key;
use crate::console::manners::{Mouse, Touch, Turned};
use crate::console::msg::Effect;
use crate::console::state::{Focus, State};
use crate::console::view::under::{Under, under};

/// As many lines as most programs move.
const LINES: usize = 3;

pub fn touch(state: &mut State, touch: Touch) -> Vec<Effect> {
    // It was told before the terminal heard that nobody wants to know.
    if state.mouse == Mouse::Off {
        return Vec::new();
    }
    match touch {
        // A card is answered by keys alone. The wheel is as its arrows, which only look.
        Touch::Click(_) if !state.dialogs.is_empty() => {}
        Touch::Wheel(turned, _) if !state.dialogs.is_empty() => {
            let key = if turned == Turned::Up { Key::Up } else { Key::Down };
            return (0..LINES).flat_map(|_| super::hand::key(state, key)).collect();
        }
        Touch::Click(at) => match under(state, at) {
            Under::Host(target) => {
                state.chosen = Some(target);
                state.focus = Focus::Table;
            }
            Under::Table => state.focus = Focus::Table,
            Under::Output => state.focus = Focus::Pane,
            Under::Nothing => {}
        },
        Touch::Wheel(turned, at) => match under(state, at) {
            Under::Host(_) | Under::Table => wheel(state, Focus::Table, turned, 1),
            Under::Output => wheel(state, Focus::Pane, turned, LINES),
            Under::Nothing => {}
        },
    }
    Vec::new()
}

/// As the arrows would, had this part the keys; it gets them for no longer than that.
fn wheel(state: &mut State, over: Focus, turned: Turned, times: usize) {
    let had = std::mem::replace(&mut state.focus, over);
    let arrow = if turned == Turned::Up { Verb::Up } else { Verb::Down };
    for _ in 0..times {
        let _ = verb::act(state, arrow);
    }
    state.focus = had;
}

pub fn toggle(state: &mut State) -> Vec<Effect> {
    use crate::console::glyphs::Mark;
    let key = state.key_word(Verb::Mouse);
    let words = match state.mouse {
        Mouse::Off => {
            state.mouse = Mouse::On;
            format!("the mouse chooses and scrolls; {key} gives it back for selecting text")
        }
        Mouse::On => {
            state.mouse = Mouse::Off;
            "the mouse is the terminal's again".to_owned()
        }
    };
    state.say(Mark::Ok, words);
    vec![Effect::Mouse(state.mouse)]
}
