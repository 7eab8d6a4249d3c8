//! The smallest screens: what runs, its state, and the rollback. More where it fits.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{band, next, paint, phase_bar, rule};
use crate::console::actions::ActionId;
use crate::console::app::state::State;
use crate::console::fleet::{Letters, Status, chips};
use crate::console::rollback::desk;

/// More than this fit no line.
const CHIPS: usize = 64;

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let mut lines = vec![first(state), second(state), hosts(state)];
    if rule::is_narrowed(state) {
        lines.push(Line::raw(rule::narrowed(state, &state.shown())));
    }
    if let Some(returns) = state.rollback_progress() {
        lines.push(Line::raw(desk::title(state, &returns)));
    }
    let unread = state.messages.unread().map(|(error, _)| error);
    let newest = state.messages.newest.as_ref();
    let error = unread.filter(|_| newest.is_some_and(|newest| !newest.is_error()));
    if let Some(message) = error.or(newest) {
        let status = Status::new(message.mark, message.text.clone());
        lines.push(Line::from(paint::status(state, &status)));
    }
    lines.push(Line::raw(format!("NEXT {}", next::words(state))));
    if state.stuck().next().is_some() && !state.access.is_replay() {
        let key = |id| state.key_word(id);
        lines.push(Line::raw(format!(
            "{} choose, {} retry, {} skip, {} revert",
            key(ActionId::NextTrouble),
            key(ActionId::Retry),
            key(ActionId::Skip),
            key(ActionId::Revert)
        )));
    }
    lines.push(Line::raw(next::rollback_hint(state)));
    for (index, line) in lines.into_iter().enumerate() {
        if let Some(row) = paint::row(area, index) {
            paint::line(state, row, line, buf);
        }
    }
}

/// True even if it is all there is.
fn first(state: &State) -> Line<'static> {
    let mut spans = vec![band::word(state), Span::raw(" ")];
    match state.running() {
        Some(intent) => {
            spans.push(Span::raw(format!("{} ", intent.phase.title().to_uppercase())));
            spans.push(paint::status(state, &phase_bar::standing(state, intent.phase)));
            if !next::rollback_hint(state).is_empty() {
                spans.push(Span::raw(format!(" {}=back", state.key_word(ActionId::Rollback))));
            }
        }
        None => spans.push(Span::raw(band::reachable(state))),
    }
    if state.access.is_read_only() {
        spans.push(Span::raw(" READ-ONLY"));
    }
    if state.freeze().is_some() {
        spans.push(Span::raw(" FROZEN"));
    }
    Line::from(spans)
}

fn second(state: &State) -> Line<'static> {
    Line::raw(state.sides(Letters::Short).replace(", passive ", " passive "))
}

fn hosts(state: &State) -> Line<'static> {
    let places = state.shown().places;
    places.into_iter().take(CHIPS).map(|place| chips::chip(state, place)).collect()
}
