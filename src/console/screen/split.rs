//! The hosts and their output: the screen where no page covers it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::shape::{Shape, shape};
use super::{band, footer, guide, layout, one_line, phase_bar};
use crate::console::app::state::{State, Zoom};
use crate::console::fleet::{chips, summary_line, table};
use crate::console::output;
use crate::console::output::view::failure;
use crate::console::rollback::desk;

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    match shape(area) {
        Shape::Line => one_line::draw(state, area, buf),
        shape => draw_parts(state, shape, area, buf),
    }
}

fn draw_parts(state: &State, shape: Shape, area: Rect, buf: &mut Buffer) {
    let parts = layout::parts(state, area);
    band::draw(state, parts.band, buf);
    if state.screen.zoom == Zoom::Split {
        phase_bar::draw(state, parts.phase_bar, buf);
        summary_line::draw(state, parts.release_summary, buf);
        guide::draw(state, parts.guide, buf);
        match shape {
            Shape::Chips => chips::draw(state, parts.table, buf),
            _ => table::draw(state, parts.table, buf),
        }
        let (above, below) = layout::split_desk(state, parts.failure);
        desk::draw(state, above, buf);
        failure::draw(state, below, buf);
    }
    output::view::draw(state, parts.pane, buf);
    footer::draw(state, parts.foot, buf);
}
