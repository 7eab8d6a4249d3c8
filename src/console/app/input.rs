//! What the person's hands do: keys and pasted text.

use super::dialog_result;
use super::msg::Effect;
use super::perform::act;
use super::state::State;
use crate::console::actions::find_action;
use crate::console::dialog::{Dialog, Pasted, Pick, SWALLOW, read};
use crate::console::help::HelpCard;
use crate::console::keys::key::Key;
use crate::console::palette;
use crate::console::releases;
use crate::console::screen::glyphs::Mark;

pub fn key(state: &mut State, key: Key) -> Vec<Effect> {
    let now = state.now.running;
    // These mean the same wherever one is.
    match key {
        Key::Ctrl('l') => return vec![Effect::Redraw],
        Key::Ctrl('c') => return crate::console::leave::update::quit(state),
        _ => {}
    }
    if was_for_another_window(state, key) {
        let words = format!("{} came with the window: press it again", key.word());
        state.say(Mark::Wait, words);
        return Vec::new();
    }
    if asks_for_help(state, key) {
        state.open(Dialog::Help(HelpCard::default()));
        return Vec::new();
    }
    if let Some(top) = state.dialogs.last_mut() {
        let answer = top.key(key, now);
        let effects = dialog_result::said(state, answer);
        read::hold(state);
        return effects;
    }
    state.setup.keys.find(key).map(|id| act(state, id)).unwrap_or_default()
}

/// On a card or a page: help about that. Where text is typed, `?` is text.
fn asks_for_help(state: &State, key: Key) -> bool {
    let Some(top) = state.dialogs.last() else { return false };
    let help = key == Key::F(1) || (key == Key::Char('?') && !top.takes_letters());
    help && !matches!(top.dialog, Dialog::Help(_) | Dialog::Prompt(_))
}

/// The first keys after the window came to the front may have been meant for the one before it. Only
/// those count that could do harm, and only where they are not letters of a text.
fn was_for_another_window(state: &State, key: Key) -> bool {
    let (now, since) = (state.now.running, state.terminal.in_front_since);
    if since.is_none_or(|since| now.saturating_sub(since) >= SWALLOW) {
        return false;
    }
    if let Some(top) = state.dialogs.last() {
        return key.is_upper_case() && !top.takes_text();
    }
    let action = state.setup.keys.find(key).and_then(find_action);
    key.is_upper_case() || action.is_some_and(|action| action.class.changes_servers())
}

pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let pasted = state.dialogs.last_mut().map_or(Pasted::Dropped, |top| top.paste(text));
    if state.is_picking() {
        return releases::update::pick(state, Pick::Typed);
    }
    if matches!(state.dialogs.last().map(|top| &top.dialog), Some(Dialog::Palette(_))) {
        palette::update::typed(state);
    }
    if pasted == Pasted::Dropped {
        state.say(Mark::Wait, "pasted text is not keys: it was dropped");
    }
    Vec::new()
}
