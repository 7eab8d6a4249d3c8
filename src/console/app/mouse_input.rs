//! Mouse input. It only changes the view, and no server.

use super::input;
use super::msg::Effect;
use super::perform::run;
use super::state::{Focus, State};
use crate::console::actions::ActionId;
use crate::console::integration::{Mouse, MouseInput, WheelDirection};
use crate::console::keys::key::Key;
use crate::console::screen::pointer::{Under, under};

/// As many lines as most programs move.
const LINES: usize = 3;

pub fn touch(state: &mut State, touch: MouseInput) -> Vec<Effect> {
    // The event was sent before the terminal switched the mouse off.
    if state.terminal.mouse == Mouse::Off {
        return Vec::new();
    }
    match touch {
        // A card is answered by keys alone. The wheel acts like its arrows, which only scroll.
        MouseInput::Click(_) if !state.dialogs.is_empty() => {}
        MouseInput::Wheel(turned, _) if !state.dialogs.is_empty() => {
            let key = if turned == WheelDirection::Up { Key::Up } else { Key::Down };
            return (0..LINES).flat_map(|_| input::key(state, key)).collect();
        }
        MouseInput::Click(at) => match under(state, at) {
            Under::Host(target) => {
                state.fleet.chosen = Some(target);
                state.screen.focus = Focus::Table;
            }
            Under::Table => state.screen.focus = Focus::Table,
            Under::Output => state.screen.focus = Focus::Pane,
            Under::Nothing => {}
        },
        MouseInput::Wheel(turned, at) => match under(state, at) {
            Under::Host(_) | Under::Table => wheel(state, Focus::Table, turned, 1),
            Under::Output => wheel(state, Focus::Pane, turned, LINES),
            Under::Nothing => {}
        },
    }
    Vec::new()
}

/// As the arrows would, had this part the keys; it gets them for no longer than that.
fn wheel(state: &mut State, over: Focus, turned: WheelDirection, times: usize) {
    let had = std::mem::replace(&mut state.screen.focus, over);
    let arrow = if turned == WheelDirection::Up { ActionId::Up } else { ActionId::Down };
    for _ in 0..times {
        let _ = run(state, arrow);
    }
    state.screen.focus = had;
}
