//! How a screen of this size is divided.

use ratatui::layout::Rect;

/// By size, and never a refusal: the smallest screen still says the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Wide,
    Normal,
    /// Hosts as `01G 02?`.
    Chips,
    /// Hardly more than a line.
    Line,
}

pub const FOOT: u16 = 3;

pub fn shape(area: Rect) -> Shape {
    match (area.width, area.height) {
        (..40, _) | (_, ..10) => Shape::Line,
        (..60, _) => Shape::Chips,
        (..100, _) => Shape::Normal,
        _ => Shape::Wide,
    }
}
