//! Hints for a newcomer, such as the demo's tour. Usually there are none.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::paint;
use crate::console::app::state::State;

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    for (number, words) in lines(state, area.width).into_iter().enumerate() {
        if let Some(row) = paint::row(area, number) {
            paint::line(state, row, Line::styled(format!(" {words}"), state.setup.theme.work), buf);
        }
    }
}

/// Nothing of it is cut: it says which key to press.
pub fn lines(state: &State, width: u16) -> Vec<String> {
    let room = usize::from(width).saturating_sub(2);
    let fitted = |words: &String| {
        if words.width() <= room { vec![words.clone()] } else { paint::wrap(words, room) }
    };
    state.screen.guide.iter().flat_map(fitted).collect()
}
