//! What is drawn on a cell, for mouse clicks.

use ratatui::layout::{Position, Rect};

use super::layout::parts;
use super::shape::{Shape, shape};
use crate::console::app::state::State;
use crate::console::fleet::{chips, table};
use crate::domain::target::Target;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Under {
    Host(Target),
    /// The table, but no row of it.
    Table,
    Output,
    Nothing,
}

pub fn under(state: &State, at: Position) -> Under {
    let (width, height) = state.screen.size;
    let area = Rect { x: 0, y: 0, width, height };
    let shape = shape(area);
    if shape == Shape::Line {
        return Under::Nothing;
    }
    let parts = parts(state, area);
    if parts.pane.contains(at) {
        return Under::Output;
    }
    if !parts.table.contains(at) {
        return Under::Nothing;
    }
    let place = match shape {
        Shape::Chips => chips::place_at(state, parts.table, at),
        _ => table::place_at(state, parts.table, at),
    };
    let member = place.and_then(|place| state.fleet.members.get(place));
    member.map_or(Under::Table, |member| Under::Host(member.target.clone()))
}
