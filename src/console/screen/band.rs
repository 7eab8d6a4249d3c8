//! Am I in production? Who else is here? What time is it?

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::paint;
use super::shape::{Shape, shape};
use crate::console::app::state::State;
use crate::console::integration::Mouse;

pub fn draw(state: &State, row: Rect, buf: &mut Buffer) {
    if row.height == 0 {
        return;
    }
    let theme = &state.setup.theme;
    let mut left = vec![
        Span::styled(
            format!(" {} in {} ", state.setup.app, state.setup.environment.name),
            theme.text,
        ),
        word(state),
    ];
    if state.access.is_read_only() {
        left.push(Span::styled(" READ-ONLY", theme.warn));
    }
    if state.mixed().is_some() {
        left.push(Span::styled(" MIXED", theme.danger));
    }
    if state.freeze().is_some() {
        left.push(Span::styled(" FROZEN", theme.danger));
    }
    if state.terminal.mouse == Mouse::On {
        left.push(Span::styled(" MOUSE", theme.muted));
    }
    left.push(Span::styled(format!("  {}", reachable(state)), reachable_style(state)));
    let shape = shape(buf.area);
    left.extend(lock(state, shape));
    let clock = match shape {
        Shape::Wide => "%H:%M:%S UTC ",
        _ => "%H:%M:%S",
    };
    let clock = state.now.at.format(clock).to_string();
    paint::ends(state, row, Line::from(left), &Line::styled(clock, theme.muted), buf);
}

/// The environment's word, in brackets because a color alone may not be seen.
pub fn word(state: &State) -> Span<'static> {
    let environment = &state.setup.environment;
    let theme = &state.setup.theme;
    let style = if environment.protected { theme.band_protected } else { theme.band };
    Span::styled(format!("[{}]", environment.label), style)
}

pub fn reachable(state: &State) -> String {
    let of = state.fleet.members.len();
    if state.is_anything_known() {
        format!("{}/{of} reachable", state.reachable())
    } else {
        format!("?/{of} reachable")
    }
}

fn reachable_style(state: &State) -> Style {
    let theme = &state.setup.theme;
    let all = state.reachable() == state.fleet.members.len();
    if all || !state.is_anything_known() { theme.text } else { theme.bad }
}

fn lock(state: &State, shape: Shape) -> Option<Span<'static>> {
    let theme = &state.setup.theme;
    let locks = state.locks();
    let first = locks.first()?;
    let mut text = format!("  lock {}", first.who());
    if let (Shape::Wide, Some(lock)) = (shape, first.lock()) {
        let since = paint::when(lock.since, state.now.at);
        text = format!("{text}@{} since {since}", lock.machine);
    }
    if first.is_dead() {
        text.push_str(" DEAD");
    }
    if locks.len() > 1 {
        text = format!("{text} and {} more", locks.len() - 1);
    }
    Some(Span::styled(text, theme.warn))
}
