//! The hosts, one row each.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::layout::{Shape, shape};
use super::{deal, paint};
use crate::console::fleet::{Freshness, Host, Letters, Side};
use crate::console::state::{Focus, State};
use crate::domain::deploy::Doing;

pub fn is_unknown(doing: &Doing) -> bool {
    matches!(doing, Doing::Unknown(_))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Server,
    Live,
    Passive,
    Step,
    Health,
    Age,
    Change,
    Notes,
}

use Column::{Age, Change, Health, Live, Notes, Passive, Server, Step};

const COLUMNS: [Column; 8] = [Server, Live, Passive, Step, Health, Age, Change, Notes];

/// What is given up first where there is no room. While a run is at work its steps are kept longer;
/// where no run was, there are no steps to tell.
fn given_up(state: &State) -> &'static [Column] {
    if state.deploy.is_running() {
        &[Notes, Change, Passive, Health, Age]
    } else if state.deploy.targets.is_empty() {
        &[Step, Notes, Change, Passive, Age]
    } else {
        &[Notes, Change, Step, Passive, Age]
    }
}

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let Some(top) = paint::row(area, 0) else { return };
    let theme = &state.setup.theme;
    let style = if state.focus == Focus::Table { theme.focus } else { theme.title };
    let visible = visible(state, usize::from(area.height.saturating_sub(2)));
    let title = title(state, &visible);
    paint::rule(state, top, &title, &freshest(state), style, buf);
    let hosts: Vec<(usize, Host<'_>)> =
        state.hosts().enumerate().skip(visible.start).take(visible.len()).collect();
    let letters = match shape(buf.area) {
        Shape::Wide => Letters::Long,
        _ => deal::letters(state),
    };
    let columns = columns(&hosts, letters, given_up(state), usize::from(area.width));
    if let Some(row) = paint::row(area, 1) {
        let heads: String = columns
            .iter()
            .map(|(column, width)| paint::pad(head(*column), *width, "") + "  ")
            .collect();
        paint::line(state, row, Line::styled(format!("    {heads}"), theme.muted), buf);
    }
    for (index, (number, host)) in hosts.iter().enumerate() {
        if let Some(row) = paint::row(area, index + 2) {
            let chosen = *number == state.chosen;
            paint::line(state, row, host_line(state, host, chosen, &columns, letters), buf);
        }
    }
}

fn title(state: &State, visible: &Range<usize>) -> String {
    let of = state.members.len();
    if visible.len() == of {
        format!("servers {of}")
    } else {
        format!("servers {} to {} of {of}", visible.start + 1, visible.end)
    }
}

/// The part of a long list that has the chosen host in it.
fn visible(state: &State, rows: usize) -> Range<usize> {
    let count = state.members.len();
    let start = (state.chosen + 1).saturating_sub(rows).min(count.saturating_sub(rows));
    start..(start + rows).min(count)
}

fn freshest(state: &State) -> String {
    let oldest = state.hosts().filter_map(|host| host.age()).max();
    let never = state.hosts().filter(|host| host.age().is_none()).count();
    match (oldest, never) {
        (None, _) => "not looked at yet".to_owned(),
        (Some(age), 0) => format!("all seen in the last {}", paint::age(age)),
        (Some(age), never) => format!("seen in the last {}, {never} never", paint::age(age)),
    }
}

fn head(column: Column) -> &'static str {
    match column {
        Server => "SERVER",
        Live => "LIVE",
        Passive => "PASSIVE",
        Step => "STEP",
        Health => "HEALTH for users",
        Age => "SEEN",
        Change => "LAST CHANGE",
        Notes => "NOTES",
    }
}

/// Widths of what moves are fixed, so that nothing jumps from frame to frame.
fn columns(
    hosts: &[(usize, Host<'_>)],
    letters: Letters,
    given_up: &[Column],
    room: usize,
) -> Vec<(Column, usize)> {
    let widest = |text: &dyn Fn(&Host<'_>) -> String, least: usize, most: usize| {
        let widest = hosts.iter().map(|(_, host)| text(host).width()).max().unwrap_or(0);
        widest.clamp(least, most)
    };
    let wide = letters == Letters::Long;
    let mut columns: Vec<(Column, usize)> = COLUMNS
        .into_iter()
        .map(|column| {
            let width = match column {
                Server => widest(&|host| host.name().to_owned(), 6, 24),
                Live => widest(&|host| host.live().words(letters), 7, 20),
                Passive => widest(&|host| host.passive().words(letters), 7, 24),
                Step | Change => 20,
                Health => 17,
                Age => 5,
                Notes => {
                    if wide {
                        12
                    } else {
                        24
                    }
                }
            };
            (column, width)
        })
        .collect();
    for next in given_up {
        if used(&columns) <= room {
            break;
        }
        columns.retain(|(column, _)| column != next);
    }
    let spare = room.saturating_sub(used(&columns));
    if let Some(last) = columns.last_mut() {
        last.1 += spare;
    }
    columns
}

fn used(columns: &[(Column, usize)]) -> usize {
    4 + columns.iter().map(|(_, width)| width + 2).sum::<usize>()
}

fn host_line<'a>(
    state: &State,
    host: &Host<'a>,
    chosen: bool,
    columns: &[(Column, usize)],
    letters: Letters,
) -> Line<'a> {
    let setup = &state.setup;
    let old = host.freshness() == Freshness::Stale;
    let pointer = if chosen { setup.glyphs.chosen } else { " " };
    let mut spans = vec![
        Span::styled(format!(" {pointer}"), setup.theme.focus),
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
        Some(seen) if seen.lock.is_some() => 'L',
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
        Step => status(state, &host.step()),
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

fn status(state: &State, status: &crate::console::fleet::Status) -> (String, Style) {
    let span = paint::status(state, status);
    (span.content.into_owned(), span.style)
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
