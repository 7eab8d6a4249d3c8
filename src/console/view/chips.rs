//! Hosts on a narrow screen: `01G 02G 03? 04B`, and the chosen one in words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint;
use crate::console::fleet::{Host, Letters};
use crate::console::glyphs::Mark;
use crate::console::state::State;

/// What a chip takes, with the gap after it.
fn chip_width(state: &State) -> usize {
    digits(state) + 3
}

fn digits(state: &State) -> usize {
    if state.members.len() > 99 { 3 } else { 2 }
}

fn per_row(state: &State, width: u16) -> usize {
    (usize::from(width).saturating_sub(1) / chip_width(state)).max(1)
}

/// The chips, and two lines for the chosen host.
pub fn rows(state: &State, width: u16) -> u16 {
    let rows = state.members.len().div_ceil(per_row(state, width)) + 2;
    u16::try_from(rows).unwrap_or(u16::MAX)
}

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let hosts: Vec<Host<'_>> = state.hosts().collect();
    let chips = usize::from(area.height.saturating_sub(2));
    for (index, part) in hosts.chunks(per_row(state, area.width)).take(chips).enumerate() {
        let first = index * per_row(state, area.width);
        let mut spans = vec![Span::raw(" ")];
        spans.extend(part.iter().enumerate().map(|(at, host)| chip(state, first + at, host)));
        if let Some(row) = paint::row(area, index) {
            paint::line(state, row, Line::from(spans), buf);
        }
    }
    let Some(host) = hosts.get(state.chosen) else { return };
    let used = hosts.len().div_ceil(per_row(state, area.width)).min(chips);
    for (index, line) in details(state, host).into_iter().enumerate() {
        if let Some(row) = paint::row(area, used + index) {
            paint::line(state, row, line, buf);
        }
    }
}

/// Number, live color, and a mark if it is not well or not known.
pub fn chip(state: &State, number: usize, host: &Host<'_>) -> Span<'static> {
    let setup = &state.setup;
    let letter = host.live().letter();
    let mark = trouble(host);
    let glyph = mark.map_or(" ", |mark| setup.glyphs.of(mark));
    let text = format!("{:0width$}{letter}{glyph} ", number + 1, width = digits(state));
    let style = match mark {
        _ if number == state.chosen => setup.theme.chosen,
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
    let sides = format!(
        " {} {} live {}, passive {}",
        state.setup.glyphs.chosen,
        host.name(),
        host.live().words(Letters::Short),
        host.passive().words(Letters::Short)
    );
    let status = vec![
        Span::raw("   "),
        paint::status(state, &host.step()),
        Span::raw("  "),
        paint::status(state, &host.health()),
        Span::styled(format!("  seen {age}"), theme.muted),
    ];
    [Line::styled(sides, theme.text), Line::from(status)]
}
