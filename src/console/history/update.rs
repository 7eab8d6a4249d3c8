//! Opens the list of past runs, and copies a summary.

use super::{HistoryRequest, summary};
use crate::console::app::msg::Effect;
use crate::console::app::state::State;
use crate::console::dialog::Dialog;
use crate::console::screen::glyphs::Mark;

pub fn open(state: &mut State) -> Vec<Effect> {
    state.open(Dialog::History(Box::default()));
    vec![Effect::HistoryRequest(HistoryRequest::List)]
}

pub fn copy_summary(state: &mut State) -> Vec<Effect> {
    let lines = summary::of_now(state);
    send(state, &lines)
}

/// To the terminal's clipboard.
pub fn send(state: &mut State, lines: &[String]) -> Vec<Effect> {
    let (count, way) = (lines.len(), state.terminal.clipboard.words());
    state.say(Mark::Ok, format!("summary of {count} lines sent to the clipboard by {way}"));
    vec![Effect::Copy(lines.join("\n"))]
}
