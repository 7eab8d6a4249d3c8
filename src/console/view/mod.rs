//! The screen, drawn from `&State` alone. One file paints one part; `layout` says where.

pub mod band;
mod cards;
mod chips;
mod columns;
mod deal;
mod facts;
mod failure;
mod finish;
mod foot;
mod guide;
pub mod layout;
mod next;
mod one_line;
pub mod paint;
mod panes;
mod past;
mod rail;
mod rule;
mod table;
pub mod under;
mod way_back;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use cards::tag_rows;

use super::dialog::{Arming, Dialog};
use super::state::{State, Zoom};
use layout::Shape;

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    match (state.page(), layout::shape(area)) {
        (Some(page), _) => past::draw(state, page, area, buf),
        (None, Shape::Line) => one_line::draw(state, area, buf),
        (None, shape) => draw_parts(state, shape, area, buf),
    }
    cards::draw(state, area, buf);
    finish::finish(state, area, buf);
}

fn draw_parts(state: &State, shape: Shape, area: Rect, buf: &mut Buffer) {
    let parts = layout::parts(state, area);
    band::draw(state, parts.band, buf);
    if state.screen.zoom == Zoom::Split {
        rail::draw(state, parts.rail, buf);
        deal::draw(state, parts.deal, buf);
        guide::draw(state, parts.guide, buf);
        match shape {
            Shape::Chips => chips::draw(state, parts.table, buf),
            _ => table::draw(state, parts.table, buf),
        }
        let (above, below) = way_back::split(state, parts.failure);
        way_back::draw(state, above, buf);
        failure::draw(state, below, buf);
    }
    panes::draw(state, parts.pane, buf);
    foot::draw(state, parts.foot, buf);
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
