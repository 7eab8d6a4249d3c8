//! Words from whoever started the console, for somebody who is new to it. Mostly there are none.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::paint;
use crate::console::state::State;

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    for (number, words) in state.guide.iter().enumerate() {
        if let Some(row) = paint::row(area, number) {
            paint::line(state, row, Line::styled(format!(" {words}"), state.setup.theme.work), buf);
        }
    }
}
