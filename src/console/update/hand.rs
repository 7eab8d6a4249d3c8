//! What the person's hands do: keys and pasted text.

use super::{said, verb};
use crate::console::actions;
use crate::console::glyphs::Mark;
use crate::console::key::Key;
use crate::console::msg::Effect;
use crate::console::state::State;

pub fn key(state: &mut State, key: Key) -> Vec<Effect> {
    let now = state.now.running;
    // These mean the same wherever one is.
    match key {
        Key::Ctrl('l') => return vec![Effect::Redraw],
        Key::Ctrl('c') => return super::open::quit(state),
        _ => {}
    }
    if let Some(top) = state.dialogs.last_mut() {
        let answer = top.key(key, now);
        return said::said(state, answer);
    }
    let Some(action) = actions::of_key(key) else { return Vec::new() };
    match (action.allowed)(state) {
        Ok(()) => verb::act(state, action.verb),
        Err(reason) => {
            state.say(Mark::Warn, format!("{} {}: {reason}", action.key_word(), action.name));
            Vec::new()
        }
    }
}

pub fn paste(state: &mut State, text: &str) {
    match state.dialogs.last_mut() {
        Some(top) => top.paste(text),
        None => state.say(Mark::Wait, "pasted text is not keys: it was dropped"),
    }
}
