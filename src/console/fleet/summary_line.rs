//! The third line: the whole deal in words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Agreed, Letters, RollbackReadiness};
use crate::console::app::state::State;
use crate::console::screen::paint;
use crate::console::screen::shape::{Shape, shape};

pub fn draw(state: &State, row: Rect, buf: &mut Buffer) {
    if row.height == 0 {
        return;
    }
    let theme = &state.setup.theme;
    let letters = match shape(buf.area) {
        Shape::Chips => letters(state),
        _ => Letters::Long,
    };
    let release_summary = state.release_summary();
    let mut left = vec![
        Span::styled(" live ", theme.muted),
        Span::styled(release_summary.live.words(letters), theme.live),
    ];
    // Where the hosts differ, the passive side is the same list over again.
    if state.fleet.can.passive_side && !matches!(release_summary.live, Agreed::Mixed(_)) {
        let arrow = format!(" {} passive ", state.setup.glyphs.arrow);
        left.push(Span::styled(arrow, theme.muted));
        left.push(Span::styled(release_summary.passive.words(letters), theme.passive));
    }
    let style = match state.rollback_readiness() {
        RollbackReadiness::Open { .. } => theme.ok,
        RollbackReadiness::Nowhere
        | RollbackReadiness::Prepared(_)
        | RollbackReadiness::Left { .. }
        | RollbackReadiness::NoRecord { .. }
        | RollbackReadiness::Unproven { .. } => theme.muted,
        RollbackReadiness::Cold(_) => theme.warn,
        RollbackReadiness::NotKnown => theme.unknown,
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
    let release_summary = state.release_summary();
    match state.rollback_readiness() {
        RollbackReadiness::Open { ready, of, .. } => format!("ROLLBACK ready {ready}/{of} "),
        RollbackReadiness::Unproven { ready, of } | RollbackReadiness::NoRecord { ready, of } => {
            format!("passive ready {ready}/{of} ")
        }
        RollbackReadiness::Prepared(tag) if release_summary.ready == release_summary.of => {
            format!("{tag} prepared, ready {}/{} ", release_summary.ready, release_summary.of)
        }
        // One that is unhealthy, or not up everywhere, is not prepared yet.
        RollbackReadiness::Prepared(tag) => {
            format!("{tag} prepared on {}/{} ", release_summary.ready, release_summary.of)
        }
        RollbackReadiness::Left { tag, back, of } => format!("{tag} rolled back on {back}/{of} "),
        RollbackReadiness::Nowhere => "nothing to roll back to ".to_owned(),
        RollbackReadiness::Cold(_) => {
            format!("COLD ROLLBACK {}/{} ", release_summary.ready, release_summary.of)
        }
        RollbackReadiness::NotKnown => "rollback ? ".to_owned(),
    }
}
