//! The rows of one pane. A sign in front says what a color says: `!` is standard error, `#` is Flipside
//! itself, and headings have a stroke or a mark of their own.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use crate::console::app::state::State;
use crate::console::output::{Fold, Kind, Pane, Paper, Row, RowView, Times, matches};
use crate::console::screen::glyphs::Mark;
use crate::console::screen::paint;
use crate::domain::event::Stream;

pub fn draw(state: &State, pane: &Pane, paper: &Paper, area: Rect, buf: &mut Buffer) {
    for (index, seen) in pane.page(paper).iter().enumerate() {
        if let Some(row) = paint::row(area, index) {
            let mut pen = Pen { buf, x: row.x, y: row.y, end: row.right() };
            draw_row(state, pane, paper, seen, &mut pen);
        }
    }
}

/// Writes on, from cell to cell, up to the end of a row.
struct Pen<'a> {
    buf: &'a mut Buffer,
    x: u16,
    y: u16,
    end: u16,
}

impl Pen<'_> {
    fn left(&self) -> usize {
        usize::from(self.end.saturating_sub(self.x))
    }

    fn write(&mut self, text: &str, style: Style) {
        (self.x, _) = self.buf.set_stringn(self.x, self.y, text, self.left(), style);
    }
}

fn draw_row(state: &State, pane: &Pane, paper: &Paper, seen: &RowView<'_>, pen: &mut Pen<'_>) {
    let style = style(state, pane, seen);
    match seen.row.kind {
        Kind::Mark => return draw_mark(state, seen.row, pen),
        Kind::Skipped(lines) => {
            let words = format!("... {} lines not shown{}", paint::count(lines), seen.row.text);
            front(state, pane, paper, seen, style, pen);
            return pen.write(&words, style);
        }
        Kind::Line(_) => {}
    }
    if seen.is_first {
        front(state, pane, paper, seen, style, pen);
    } else {
        pen.write(&" ".repeat(paper.front(seen.row).min(paper.cells / 2)), style);
    }
    text(state, seen, style, pen);
    let is_last = seen.part.end == seen.row.text.len();
    if seen.row.stream() == Some(Stream::Begins) && is_last {
        let stroke = state.setup.glyphs.rule;
        pen.write(&format!(" {}", stroke.repeat(pen.left().saturating_sub(2))), style);
    }
    beyond(state, paper, seen, pen);
}

/// What is looked for stands out, also where a line is broken in the midst of it.
fn text(state: &State, seen: &RowView<'_>, style: Style, pen: &mut Pen<'_>) {
    let whole = &*seen.row.text;
    let mut at = seen.part.start;
    let looked_for = state.output.search.as_deref().unwrap_or_default();
    for (from, to) in matches(whole, looked_for) {
        if to <= at || from >= seen.part.end || pen.left() == 0 {
            continue;
        }
        let (from, to) = (from.max(at), to.min(seen.part.end));
        pen.write(whole.get(at..from).unwrap_or_default(), style);
        pen.write(whole.get(from..to).unwrap_or_default(), state.setup.theme.chosen);
        at = to;
    }
    pen.write(whole.get(at..seen.part.end).unwrap_or_default(), style);
}

/// Where a line is cut: that it goes on.
fn beyond(state: &State, paper: &Paper, seen: &RowView<'_>, pen: &mut Pen<'_>) {
    let from = match paper.line_options.fold {
        Fold::Cut { from } => from,
        Fold::Wrapped if seen.row.is_one_row() => 0,
        Fold::Wrapped => return,
    };
    let [left, right] = state.setup.glyphs.beyond;
    let theme = &state.setup.theme;
    let begin = pen.end.saturating_sub(u16::try_from(paper.cells).unwrap_or(pen.end));
    let room = paper.cells.saturating_sub(paper.front(seen.row));
    if from > 0 && seen.row.width > 0 {
        let x = begin + u16::try_from(paper.front(seen.row)).unwrap_or(0);
        if x > begin && x < pen.end {
            pen.buf.set_string(x - 1, pen.y, left, theme.key);
        }
    }
    if seen.row.width.saturating_sub(from) > room && pen.end > begin {
        pen.buf.set_string(pen.end - 1, pen.y, right, theme.key);
    }
}

fn front(
    state: &State,
    pane: &Pane,
    paper: &Paper,
    seen: &RowView<'_>,
    style: Style,
    pen: &mut Pen<'_>,
) {
    let (setup, row) = (&state.setup, seen.row);
    let found = pane.found.as_ref().is_some_and(|found| found.at == Some(seen.number));
    // The line that a person was brought to, by a search or by a failure.
    let (pointer, its_style) = match seen.number {
        _ if found => (setup.glyphs.chosen, setup.theme.focus),
        number if pane.failing == Some(number) => (setup.glyphs.of(Mark::Bad), style),
        _ => (" ", style),
    };
    let sign = match row.kind {
        Kind::Line(Stream::Stderr) => '!',
        Kind::Line(Stream::Own) => '#',
        _ => ' ',
    };
    pen.write(pointer, its_style);
    let time = match paper.times() {
        Times::Clock => row.at.format("%H:%M:%S").to_string(),
        Times::Step => format!("{:>8}", row.after.map_or(String::new(), since)),
        Times::Off => String::new(),
    };
    pen.write(&time, setup.theme.muted);
    pen.write(&format!("{sign} "), style);
    if paper.names > 0 {
        let name = paint::pad(&row.host, paper.names, setup.glyphs.cut);
        pen.write(&format!("{name} "), setup.theme.muted);
    }
    match row.kind {
        Kind::Line(Stream::Begins) => {
            pen.write(&format!("{} ", setup.glyphs.rule.repeat(2)), style);
        }
        Kind::Line(stream) => {
            if let Some(mark) = ended(stream) {
                pen.write(&format!("{} ", setup.glyphs.of(mark)), style);
            }
        }
        _ => {}
    }
}

fn ended(stream: Stream) -> Option<Mark> {
    match stream {
        Stream::Done => Some(Mark::Ok),
        Stream::Failed => Some(Mark::Bad),
        Stream::Unknown => Some(Mark::Unknown),
        _ => None,
    }
}

fn style(state: &State, pane: &Pane, seen: &RowView<'_>) -> Style {
    let theme = &state.setup.theme;
    if pane.failing == Some(seen.number) {
        return theme.bad;
    }
    match seen.row.kind {
        Kind::Skipped(_) => theme.muted,
        Kind::Mark => theme.key,
        Kind::Line(_) if seen.row.is_heading() => theme.title,
        Kind::Line(stream) => match stream {
            Stream::Stdout => theme.text,
            Stream::Stderr => theme.warn,
            Stream::Own => theme.muted,
            Stream::Begins => theme.title,
            Stream::Done => theme.ok,
            Stream::Failed => theme.bad,
            Stream::Unknown => theme.unknown,
        },
    }
}

/// Right-aligned under each other: `+0.42s`, `+12.50s`, `+3m07s`.
fn since(after: std::time::Duration) -> String {
    let seconds = after.as_secs();
    match seconds {
        0..100 => format!("+{seconds}.{:02}s", after.subsec_millis() / 10),
        100..6_000 => format!("+{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("+{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
    }
}

fn draw_mark(state: &State, row: &Row, pen: &mut Pen<'_>) {
    let stroke = state.setup.glyphs.rule;
    let words = format!("{} mark {} ", stroke.repeat(2), row.at.format("%H:%M:%S UTC"));
    let style = state.setup.theme.key;
    let rest = pen.left().saturating_sub(words.width());
    pen.write(&format!("{words}{}", stroke.repeat(rest)), style);
}
