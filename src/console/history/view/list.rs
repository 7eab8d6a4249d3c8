//! The list of past runs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::console::app::state::State;
use crate::console::app::verdict::verdict_text;
use crate::console::fleet::Status;
use crate::console::fleet::listing::window;
use crate::console::history::History;
use crate::console::screen::glyphs::Mark;
use crate::console::screen::paint;
use crate::domain::event::Verdict;
use crate::domain::history::{RunEnding, RunSummary};

/// The details of the chosen run below the list.
const MORE: u16 = 4;

pub fn draw(state: &State, history: &History, area: Rect, buf: &mut Buffer) {
    let theme = &state.setup.theme;
    let shown = history.shown();
    let Some(top) = paint::row(area, 0) else { return };
    let title = title(state, history, shown.len(), area.width);
    paint::rule(state, top, &title, &right(history), theme.focus, buf);
    let columns = columns(area.width);
    if let Some(row) = paint::row(area, 1).filter(|_| area.height > 8) {
        paint::line(state, row, heads(state, &columns), buf);
    }
    let above = if area.height > 8 { 2 } else { 1 };
    let below = if area.height > 8 { MORE } else { 0 };
    let rows =
        Rect { y: area.y + above, height: area.height.saturating_sub(above + below), ..area };
    list(state, history, &shown, &columns, rows, buf);
    let more = Rect { y: rows.bottom(), height: below, ..area };
    chosen(state, history, more, buf);
}

fn title(state: &State, history: &History, shown: usize, width: u16) -> String {
    let of = match width {
        ..70 => "HISTORY".to_owned(),
        _ => format!("HISTORY of {} in {}", state.setup.app, state.setup.environment.name),
    };
    let (filter, all) = (history.filter.text(), history.len());
    match (history.typing, filter.is_empty()) {
        (true, _) => format!("{of}, show: {filter}_  {shown} of {all} match"),
        (false, true) if all == 1 => format!("{of}, 1 run"),
        (false, true) => format!("{of}, {all} runs"),
        (false, false) => format!("{of}, {shown} of {all} match {filter:?}"),
    }
}

fn right(history: &History) -> String {
    match (history.whole, history.unread.len()) {
        (false, _) => "reading".to_owned(),
        (true, 0) => "newest first, UTC".to_owned(),
        (true, unread) => format!("{unread} CANNOT BE READ"),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Day,
    Minute,
    Second,
    Phase,
    Release,
    Hosts,
    Ended,
    Took,
    By,
}

/// The columns that fit: time, phase and result are shown on every screen.
fn columns(width: u16) -> Vec<(Column, usize)> {
    use Column::{By, Day, Ended, Hosts, Minute, Phase, Release, Second, Took};
    match width {
        ..50 => vec![(Minute, 5), (Phase, 9), (Release, 6), (Ended, 9)],
        50..75 => vec![(Day, 10), (Minute, 5), (Phase, 9), (Release, 12), (Ended, 12)],
        75..100 => vec![
            (Day, 10),
            (Minute, 5),
            (Phase, 9),
            (Release, 16),
            (Ended, 10),
            (Took, 6),
            (By, usize::from(width).saturating_sub(72)),
        ],
        _ => vec![
            (Day, 10),
            (Second, 8),
            (Phase, 9),
            (Release, 22),
            (Hosts, 5),
            (Ended, 14),
            (Took, 7),
            (By, usize::from(width).saturating_sub(94)),
        ],
    }
}

fn heads(state: &State, columns: &[(Column, usize)]) -> Line<'static> {
    let head = |(column, width): &(Column, usize)| {
        let head = match column {
            Column::Day => "DAY",
            Column::Minute | Column::Second => "BEGAN",
            Column::Phase => "PHASE",
            Column::Release => "RELEASE",
            Column::Hosts => "HOSTS",
            Column::Ended => "ENDED",
            Column::Took => "TOOK",
            Column::By => "BY",
        };
        paint::pad(head, *width, "") + "  "
    };
    let heads: String = columns.iter().map(head).collect();
    Line::styled(format!("  {heads}"), state.setup.theme.muted)
}

fn list(
    state: &State,
    history: &History,
    shown: &[&RunSummary],
    columns: &[(Column, usize)],
    area: Rect,
    buf: &mut Buffer,
) {
    if shown.is_empty() {
        let words = match (history.is_empty(), history.whole) {
            (true, false) => " reading the journals",
            (true, true) => " no run of this app is written down here yet",
            (false, _) => " no run has these letters: Esc takes the filter away",
        };
        if let Some(row) = paint::row(area, 0) {
            paint::line(state, row, Line::styled(words, state.setup.theme.muted), buf);
        }
        return;
    }
    let at = history.at();
    let visible = window(
        shown.len(),
        Some(at),
        at.saturating_sub(usize::from(area.height) / 2),
        usize::from(area.height),
    );
    for (index, place) in visible.enumerate() {
        if let Some(row) = paint::row(area, index) {
            paint::line(state, row, line(state, shown[place], place == at, columns), buf);
        }
    }
}

fn line(
    state: &State,
    brief: &RunSummary,
    chosen: bool,
    columns: &[(Column, usize)],
) -> Line<'static> {
    let setup = &state.setup;
    let pointer = if chosen { setup.glyphs.chosen } else { " " };
    let flag = if brief.damage.is_empty() { " " } else { "!" };
    let mut spans =
        vec![Span::styled(pointer, setup.theme.focus), Span::styled(flag, setup.theme.warn)];
    for (column, width) in columns {
        let (text, style) = cell(state, brief, *column);
        let style = if chosen && *column == Column::Phase { setup.theme.chosen } else { style };
        spans.push(Span::styled(paint::pad(&text, *width, setup.glyphs.cut), style));
        spans.push(Span::raw("  "));
    }
    Line::from(spans)
}

fn cell(state: &State, brief: &RunSummary, column: Column) -> (String, Style) {
    let setup = &state.setup;
    let theme = &setup.theme;
    let began =
        |format: &str| brief.began.map_or("?".to_owned(), |at| at.format(format).to_string());
    match column {
        Column::Day => (began("%Y-%m-%d"), theme.text),
        Column::Minute => (began("%H:%M"), theme.text),
        Column::Second => (began("%H:%M:%S"), theme.text),
        Column::Phase => (brief.phase().to_owned(), theme.text),
        Column::Release => (brief.releases(setup.glyphs.arrow), theme.text),
        Column::Hosts if brief.hosts == 0 => (String::new(), theme.text),
        Column::Hosts => (brief.hosts.to_string(), theme.text),
        Column::Ended => {
            let span = paint::status(state, &ending(&brief.ending));
            (span.content.into_owned(), span.style)
        }
        Column::Took => {
            // Of a run without an end it is not known how long it took.
            let took = brief.took().filter(|_| matches!(brief.ending, RunEnding::Ended(_)));
            (took.map_or("?".to_owned(), paint::span), theme.muted)
        }
        Column::By => {
            let by = brief.intent.as_ref().map_or("?".to_owned(), |intent| intent.by.to_string());
            (by, theme.muted)
        }
    }
}

pub fn ending(ending: &RunEnding) -> Status {
    let mark = match ending {
        RunEnding::Ended(Verdict::Done) => Mark::Ok,
        RunEnding::Ended(Verdict::Refused { .. } | Verdict::Locked { .. }) => Mark::Skip,
        RunEnding::Ended(
            Verdict::Partly { .. } | Verdict::Failed { .. } | Verdict::LockLost { .. },
        ) => Mark::Bad,
        RunEnding::Ended(Verdict::Aborted { .. }) => Mark::Warn,
        RunEnding::Ended(Verdict::Unknown { .. }) | RunEnding::Gone | RunEnding::NotKnown => {
            Mark::Unknown
        }
        RunEnding::AtWork => Mark::Work,
    };
    Status::new(mark, ending.word())
}

/// The verdict in a sentence, and what is wrong with the journal, down to the line.
fn chosen(state: &State, history: &History, area: Rect, buf: &mut Buffer) {
    let theme = &state.setup.theme;
    let Some(top) = paint::row(area, 0) else { return };
    let Some(brief) = history.chosen() else { return };
    paint::rule(state, top, &brief.name, "", theme.title, buf);
    let mut details = vec![verdict(state, brief)];
    for damage in brief.damage.iter().take(1) {
        let more = brief.damage.len() - 1;
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        let words = format!("line {} cannot be read{more}: {}", damage.line, damage.what);
        details.push(Status::new(Mark::Warn, words));
    }
    let unread = history.unread.iter().take(1);
    details.extend(unread.map(|why| Status::new(Mark::Bad, why.clone())));
    let lines = details.iter().flat_map(|details| status(state, details, area.width));
    for (index, line) in lines.enumerate() {
        if let Some(row) = paint::row(area, index + 1) {
            paint::line(state, row, line, buf);
        }
    }
}

/// Whole, over as many rows as it needs.
fn status(state: &State, details: &Status, width: u16) -> Vec<Line<'static>> {
    let pieces = paint::wrap(&details.words, usize::from(width).saturating_sub(4).max(8));
    let line = |(index, piece): (usize, String)| match index {
        0 => Line::from(vec![
            Span::raw(" "),
            paint::status(state, &Status::new(details.mark, piece)),
        ]),
        _ => Line::styled(format!("   {piece}"), state.setup.theme.mark(details.mark)),
    };
    pieces.into_iter().enumerate().map(line).collect()
}

fn verdict(state: &State, brief: &RunSummary) -> Status {
    match &brief.ending {
        RunEnding::Ended(verdict) => {
            let (mark, words) = verdict_text(verdict);
            Status::new(mark, words)
        }
        none => {
            let last = brief.last.map_or(String::new(), |at| {
                let ago = paint::age(paint::since(at, state.now.at));
                format!("; its last word is {ago} old")
            });
            let words = format!("{}{last}", none.why_none().unwrap_or_default());
            Status::new(ending(none).mark, words)
        }
    }
}
