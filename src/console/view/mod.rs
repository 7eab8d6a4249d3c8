//! The screen, drawn from `&State` alone. One file paints one part; `layout` says where.

pub mod band;
mod cards;
mod chips;
mod columns;
mod facts;
mod failure;
mod finish;
mod footer;
mod guide;
pub mod layout;
mod next;
mod one_line;
pub mod paint;
mod panes;
mod past;
mod phase_bar;
pub mod pointer;
mod release_summary;
mod rollback_desk;
mod rule;
mod screen;
pub mod shape;
mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use cards::tag_rows;

use super::dialog::{Arming, Dialog};
use super::state::State;

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    match state.page() {
        Some(page) => past::draw(state, page, area, buf),
        None => screen::draw(state, area, buf),
    }
    cards::draw(state, area, buf);
    finish::finish(state, area, buf);
}

/// So many lines of the card on top do not fit below its first.
pub fn beyond_card(state: &State) -> usize {
    let (width, height) = state.screen.size;
    cards::beyond(state, Rect { x: 0, y: 0, width, height })
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
