//! The hosts, one row each. Only the visible rows are built.

use std::ops::Range;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::columns::Column;
use super::columns::Column::{Age, Change, Group, Health, Live, Notes, Passive, Server, Step};
use super::listing::{Shown, window};
use super::{Freshness, Host, Letters, Side, columns, summary_line};
use crate::console::app::state::State;
use crate::console::screen::shape::{Shape, shape};
use crate::console::screen::{paint, rule};
use crate::domain::deploy::Doing;

/// In front of a marked host: a letter, since a color alone may not be seen.
pub const MARKED: &str = "*";
/// From this width on there is room for digests.
const WITH_DIGESTS: u16 = 140;
/// The rule and the heads, above the hosts.
const HEAD: u16 = 2;

pub fn is_unknown(doing: &Doing) -> bool {
    matches!(doing, Doing::Unknown(_))
}

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let Some(top) = paint::row(area, 0) else { return };
    let shown = state.shown();
    let visible = visible(state, &shown, area);
    rule::draw(state, &shown, &visible, top, buf);
    let letters = match shape(buf.area) {
        Shape::Wide if buf.area.width >= WITH_DIGESTS => Letters::Full,
        Shape::Wide => Letters::Long,
        _ => summary_line::letters(state),
    };
    let columns = columns::widths(state, letters, usize::from(area.width));
    if let Some(row) = paint::row(area, 1) {
        paint::line(state, row, heads(state, &columns), buf);
    }
    for (index, at) in shown.places[visible].iter().enumerate() {
        if let Some(row) = paint::row(area, index + usize::from(HEAD)) {
            let host = Host::new(state, &state.fleet.members[*at]);
            paint::line(state, row, host_line(state, &host, &columns, letters), buf);
        }
    }
}

/// Returns the range of visible rows.
fn visible(state: &State, shown: &Shown, area: Rect) -> Range<usize> {
    let chosen =
        shown.places.iter().position(|at| state.is_chosen(&state.fleet.members[*at].target));
    let rows = usize::from(area.height.saturating_sub(HEAD));
    window(shown.places.len(), chosen, state.fleet.listing.first, rows)
}

/// Which host's row is there, as its place in `members`.
pub fn place_at(state: &State, area: Rect, at: Position) -> Option<usize> {
    let row = usize::from(at.y.checked_sub(area.y + HEAD)?);
    let shown = state.shown();
    let visible = visible(state, &shown, area);
    shown.places.get(visible)?.get(row).copied()
}

fn heads(state: &State, columns: &[(Column, usize)]) -> Line<'static> {
    let ordered = Column::of_order(state.fleet.listing.sort);
    let head = |(column, width): &(Column, usize)| {
        let arrow = if *column == ordered { state.setup.glyphs.sorted } else { "" };
        paint::pad(&format!("{}{arrow}", column.head(&state.fleet)), *width, "") + "  "
    };
    let heads: String = columns.iter().map(head).collect();
    Line::styled(format!("    {heads}"), state.setup.theme.muted)
}

fn host_line<'a>(
    state: &State,
    host: &Host<'a>,
    columns: &[(Column, usize)],
    letters: Letters,
) -> Line<'a> {
    let setup = &state.setup;
    let old = host.freshness() == Freshness::Stale;
    let chosen = state.is_chosen(&host.member.target);
    let pointer = if chosen { setup.glyphs.chosen } else { " " };
    let marked = if state.is_marked(&host.member.target) { MARKED } else { " " };
    let is_plain = !chosen && marked == " ";
    let mut spans = vec![
        Span::styled(
            format!("{marked}{pointer}"),
            if is_plain { setup.theme.text } else { setup.theme.focus },
        ),
        Span::styled(format!("{} ", flag(host)), setup.theme.warn),
    ];
    for (column, width) in columns {
        let (text, style) = cell(state, host, *column, letters);
        let style = if old && *column != Age { setup.theme.muted } else { style };
        let style = if chosen && *column == Server { setup.theme.chosen } else { style };
        spans.push(Span::styled(paint::pad(&text, *width, setup.glyphs.cut), style));
        spans.push(Span::raw("  "));
    }
    Line::from(spans)
}

/// Where there is no room for the notes: that there are some.
fn flag(host: &Host<'_>) -> char {
    match host.latest() {
        Some(seen) if !seen.drift.is_empty() => '!',
        Some(_) if host.foreign_lock().is_some() => 'L',
        _ => ' ',
    }
}

fn cell(state: &State, host: &Host<'_>, column: Column, letters: Letters) -> (String, Style) {
    let theme = &state.setup.theme;
    match column {
        Server => (host.name().to_owned(), theme.text),
        Live => side(state, &host.live(), letters, theme.live),
        Passive if !host.has_colors() => (String::new(), theme.muted),
        Passive => side(state, &host.passive(), letters, theme.passive),
        Group => (host.groups.join(","), theme.muted),
        Step => step(state, host, letters),
        Health => status(state, &host.health()),
        Age => age(state, host),
        Change => (change(state, host), theme.muted),
        Notes => (host.notes().join("; "), theme.warn),
    }
}

fn side(state: &State, side: &Side, letters: Letters, style: Style) -> (String, Style) {
    let theme = &state.setup.theme;
    let style = match side {
        Side::Known { but: Some(_), .. } => theme.warn,
        Side::Known { .. } | Side::Jobs(_) => style,
        Side::Was { .. } | Side::Disagree(_) | Side::Unknown => theme.unknown,
    };
    (side.words(letters), style)
}

fn status(state: &State, status: &super::Status) -> (String, Style) {
    let span = paint::status(state, status);
    (span.content.into_owned(), span.style)
}

/// With the time it took so far, of the time it may take.
fn step(state: &State, host: &Host<'_>, letters: Letters) -> (String, Style) {
    let (words, style) = status(state, &host.step());
    let Some((took, most)) = host.at_it() else { return (words, style) };
    let time = match letters {
        Letters::Short => format!("{}/{}", took.as_secs(), seconds(most)),
        _ => format!("{} of {}", seconds(took), seconds(most)),
    };
    (format!("{words} {time}"), style)
}

/// Whole units: `12s`, `1m30s`, `10m`.
fn seconds(length: Duration) -> String {
    match (length.as_secs() / 60, length.as_secs() % 60) {
        (0, _) | (1, 0) => format!("{}s", length.as_secs()),
        (minutes, 0) => format!("{minutes}m"),
        (minutes, seconds) => format!("{minutes}m{seconds:02}s"),
    }
}

fn age(state: &State, host: &Host<'_>) -> (String, Style) {
    let theme = &state.setup.theme;
    let Some(age) = host.age() else { return ("?".to_owned(), theme.unknown) };
    let text = paint::age(age);
    match host.freshness() {
        Freshness::Fresh | Freshness::Never => (text, theme.muted),
        Freshness::Ageing => (text, theme.text.add_modifier(Modifier::REVERSED)),
        // The mark says it where styles do not.
        Freshness::Stale => (format!("{text}!"), theme.warn.add_modifier(Modifier::REVERSED)),
    }
}

fn change(state: &State, host: &Host<'_>) -> String {
    let change = host.latest().and_then(|seen| seen.last_change.as_ref());
    change
        .map(|change| format!("{} {}", paint::when(change.at, state.now.at), change.by))
        .unwrap_or_default()
}
