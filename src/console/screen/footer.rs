//! The three lines at the bottom. They never move: message, NEXT, keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::{next, paint};
use crate::console::actions;
use crate::console::actions::ActionId;
use crate::console::app::state::State;
use crate::console::dialog::Dialog;
use crate::console::dialog::card::input;
use crate::console::fleet::Status;

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = &state.setup.theme;
    if let Some(row) = paint::row(area, 0)
        && let Some(line) = message(state, usize::from(row.width))
    {
        paint::line(state, row, line, buf);
    }
    if let Some(row) = paint::row(area, 1) {
        let left = Line::from(vec![
            Span::styled(" NEXT ", theme.title),
            Span::styled(next::words(state), theme.text),
        ]);
        let width = usize::from(row.width);
        // The rollback is never pushed off the line: if its text does not fit, its key does.
        let back = next::rollback_hint(state);
        let fits = left.width() + back.len() < width;
        let back = if fits || back.is_empty() {
            back
        } else {
            format!("{} back ", state.key_word(ActionId::Rollback))
        };
        let room = width.saturating_sub(back.width() + 1);
        let left = paint::or_more(state, left, room);
        paint::ends(state, row, left, &Line::styled(back, theme.key), buf);
    }
    if let Some(row) = paint::row(area, 2) {
        paint::line(state, row, hints(state, usize::from(row.width)), buf);
    }
}

/// The search that is being typed, or the last message. An unread error stays
/// beside it.
fn message(state: &State, cells: usize) -> Option<Line<'static>> {
    if let Some(Dialog::Search(field)) = state.dialogs.last().map(|open| &open.dialog) {
        return Some(input(state, " search: ", field));
    }
    let message = state.messages.newest.as_ref()?;
    let newest = paint::status(state, &Status::new(message.mark, message.text.clone()));
    let Some((error, more)) = state.messages.unread() else {
        return Some(paint::or_more(state, Line::from(vec![Span::raw(" "), newest]), cells));
    };
    let key = state.key_word(ActionId::Messages);
    if message.is_error() {
        let before = format!(" ({} more: {key})", more + 1);
        return Some(beside(state, &newest, &Span::styled(before, state.setup.theme.key), cells));
    }
    let error = paint::status(state, &Status::new(error.mark, error.text.clone()));
    let newest = Span::styled(format!("   {}", newest.content), newest.style);
    Some(beside(state, &error, &newest, cells))
}

/// The second gets what the first leaves, and half of the line at least.
fn beside(state: &State, one: &Span<'_>, other: &Span<'_>, cells: usize) -> Line<'static> {
    let cut = state.setup.glyphs.cut;
    let room = cells.saturating_sub(1);
    let left = room.saturating_sub(one.width()).max(room / 2);
    let other = Span::styled(paint::cut(&other.content, left, cut), other.style);
    let one = Span::styled(paint::cut(&one.content, room - other.width(), cut), one.style);
    Line::from(vec![Span::raw(" "), one, other])
}

/// What cannot be done now is still there, in brackets, so that the hands find it where it was.
fn hints(state: &State, cells: usize) -> Line<'static> {
    let theme = &state.setup.theme;
    if let Some(top) = state.dialogs.last() {
        if matches!(top.dialog, Dialog::Filter(_)) {
            return Line::styled(" Enter keeps it, Esc shows all; Up and Down choose", theme.muted);
        }
        if matches!(top.dialog, Dialog::Search(_)) {
            let (older, newer) =
                (state.key_word(ActionId::FindOlder), state.key_word(ActionId::FindNewer));
            let words = format!(" Enter finds, then {older} older, {newer} newer; Esc leaves it");
            return Line::styled(words, theme.muted);
        }
        return Line::styled(" keyboard focus: the card", theme.muted);
    }
    let mut line = Line::from(" ");
    for action in actions::hints(state) {
        let (key, name) = (state.key_word(action.id), action.name);
        let spans = if action.possible(state).is_ok() {
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
    // The gap after the last one is no part that could be missing.
    if let Some(last) = line.spans.last_mut() {
        last.content = last.content.trim_end().to_owned().into();
    }
    line
}
