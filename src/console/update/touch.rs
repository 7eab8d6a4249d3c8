//! What the mouse does: it looks, and it changes no server.

use super::hand;
use super::perform::run;
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
    if state.terminal.mouse == Mouse::Off {
        return Vec::new();
    }
    match touch {
        // A card is answered by keys alone. The wheel is as its arrows, which only look.
        Touch::Click(_) if !state.dialogs.is_empty() => {}
        Touch::Wheel(turned, _) if !state.dialogs.is_empty() => {
            let key = if turned == Turned::Up { Key::Up } else { Key::Down };
            return (0..LINES).flat_map(|_| hand::key(state, key)).collect();
        }
        Touch::Click(at) => match under(state, at) {
            Under::Host(target) => {
                state.fleet.chosen = Some(target);
                state.screen.focus = Focus::Table;
            }
            Under::Table => state.screen.focus = Focus::Table,
            Under::Output => state.screen.focus = Focus::Pane,
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
    let had = std::mem::replace(&mut state.screen.focus, over);
    let arrow = if turned == Turned::Up { Verb::Up } else { Verb::Down };
    for _ in 0..times {
        let _ = run(state, arrow);
    }
    state.screen.focus = had;
}
