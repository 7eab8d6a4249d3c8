//! The palette: what can be done, found by its name.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::dialog::PaletteCard;
use super::update::{PaletteEntry, entries, unknown};
use crate::console::actions::{Class, Reason};
use crate::console::app::state::State;
use crate::console::dialog::card::{Card, input, is_small};
use crate::console::screen::paint;
use crate::console::screen::shape::FOOT;

/// More than this and the eye reads instead of finding.
const MOST: usize = 10;
/// From here on one line holds nearly every explanation.
const WIDE: usize = 90;
const NAME: usize = 17;
const KEY: usize = 8;

pub fn card(state: &State, palette: &PaletteCard, area: Rect, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let entries = entries(state, palette);
    let mut card = Card::new(cells, format!("COMMAND {}", entries.len()), theme.focus);
    card.lines.push(input(state, " do: ", &palette.field));
    let details = details(state, palette, &entries, cells);
    let rows = rows(area, details.len());
    let chosen = palette.chosen.unwrap_or(0);
    let first = (chosen + 1).saturating_sub(rows);
    for (at, entry) in entries.iter().enumerate().skip(first).take(rows) {
        card.lines.push(row(state, *entry, palette.chosen == Some(at), cells));
    }
    // The input line stays where it is, however few entries there are.
    card.lines.resize(rows + 1, Line::default());
    card.foot.extend(details);
    let mut keys = vec![("Enter", "do it"), ("Esc", "cancel")];
    if cells >= 56 {
        keys.insert(1, ("Up Down", "choose"));
    }
    card.keys(state, &keys);
    card
}

/// Returns the number of rows that fit, beside the frame, the typed line, the keys and the console's own foot.
fn rows(area: Rect, details: usize) -> usize {
    let others = if is_small(area) { 1 + 1 + 1 } else { 2 + 1 + 1 + FOOT };
    usize::from(area.height.saturating_sub(others)).saturating_sub(details).clamp(1, MOST)
}

/// Returns the error, or what the chosen entry does, or why it is not possible: in full, where the row had to cut it.
fn details(
    state: &State,
    palette: &PaletteCard,
    entries: &[PaletteEntry],
    cells: usize,
) -> Vec<Line<'static>> {
    let theme = &state.setup.theme;
    let chosen = palette.chosen.and_then(|at| entries.get(at));
    let (text, style) = match (palette.wrong.clone().or_else(|| unknown(state, palette)), chosen) {
        (Some(wrong), _) => (wrong, theme.bad),
        (None, Some(entry)) => match why_not(state, *entry) {
            Some(reason) => (format!("not now: {reason}"), theme.warn),
            None => (entry.words().to_owned(), theme.text),
        },
        (None, None) => ("! changes servers   ~ steers the current run".to_owned(), theme.muted),
    };
    let mut lines: Vec<Line<'static>> =
        paint::wrap(&text, cells).into_iter().map(|line| Line::styled(line, style)).collect();
    // Always the same number of lines, so that nothing moves while typing.
    lines.resize(if cells < WIDE { 2 } else { 1 }, Line::default());
    lines
}

fn why_not(state: &State, entry: PaletteEntry) -> Option<Reason> {
    match entry {
        PaletteEntry::Action(action) => action.possible(state).err(),
        PaletteEntry::Usage(_) => None,
    }
}

fn row(state: &State, entry: PaletteEntry, chosen: bool, cells: usize) -> Line<'static> {
    let theme = &state.setup.theme;
    let cut = state.setup.glyphs.cut;
    let (mark, name, key) = match entry {
        PaletteEntry::Action(action) => {
            (mark(action.class), action.name.to_owned(), state.key_word(action.id))
        }
        PaletteEntry::Usage(usage) => {
            (" ", format!("{} {}", usage.word, usage.argument), String::new())
        }
    };
    let pointer = if chosen { state.setup.glyphs.chosen } else { " " };
    let why_not = why_not(state, entry);
    let (text, key_style) = match (&why_not, chosen) {
        (_, true) => (theme.chosen, theme.chosen),
        (Some(_), false) => (theme.muted, theme.muted),
        (None, false) => (theme.text, theme.key),
    };
    let mark_style = if why_not.is_none() && !chosen { theme.danger } else { text };
    let words = why_not.map_or(entry.words().to_owned(), |reason| format!("not now: {reason}"));
    let line = Line::from(vec![
        Span::styled(format!("{pointer} "), text),
        Span::styled(format!("{mark} "), mark_style),
        Span::styled(format!("{} ", paint::pad(&name, NAME, cut)), text),
        Span::styled(format!("{} ", paint::pad(&key, KEY, cut)), key_style),
        Span::styled(words, text),
    ]);
    paint::cut_line(line, cells, cut)
}

/// How far it reaches, in one cell.
fn mark(class: Class) -> &'static str {
    match class {
        Class::Emergency | Class::Mutate => "!",
        Class::Steer => "~",
        Class::ReadOnly => " ",
    }
}
