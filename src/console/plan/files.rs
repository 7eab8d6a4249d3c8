//! The files that a plan makes others of: signs first, colors on top of them.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::console::app::state::State;
use crate::console::dialog::card::Card;
use crate::console::screen::paint;
use crate::domain::change::{DiffLine, DiffSign, FileChange};
use crate::domain::plan::Plan;
use crate::domain::target::Target;

/// Every file of the plan, the same change on many servers once.
pub fn all(card: &mut Card, state: &State, plan: &Plan) {
    let changes = plan.file_changes();
    if changes.is_empty() {
        return;
    }
    card.gap();
    card.lines.push(Line::styled("files that change", state.setup.theme.title));
    for (targets, change) in changes {
        let names: Vec<&str> = targets.into_iter().map(Target::name).collect();
        one(card, state, change, &format!("on {}", names.join(", ")));
    }
}

/// One file: what becomes of it, and the lines that differ.
pub fn one(card: &mut Card, state: &State, change: &FileChange, place: &str) {
    let theme = &state.setup.theme;
    let cells = card.cells;
    let mut push = |line: Line<'static>| card.lines.push(line);
    for text in paint::wrap(&format!("{}  {place}", change.heading()), cells.saturating_sub(4)) {
        push(Line::from(vec![Span::raw("  "), Span::styled(text, theme.text)]));
    }
    for line in change.diff() {
        let style = style(state, line.sign);
        for text in rows(state, &line, cells.saturating_sub(6)) {
            push(Line::from(vec![Span::raw("    "), Span::styled(text, style)]));
        }
    }
}

fn style(state: &State, sign: DiffSign) -> Style {
    let theme = &state.setup.theme;
    match sign {
        DiffSign::New => theme.ok,
        DiffSign::Gone => theme.bad,
        DiffSign::Same | DiffSign::Gap => theme.muted,
    }
}

/// A line that is too long goes on below: what is cut off might be what matters. Each row has the sign.
fn rows(state: &State, line: &DiffLine, cells: usize) -> Vec<String> {
    let mark = if line.sign == DiffSign::Gap { state.setup.glyphs.cut } else { line.sign.mark() };
    let pieces = paint::pieces(&line.text, cells.saturating_sub(2).max(8));
    pieces.into_iter().map(|piece| format!("{mark}{piece}").trim_end().to_owned()).collect()
}
