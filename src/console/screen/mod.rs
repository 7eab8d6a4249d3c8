//! The screen, drawn from `&State` alone. One file paints one part; `layout` says where.

pub mod band;
pub mod finish;
pub mod footer;
pub mod glyphs;
mod guide;
pub mod layout;
pub mod next;
mod one_line;
pub mod paint;
mod phase_bar;
pub mod phases;
pub mod pointer;
pub mod rule;
pub mod shape;
pub mod split;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::console::app::state::State;
use crate::console::dialog::{self, Arming, Dialog};
use crate::console::history;

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    match state.page() {
        Some(page) => history::view::draw(state, page, area, buf),
        None => split::draw(state, area, buf),
    }
    dialog::view::draw(state, area, buf);
    finish::finish(state, area, buf);
}

/// So many lines of the card on top do not fit below its first.
pub fn beyond_card(state: &State) -> usize {
    let (width, height) = state.screen.size;
    dialog::view::beyond(state, Rect { x: 0, y: 0, width, height })
}

/// Is something on the screen that moves more often than the clock does?
pub fn is_counting(state: &State) -> bool {
    let top = state.dialogs.last().map(|open| &open.dialog);
    match top {
        Some(Dialog::Rollback(card)) => matches!(card.arming, Arming::Armed { .. }),
        Some(Dialog::Replay(replay)) => replay.playing,
        _ => false,
    }
}
