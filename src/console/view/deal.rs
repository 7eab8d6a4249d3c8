//! The third line: the whole deal in words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint;
use super::shape::{Shape, shape};
use crate::console::fleet::{Agreed, Letters, WayBack};
use crate::console::state::State;

pub fn draw(state: &State, row: Rect, buf: &mut Buffer) {
    if row.height == 0 {
        return;
    }
    let theme = &state.setup.theme;
    let letters = match shape(buf.area) {
        Shape::Chips => letters(state),
        _ => Letters::Long,
    };
    let deal = state.deal();
    let mut left = vec![
        Span::styled(" live ", theme.muted),
        Span::styled(deal.live.words(letters), theme.live),
    ];
    // Where the hosts differ, the passive side is the same list over again.
    if !matches!(deal.live, Agreed::Mixed(_)) {
        let arrow = format!(" {} passive ", state.setup.glyphs.arrow);
        left.push(Span::styled(arrow, theme.muted));
        left.push(Span::styled(deal.passive.words(letters), theme.passive));
    }
    let style = match state.way_back() {
        WayBack::Open { .. } => theme.ok,
        WayBack::Nowhere
        | WayBack::Prepared(_)
        | WayBack::Left { .. }
        | WayBack::NoRecord { .. }
        | WayBack::Unproven { .. } => theme.muted,
        WayBack::Cold(_) => theme.warn,
        WayBack::NotKnown => theme.unknown,
    };
    paint::ends(state, row, Line::from(left), &Line::styled(readiness(state), style), buf);
}

/// Letters alone only where they tell the colors apart.
pub fn letters(state: &State) -> Letters {
    state
        .fleet
        .members
        .first()
        .map_or(Letters::Long, |member| Letters::short_if_distinct(&member.colors))
}

fn readiness(state: &State) -> String {
    let deal = state.deal();
    match state.way_back() {
        WayBack::Open { ready, of, .. } => format!("ROLLBACK ready {ready}/{of} "),
        WayBack::Unproven { ready, of } | WayBack::NoRecord { ready, of } => {
            format!("passive ready {ready}/{of} ")
        }
        WayBack::Prepared(tag) if deal.ready == deal.of => {
            format!("{tag} prepared, ready {}/{} ", deal.ready, deal.of)
        }
        // One that is unhealthy, or not up everywhere, is not prepared yet.
        WayBack::Prepared(tag) => format!("{tag} prepared on {}/{} ", deal.ready, deal.of),
        WayBack::Left { tag, back, of } => format!("{tag} rolled back on {back}/{of} "),
        WayBack::Nowhere => "nothing to roll back to ".to_owned(),
        WayBack::Cold(_) => format!("COLD ROLLBACK {}/{} ", deal.ready, deal.of),
        WayBack::NotKnown => "rollback ? ".to_owned(),
    }
}
