//! The three lines at the bottom. They never move: message, NEXT, keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{next, paint};
use crate::console::actions;
use crate::console::fleet::Status;
use crate::console::state::State;

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = &state.setup.theme;
    if let (Some(row), Some(message)) = (paint::row(area, 0), &state.message) {
        let status = Status::new(message.mark, message.text.clone());
        let line = Line::from(vec![Span::raw(" "), paint::status(state, &status)]);
        paint::line(state, row, line, buf);
    }
    if let Some(row) = paint::row(area, 1) {
        let left = Line::from(vec![
            Span::styled(" NEXT ", theme.title),
            Span::styled(next::words(state), theme.text),
        ]);
        paint::ends(state, row, left, &Line::styled(next::way_back(state), theme.key), buf);
    }
    if let Some(row) = paint::row(area, 2) {
        paint::line(state, row, hints(state), buf);
    }
}

/// What cannot be done now is still there, in brackets, so that the hands find it where it was.
fn hints(state: &State) -> Line<'static> {
    let theme = &state.setup.theme;
    let mut spans = vec![Span::raw(" ")];
    for action in actions::hints(state) {
        if (action.allowed)(state).is_ok() {
            spans.push(Span::styled(action.key_word(), theme.key));
            spans.push(Span::styled(format!(" {}  ", action.name), theme.text));
        } else {
            let text = format!("({} {})  ", action.key_word(), action.name);
            spans.push(Span::styled(text, theme.muted));
        }
    }
    Line::from(spans)
}
