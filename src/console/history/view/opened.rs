//! One past run: what it was, its timeline, and what a host had printed by then.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::list;
use crate::console::app::state::State;
use crate::console::app::verdict::verdict_text;
use crate::console::fleet::Status;
use crate::console::fleet::listing::window;
use crate::console::history::{Opened, Part, TimelineRow};
use crate::console::screen::glyphs::Mark;
use crate::console::screen::paint;
use crate::domain::event::{OutputLine, Stream};
use crate::domain::event_text::Tone;
use crate::domain::history::{HostOutput, RunEnding};
use crate::domain::target::Target;

/// The time and the host, in front of each line of the timeline.
const WHO: usize = 10;

pub fn draw(state: &State, opened: &Opened, area: Rect, buf: &mut Buffer) {
    let theme = &state.setup.theme;
    let brief = opened.record.brief();
    let Some(top) = paint::row(area, 0) else { return };
    let what = format!("RUN {} {}", brief.phase(), brief.releases(state.setup.glyphs.arrow));
    let when =
        brief.began.map_or(String::new(), |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string());
    paint::rule(state, top, &what, &when, theme.title, buf);
    let roomy = area.height >= 12;
    let mut used = 1;
    if roomy {
        for line in facts(state, opened) {
            if let Some(row) = paint::row(area, used) {
                paint::line(state, row, line, buf);
                used += 1;
            }
        }
    }
    let used = u16::try_from(used).unwrap_or(area.height);
    let rest = Rect { y: area.y + used, height: area.height.saturating_sub(used), ..area };
    let printed = if roomy && !opened.record.output.is_empty() { rest.height / 2 } else { 0 };
    let (upper, lower) = match (roomy, opened.part) {
        // No room for both: the one that has the keys.
        (false, Part::Output) => (Rect { height: 0, ..rest }, rest),
        _ => (
            Rect { height: rest.height - printed, ..rest },
            Rect { y: rest.bottom() - printed, height: printed, ..rest },
        ),
    };
    timeline(state, opened, upper, buf);
    output(state, opened, lower, buf);
}

fn facts(state: &State, opened: &Opened) -> Vec<Line<'static>> {
    let theme = &state.setup.theme;
    let record = &opened.record;
    let ending = record.ending();
    let ended = match &ending {
        RunEnding::Ended(verdict) => {
            let (mark, words) = verdict_text(verdict);
            Status::new(mark, words)
        }
        none => Status::new(list::ending(none).mark, none.why_none().unwrap_or_default()),
    };
    let brief = record.brief();
    let by = brief.intent.as_ref().map_or("?".to_owned(), |intent| intent.by.to_string());
    let took = brief.took().map_or("?".to_owned(), paint::span);
    let servers = if brief.hosts == 1 { "server" } else { "servers" };
    let about = format!(" by {by}, {} {servers}, {took}", brief.hosts);
    vec![
        Line::from(vec![Span::raw(" "), paint::status(state, &ended)]),
        Line::from(vec![
            Span::styled(about, theme.text),
            Span::styled(format!("  {}", record.journal.display()), theme.muted),
        ]),
    ]
}

fn timeline(state: &State, opened: &Opened, area: Rect, buf: &mut Buffer) {
    let theme = &state.setup.theme;
    let Some(top) = paint::row(area, 0) else { return };
    let style = if opened.part == Part::Timeline { theme.focus } else { theme.title };
    let failures = match opened.failures() {
        0 => "nothing failed".to_owned(),
        1 => "1 failed or is not known".to_owned(),
        many => format!("{many} failed or are not known"),
    };
    let count = opened.entries.len();
    let place = format!("{} of {count}", (opened.at + 1).min(count));
    paint::rule(state, top, &format!("timeline, {failures}"), &place, style, buf);
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let rows = usize::from(body.height);
    let visible = window(count, Some(opened.at), opened.at.saturating_sub(rows / 2), rows);
    for (index, at) in visible.enumerate() {
        if let Some(row) = paint::row(body, index) {
            let chosen = at == opened.at;
            paint::line(state, row, entry(state, &opened.entries[at], chosen), buf);
        }
    }
}

fn entry(state: &State, entry: &TimelineRow, chosen: bool) -> Line<'static> {
    let setup = &state.setup;
    let theme = &setup.theme;
    let pointer = if chosen { setup.glyphs.chosen } else { " " };
    let who = entry.who.as_ref().map_or("", Target::name);
    let style = mark(entry.tone).map_or(theme.text, |mark| theme.mark(mark));
    let sign = mark(entry.tone).map_or(" ", |mark| setup.glyphs.of(mark));
    let words = state.in_keys(entry.words.lines().next().unwrap_or_default());
    let words = Span::styled(words, if chosen { theme.chosen } else { style });
    Line::from(vec![
        Span::styled(pointer, theme.focus),
        Span::styled(format!("{} ", entry.at.format("%H:%M:%S")), theme.muted),
        Span::styled(format!("{} ", paint::pad(who, WHO, setup.glyphs.cut)), theme.text),
        Span::styled(format!("{sign} "), style),
        words,
    ])
}

fn output(state: &State, opened: &Opened, area: Rect, buf: &mut Buffer) {
    let theme = &state.setup.theme;
    let Some(top) = paint::row(area, 0) else { return };
    let style = if opened.part == Part::Output { theme.focus } else { theme.title };
    let Some(output) = opened.output() else {
        paint::rule(state, top, "no host printed anything", "", style, buf);
        return;
    };
    let count = output.lines.len();
    let until = opened.until.min(count);
    let hosts = match opened.record.output.len() {
        1 => String::new(),
        many => format!(", one of {many} hosts"),
    };
    let title = format!("{} printed{hosts}", output.target);
    let place = format!("{} of {} lines", paint::count(until as u64), paint::count(count as u64));
    paint::rule(state, top, &title, &place, style, buf);
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let rows = painted(state, output, until, body);
    for (index, line) in rows.into_iter().enumerate() {
        if let Some(row) = paint::row(body, index) {
            paint::line(state, row, line, buf);
        }
    }
}

/// As many of the lines up to this one as fit, long ones over several rows.
fn painted(state: &State, output: &HostOutput, until: usize, area: Rect) -> Vec<Line<'static>> {
    let theme = &state.setup.theme;
    let (rows, cells) = (usize::from(area.height), usize::from(area.width));
    let mut painted: Vec<Line<'static>> = Vec::new();
    if let Some(why) = &output.wrong {
        painted.push(Line::styled(format!(" the rest cannot be read: {why}"), theme.bad));
    }
    for number in (0..until).rev() {
        if painted.len() >= rows {
            break;
        }
        painted.extend(pieces(state, &output.lines[number], cells).into_iter().rev());
        if let Some((_, lines)) = output.left_out.filter(|(before, _)| *before == number) {
            let (lines, file) = (paint::count(lines), output.file.display());
            let words = format!("          ... {lines} lines left out; all are in {file}");
            painted.push(Line::styled(words, theme.muted));
        }
    }
    if painted.is_empty() {
        painted.push(Line::styled(" nothing printed until then", theme.muted));
    }
    painted.truncate(rows);
    painted.reverse();
    painted
}

fn pieces(state: &State, line: &OutputLine, cells: usize) -> Vec<Line<'static>> {
    let theme = &state.setup.theme;
    let style = match line.stream {
        Stream::Stdout => theme.text,
        Stream::Stderr => theme.warn,
        Stream::Own | Stream::Begins => theme.title,
        Stream::Done => theme.ok,
        Stream::Failed => theme.bad,
        Stream::Unknown => theme.unknown,
    };
    let head = format!(" {}{} ", line.at.format("%H:%M:%S"), line.stream.sign());
    let room = cells.saturating_sub(head.width()).max(8);
    let pieces = paint::pieces(&line.text, room).into_iter().enumerate();
    let piece = |(index, piece): (usize, String)| {
        let head = if index == 0 { head.clone() } else { " ".repeat(head.width()) };
        Line::styled(format!("{head}{piece}"), style)
    };
    pieces.map(piece).collect()
}

fn mark(tone: Tone) -> Option<Mark> {
    match tone {
        Tone::Plain => None,
        Tone::Work => Some(Mark::Work),
        Tone::AlreadyDone => Some(Mark::Skip),
        Tone::Ok => Some(Mark::Ok),
        Tone::Warn => Some(Mark::Warn),
        Tone::Bad => Some(Mark::Bad),
        Tone::Unknown => Some(Mark::Unknown),
    }
}
