//! The words in the table's rule: how many hosts there are, how many of them are shown, and what is
//! not.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::paint;
use crate::console::app::state::{Focus, State};
use crate::console::fleet::listing::{Shown, Sort};

pub fn draw(state: &State, shown: &Shown, visible: &Range<usize>, row: Rect, buf: &mut Buffer) {
    let theme = &state.setup.theme;
    let style = if state.screen.focus == Focus::Table { theme.focus } else { theme.title };
    let hidden = state.hidden_in_trouble(shown);
    let right =
        if hidden.is_empty() { freshest(state) } else { loud(&hidden, usize::from(row.width) / 2) };
    paint::rule(state, row, &title(state, shown, visible), &right, style, buf);
    if !hidden.is_empty() {
        let width = u16::try_from(right.width()).unwrap_or(0).min(row.width);
        // One stroke and one space stand behind it.
        let x = row.right().saturating_sub(width + 2).max(row.x);
        buf.set_style(Rect { x, width, ..row }, theme.danger);
    }
}

/// Is it other than all hosts by name, none of them marked?
pub fn is_narrowed(state: &State) -> bool {
    let listing = &state.fleet.listing;
    state.filter_field().is_some()
        || !listing.filter.is_empty()
        || !listing.marked.is_empty()
        || listing.sort != Sort::Name
}

/// The same on screens that have no rule. What is hidden comes first: the end may have no room.
pub fn narrowed(state: &State, shown: &Shown) -> String {
    let hidden = state.hidden_in_trouble(shown);
    let mut words: Vec<String> = hidden_words(&hidden).into_iter().collect();
    words.extend(typed(state, shown));
    words.extend(more(state, shown));
    words.join(", ")
}

pub fn draw_narrowed(state: &State, shown: &Shown, row: Rect, buf: &mut Buffer) {
    let theme = &state.setup.theme;
    let loud = !state.hidden_in_trouble(shown).is_empty();
    let style = if loud { theme.danger } else { theme.title };
    let words = Span::styled(format!(" {}", narrowed(state, shown)), style);
    paint::line(state, row, Line::from(words), buf);
}

fn title(state: &State, shown: &Shown, visible: &Range<usize>) -> String {
    let (rows, of) = (shown.places.len(), state.fleet.members.len());
    let part = format!("{} to {}", visible.start + 1, visible.end);
    let mut words: Vec<String> = typed(state, shown).into_iter().collect();
    match (words.is_empty(), visible.len() == rows) {
        (true, true) => words.push(format!("{} {of}", state.fleet.noun(of.max(2)))),
        (true, false) => words.push(format!("{} {part} of {of}", state.fleet.noun(of.max(2)))),
        (false, true) => {}
        (false, false) => words.push(part),
    }
    words.extend(more(state, shown));
    words.join(", ")
}

fn typed(state: &State, shown: &Shown) -> Option<String> {
    let (matching, of) = (shown.matching, state.fleet.members.len());
    if let Some(field) = state.filter_field() {
        return Some(format!("show: {}_  {matching} of {of} match", field.shown()));
    }
    let filter = &state.fleet.listing.filter;
    (!filter.is_empty()).then(|| format!("{matching} of {of} match {filter:?}"))
}

fn more(state: &State, shown: &Shown) -> Vec<String> {
    let mut words = Vec::new();
    if state.fleet.listing.sort != Sort::Name {
        words.push(state.fleet.listing.sort.words().to_owned());
    }
    let marked = |place: &&usize| state.is_marked(&state.fleet.members[**place].target);
    let (all, seen) =
        (state.fleet.listing.marked.len(), shown.places.iter().filter(marked).count());
    match (all, all.saturating_sub(seen)) {
        (0, _) => {}
        (all, 0) => words.push(format!("{all} MARKED")),
        (all, hidden) => words.push(format!("{all} MARKED, {hidden} of them hidden")),
    }
    words
}

fn hidden_words(hidden: &[&str]) -> Option<String> {
    (!hidden.is_empty()).then(|| format!("{} hidden in trouble", hidden.len()))
}

/// As many names as there is room for.
fn loud(hidden: &[&str], room: usize) -> String {
    let count = hidden_words(hidden).unwrap_or_default();
    let named = |many: usize| {
        let rest = if many < hidden.len() { ", ..." } else { "" };
        format!("{count}: {}{rest}", hidden[..many].join(", "))
    };
    let fits = (1..=hidden.len()).map(named).take_while(|words| words.width() <= room);
    fits.last().unwrap_or(count.clone())
}

fn freshest(state: &State) -> String {
    let observation_ages = state.observation_ages();
    let oldest = observation_ages.oldest.map(|at| paint::since(at, state.now.at));
    match (oldest, observation_ages.never) {
        (None, _) => "not observed yet".to_owned(),
        (Some(age), 0) => format!("all seen in the last {}", paint::age(age)),
        (Some(age), never) => format!("seen in the last {}, {never} never", paint::age(age)),
    }
}
