//! A replay: the same screen once more, under a band that says that it is not now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::foot;
use crate::console::app::state::State;
use crate::console::fleet::Status;
use crate::console::history::Replay;
use crate::console::screen::finish::finish;
use crate::console::screen::{paint, split};

pub fn draw(state: &State, replay: &Replay, area: Rect, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let band_row = Rect { height: 1, ..area };
    let inner = Rect { x: 0, y: 0, width: area.width, height: area.height - 1 };
    // Drawn as a screen of its own: it has its own size, and nothing of it is outside of it.
    let mut canvas = Buffer::empty(inner);
    if let Some(stage) = &state.replay {
        split::draw(stage.state(), inner, &mut canvas);
        finish(stage.state(), inner, &mut canvas);
    }
    for position in inner.positions() {
        let (x, y) = (area.x + position.x, area.y + 1 + position.y);
        if let Some(cell) = buf.cell_mut((x, y)) {
            *cell = canvas[position].clone();
        }
    }
    band(state, replay, band_row, buf);
    message(state, area, buf);
    let keys = Rect { y: area.bottom() - 1, height: 1, ..area };
    if area.height > 2 {
        clear(keys, Style::default(), buf);
        paint::line(state, keys, foot::hints(state, usize::from(keys.width)), buf);
    }
}

fn band(state: &State, replay: &Replay, row: Rect, buf: &mut Buffer) {
    let theme = &state.setup.theme;
    clear(row, theme.band_protected, buf);
    let (at, of) = replay.place();
    let now = state.replay.as_ref().map(|stage| stage.state().now.at).unwrap_or_default();
    let now = now.format("%Y-%m-%d %H:%M:%S UTC");
    let stands = match (replay.is_over(), replay.playing) {
        (true, _) => "THE END".to_owned(),
        (false, true) => format!("{} {}x", state.setup.glyphs.work, replay.speed.times()),
        (false, false) => format!("PAUSED {}x", replay.speed.times()),
    };
    let cut = replay.cut_short().filter(|_| replay.playing);
    let cut =
        cut.map_or(String::new(), |gap| format!(", a wait of {} cut short", paint::span(gap)));
    let left = format!(" REPLAY  {now}  {stands}  event {at} of {of}{cut}");
    let right = live(state);
    let style = theme.band_protected;
    paint::ends(
        state,
        row,
        Line::from(Span::styled(left, style)),
        &Line::from(Span::styled(right, style)),
        buf,
    );
}

/// What is said now goes before what was said then.
fn message(state: &State, area: Rect, buf: &mut Buffer) {
    let above_keys = usize::from(area.height).checked_sub(3).filter(|at| *at > 1);
    let row = above_keys.and_then(|at| paint::row(area, at));
    if let (Some(row), Some(message)) = (row, &state.messages.newest) {
        clear(row, Style::default(), buf);
        let said = Status::new(message.mark, format!("now: {}", message.text));
        let line = Line::from(vec![Span::raw(" "), paint::status(state, &said)]);
        paint::line(state, row, line, buf);
    }
}

fn clear(row: Rect, style: Style, buf: &mut Buffer) {
    let width = usize::from(row.width);
    buf.set_stringn(row.x, row.y, " ".repeat(width), width, Style::reset().patch(style));
}

/// What goes on behind the replay.
fn live(state: &State) -> String {
    if state.stuck().next().is_some() || state.run.deploy.question.is_some() {
        return "NOW: a run waits for you, Esc ".to_owned();
    }
    match state.running() {
        Some(intent) => format!("NOW: {} is running ", intent.phase.title()),
        None => String::new(),
    }
}
