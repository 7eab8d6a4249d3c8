//! The last lines of a page: what there is to say, what the console itself does meanwhile, the keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::console::app::state::State;
use crate::console::fleet::Status;
use crate::console::keys::context::ContextKey;
use crate::console::screen::{next, paint};

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = &state.setup.theme;
    let Some(last) = area.height.checked_sub(1).map(usize::from) else { return };
    if let Some(row) = paint::row(area, last) {
        paint::line(state, row, hints(state, usize::from(row.width)), buf);
    }
    if area.height < 3 {
        return;
    }
    if let (Some(row), Some(message)) = (paint::row(area, 0), &state.messages.newest) {
        let status = Status::new(message.mark, message.text.clone());
        let line = Line::from(vec![Span::raw(" "), paint::status(state, &status)]);
        paint::line(state, row, line, buf);
    }
    if let Some(row) = paint::row(area, 1) {
        // A person who reads the history must not miss a question of the current run.
        let line = Line::from(vec![
            Span::styled(" NEXT ", theme.title),
            Span::styled(next::words(state), theme.text),
        ]);
        paint::line(state, row, line, buf);
    }
}

/// The keys of this place, as many as there is room for; the way out is always among them.
pub fn hints(state: &State, cells: usize) -> Line<'static> {
    let theme = &state.setup.theme;
    let keys = state.key_context().keys();
    let hint = |key: &ContextKey| {
        vec![
            Span::styled(key.keys, theme.key),
            Span::styled(format!(" {}  ", key.name), theme.text),
        ]
    };
    let help = vec![Span::styled("?", theme.key), Span::styled(" help  ", theme.text)];
    let width = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>();
    let mut line = Line::from(" ");
    line.spans.extend(help);
    line.spans.extend(keys.last().map(hint).unwrap_or_default());
    for key in keys.split_last().map(|(_, others)| others).unwrap_or_default() {
        let spans = hint(key);
        if line.width() + width(&spans) <= cells + 2 {
            line.spans.extend(spans);
        }
    }
    line
}
