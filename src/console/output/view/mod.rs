//! The output: of the chosen host, of some side by side, or of all in one. Only rows that are seen are
//! ever touched.

mod facts;
pub mod failure;
pub mod grid;
mod rows;
mod rule;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::View;
use crate::console::app::state::State;
use crate::console::screen::layout;
use crate::domain::target::Target;

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let places = grid::places(area, state.output.panes.view.panes());
    if state.output.panes.view == View::All {
        if let Some(place) = places.first() {
            draw_pane(state, None, *place, buf);
        }
        return;
    }
    let shown = state.output.panes.visible(state.chosen_target(), places.len());
    // Before anything happened nobody was picked.
    let shown = if shown.is_empty() { state.fleet.chosen.as_slice() } else { shown };
    for (at, place) in places.iter().enumerate() {
        draw_pane(state, shown.get(at), *place, buf);
        if place.x > area.x {
            between(state, *place, buf);
        }
    }
}

fn draw_pane(state: &State, target: Option<&Target>, place: Rect, buf: &mut Buffer) {
    let pane = match target {
        Some(target) => state.output.panes.get(target),
        None if state.output.panes.view == View::All => Some(state.output.panes.all()),
        None => None,
    };
    let Some(top) = crate::console::screen::paint::row(place, 0) else { return };
    rule::draw(state, target, pane, top, buf);
    let body = Rect { y: place.y + 1, height: place.height - 1, ..place };
    match pane {
        Some(pane) if !pane.ring.is_empty() => {
            rows::draw(state, pane, &layout::paper_in(state, place), body, buf);
        }
        _ => facts::draw(state, rule::host(state, target).as_ref(), body, buf),
    }
}

fn between(state: &State, place: Rect, buf: &mut Buffer) {
    for y in place.top()..place.bottom() {
        buf.set_string(place.x - 1, y, state.setup.glyphs.side, state.setup.theme.muted);
    }
}
