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
        // The way back is never pushed off the line: where words for it have no room, its key has.
        let back = next::way_back(state);
        let fits = left.width() + back.len() < usize::from(row.width);
        let back = if fits || back.is_empty() { back } else { "R back ".to_owned() };
        paint::ends(state, row, left, &Line::styled(back, theme.key), buf);
    }
    if let Some(row) = paint::row(area, 2) {
        paint::line(state, row, hints(state, usize::from(row.width)), buf);
    }
}

/// What cannot be done now is still there, in brackets, so that the hands find it where it was.
fn hints(state: &State, cells: usize) -> Line<'static> {
    let theme = &state.setup.theme;
    if !state.dialogs.is_empty() {
        return Line::styled(" the card has the keys", theme.muted);
    }
    let mut line = Line::from(" ");
    for action in actions::hints(state) {
        let (key, name) = (action.key_word(), action.name);
        let spans = if (action.allowed)(state).is_ok() {
            vec![Span::styled(key, theme.key), Span::styled(format!(" {name}  "), theme.text)]
        } else {
            vec![Span::styled(format!("({key} {name})  "), theme.muted)]
        };
        // A hint is whole or not there; the help has all of them.
        let width: usize = spans.iter().map(Span::width).sum();
        if line.width() + width <= cells + 2 {
            line.spans.extend(spans);
        }
    }
    line
}
