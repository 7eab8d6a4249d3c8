//! The hosts and their output: the screen where no page covers it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::shape::{Shape, shape};
use super::{
    band, chips, failure, footer, guide, layout, one_line, panes, phase_bar, release_summary,
    rollback_desk, table,
};
use crate::console::state::{State, Zoom};

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
        release_summary::draw(state, parts.release_summary, buf);
        guide::draw(state, parts.guide, buf);
        match shape {
            Shape::Chips => chips::draw(state, parts.table, buf),
            _ => table::draw(state, parts.table, buf),
        }
        let (above, below) = layout::split_desk(state, parts.failure);
        rollback_desk::draw(state, above, buf);
        failure::draw(state, below, buf);
    }
    panes::draw(state, parts.pane, buf);
    footer::draw(state, parts.foot, buf);
}
