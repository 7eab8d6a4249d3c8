//! The chosen host's output. Only the rows that are seen are ever touched.

use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::{facts, paint};
use crate::console::pane::{Pane, Place};
use crate::console::ring::{Kind, Row};
use crate::console::search;
use crate::console::state::{Focus, State, Zoom};
use crate::domain::event::Stream;

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let Some(top) = paint::row(area, 0) else { return };
    let theme = &state.setup.theme;
    let has_keys = state.focus == Focus::Pane || state.zoom == Zoom::Pane;
    let style = if has_keys { theme.focus } else { theme.title };
    let pane = state.chosen_target().and_then(|target| state.panes.get(target));
    paint::rule(state, top, &title(state), &place(pane), style, buf);
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    match pane {
        Some(pane) if !pane.ring.is_empty() => lines(state, pane, body, buf),
        _ => facts::draw(state, body, buf),
    }
}

fn title(state: &State) -> String {
    let Some(host) = state.chosen_host() else {
        return "no server carries this app here".to_owned();
    };
    let mut title = host.name().to_owned();
    if let Some(step) = host.progress.and_then(|progress| progress.step.as_ref()) {
        title = format!("{title}: {}", step.title);
    }
    for note in host.notes() {
        title = format!("{title}; {note}");
    }
    title
}

fn place(pane: Option<&Pane>) -> String {
    let Some(pane) = pane else { return String::new() };
    let lines = paint::count(pane.ring.end());
    match pane.place {
        Place::Follow => format!("FOLLOW  {lines} lines"),
        Place::Until(_) => {
            format!("HELD, {} lines below, G follows", paint::count(pane.below()))
        }
    }
}

/// From the bottom up, until the area is full.
fn lines(state: &State, pane: &Pane, area: Rect, buf: &mut Buffer) {
    let file = state.chosen_target().and_then(|target| state.output_file(target));
    let mut y = area.bottom();
    let mut number = pane.end();
    while y > area.top() && number > pane.ring.start() {
        number -= 1;
        let Some(row) = pane.ring.row(number) else { break };
        let (text, style) = painted(state, row, file.as_deref());
        let width = match row.kind {
            Kind::Skipped(_) => text.width(),
            Kind::Line(_) => PREFIX + row.width,
        };
        for piece in wrapped(text, width, usize::from(area.width)).iter().rev() {
            if y == area.top() {
                break;
            }
            y -= 1;
            buf.set_stringn(area.x, y, piece, usize::from(area.width), style);
            found(state, piece, Rect { y, height: 1, ..area }, buf);
        }
    }
    // A short output begins at the top.
    shift_up(area, y, buf);
}

fn shift_up(area: Rect, first: u16, buf: &mut Buffer) {
    let gap = first - area.top();
    if gap == 0 {
        return;
    }
    for y in first..area.bottom() {
        for x in area.left()..area.right() {
            let cell = std::mem::take(&mut buf[(x, y)]);
            buf[(x, y - gap)] = cell;
        }
    }
}

/// What is looked for stands out, as far as it is on one row.
fn found(state: &State, piece: &str, row: Rect, buf: &mut Buffer) {
    let Some(text) = &state.search else { return };
    for (from, to) in search::matches(piece, text) {
        let cells = |text: Option<&str>| text.and_then(|text| u16::try_from(text.width()).ok());
        let (Some(before), Some(width)) = (cells(piece.get(..from)), cells(piece.get(from..to)))
        else {
            return;
        };
        let place = Rect { x: row.x + before, width, ..row }.intersection(row);
        buf.set_style(place, state.setup.theme.chosen);
    }
}

/// Time and mark, in front of every line. Continued rows are set in under the text.
const PREFIX: usize = 11;

fn wrapped(text: String, width: usize, cells: usize) -> Vec<String> {
    if width <= cells {
        return vec![text];
    }
    let mut head = paint::pieces(&text, cells.max(1));
    if cells <= PREFIX * 2 {
        return head;
    }
    let first = head.remove(0);
    let rest = text.get(first.len()..).unwrap_or_default();
    let mut rows = vec![first];
    rows.extend(
        paint::pieces(rest, cells - PREFIX)
            .into_iter()
            .map(|piece| format!("{:PREFIX$}{piece}", "")),
    );
    rows
}

/// The mark in front says what the color says: `!` is standard error, `$` is Flipside itself.
fn painted(state: &State, row: &Row, file: Option<&Path>) -> (String, Style) {
    let theme = &state.setup.theme;
    let at = row.at.format("%H:%M:%S");
    match row.kind {
        Kind::Line(Stream::Stdout) => (format!(" {at}  {}", row.text), theme.text),
        Kind::Line(Stream::Stderr) => (format!(" {at}! {}", row.text), theme.warn),
        Kind::Line(Stream::Own) => (format!(" {at}$ {}", row.text), theme.title),
        Kind::Skipped(lines) => {
            let lines = paint::count(lines);
            let place = match file {
                Some(file) => format!("; all are in {}", file.display()),
                None => String::new(),
            };
            let text = format!(" {at}  ... {lines} lines not shown{place}");
            (text, theme.muted)
        }
    }
}
