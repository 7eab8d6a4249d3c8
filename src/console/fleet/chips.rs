//! Hosts on a narrow screen: `01G 02G 03? 04B`, and the chosen one in words.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::listing::{Shown, window};
use super::table::MARKED;
use super::{Host, Letters};
use crate::console::app::state::State;
use crate::console::screen::glyphs::Mark;
use crate::console::screen::{paint, rule};

/// What a chip takes, with the gap after it.
fn chip_width(state: &State) -> usize {
    digits(state) + 3
}

fn digits(state: &State) -> usize {
    if state.fleet.members.len() > 99 { 3 } else { 2 }
}

fn per_row(state: &State, width: u16) -> usize {
    (usize::from(width).saturating_sub(1) / chip_width(state)).max(1)
}

/// The chips, and two lines for the chosen host.
pub fn rows(state: &State, width: u16) -> u16 {
    let rows = state.fleet.members.len().div_ceil(per_row(state, width)) + 2;
    let rows = rows + usize::from(rule::is_narrowed(state));
    u16::try_from(rows).unwrap_or(u16::MAX)
}

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let shown = state.shown();
    let mut area = area;
    if rule::is_narrowed(state) {
        if let Some(row) = paint::row(area, 0) {
            rule::draw_narrowed(state, &shown, row, buf);
        }
        (area.y, area.height) = (area.y + 1, area.height.saturating_sub(1));
    }
    let chips: Vec<&[usize]> = shown.places.chunks(per_row(state, area.width)).collect();
    let visible = visible(state, &shown, area);
    for (index, part) in chips.iter().skip(visible.start).take(visible.len()).enumerate() {
        let mut spans = vec![Span::raw(" ")];
        spans.extend(part.iter().map(|at| chip(state, *at)));
        if let Some(row) = paint::row(area, index) {
            paint::line(state, row, Line::from(spans), buf);
        }
    }
    let Some(host) = state.chosen_host() else { return };
    for (index, line) in details(state, &host).into_iter().enumerate() {
        if let Some(row) = paint::row(area, visible.len() + index) {
            paint::line(state, row, line, buf);
        }
    }
}

/// Returns the visible rows of chips.
fn visible(state: &State, shown: &Shown, area: Rect) -> Range<usize> {
    let each = per_row(state, area.width);
    let chosen =
        shown.places.iter().position(|at| state.is_chosen(&state.fleet.members[*at].target));
    let rows = usize::from(area.height.saturating_sub(2));
    let visible = window(shown.places.len().div_ceil(each), chosen.map(|at| at / each), 0, rows);
    visible.start..visible.end.min(visible.start + rows)
}

/// Which host's chip is there, as its place in `members`.
pub fn place_at(state: &State, area: Rect, at: Position) -> Option<usize> {
    let above = u16::from(rule::is_narrowed(state));
    let area = Rect { y: area.y + above, height: area.height.saturating_sub(above), ..area };
    let shown = state.shown();
    let visible = visible(state, &shown, area);
    let row = visible.start + usize::from(at.y.checked_sub(area.y)?);
    let column = usize::from(at.x.checked_sub(area.x + 1)?) / chip_width(state);
    let each = per_row(state, area.width);
    if !visible.contains(&row) || column >= each {
        return None;
    }
    shown.places.get(row * each + column).copied()
}

/// Number, live color, a mark if it is not well or not known, and whether it is marked. The number is
/// the host's own, whatever the order.
pub fn chip(state: &State, place: usize) -> Span<'static> {
    let setup = &state.setup;
    let Some(member) = state.fleet.members.get(place) else { return Span::raw("") };
    let host = Host::new(state, member);
    let letter = host.live().letter();
    let mark = trouble(&host);
    let marked = if state.is_marked(&member.target) { MARKED } else { " " };
    let glyph = mark.map_or(" ", |mark| setup.glyphs.of(mark));
    let text = format!("{:0width$}{letter}{glyph}{marked}", place + 1, width = digits(state));
    let style = match mark {
        _ if state.is_chosen(&member.target) => setup.theme.chosen,
        Some(mark) => setup.theme.mark(mark),
        None => setup.theme.text,
    };
    Span::styled(text, style)
}

fn trouble(host: &Host<'_>) -> Option<Mark> {
    let pressing = |mark: &Mark| !matches!(mark, Mark::Ok | Mark::Wait | Mark::Skip);
    [host.step().mark, host.health().mark].into_iter().find(pressing)
}

fn details<'a>(state: &State, host: &Host<'_>) -> [Line<'a>; 2] {
    let theme = &state.setup.theme;
    let age = host.age().map_or("?".to_owned(), paint::age);
    let sides =
        format!(" {} {} {}", state.setup.glyphs.chosen, host.name(), host.sides(Letters::Short));
    let status = vec![
        Span::raw("   "),
        paint::status(state, &host.step()),
        Span::raw("  "),
        paint::status(state, &host.health()),
        Span::styled(format!("  seen {age}"), theme.muted),
    ];
    [Line::styled(sides, theme.text), Line::from(status)]
}
