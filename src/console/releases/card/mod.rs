//! Which release is a phase about? The releases there are, with what the registry and the servers say of them.

mod details;
mod row;

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::Servers;
use super::card::row::Columns;
use super::dialog::{Chosen, TagCard};
use crate::console::app::state::State;
use crate::console::dialog::card::{Card, WIDEST, inner_width, input, is_small};
use crate::console::fleet::Letters;
use crate::console::screen::shape::FOOT;
use crate::domain::phase::Phase;
use crate::domain::release::Tag;

/// More rows than this hide the servers behind the card.
const MOST: usize = 14;
/// From here on there is room for the heads of the columns, and for what is live.
const HIGH: u16 = 20;

pub fn card(state: &State, card: &TagCard, area: Rect, cells: usize) -> Card {
    let mut drawn = top(state, card, area, cells);
    let rows = rows(state, card, area, cells, drawn.lines.len());
    let entries = state.releases.list.entries();
    let observed = card.rows.iter().skip(card.first).take(rows);
    let observed: Vec<&Tag> = observed.filter_map(|at| Some(&entries.get(*at)?.tag)).collect();
    let mut of_interest = observed.clone();
    if let Some(Chosen::Tag(tag)) = &card.chosen {
        of_interest.push(tag);
    }
    of_interest.dedup();
    of_interest.sort();
    of_interest.dedup();
    let servers = Servers::of(state, &of_interest);
    let columns = Columns::of(state, card, cells);
    if area.height >= HIGH && !is_small(area) {
        drawn.lines.push(columns.heads(state));
    }
    let before = drawn.lines.len();
    for tag in &observed {
        let chosen = card.chosen.as_ref() == Some(&Chosen::Tag((*tag).clone()));
        drawn.lines.push(columns.row(state, &servers, tag, chosen));
    }
    if observed.len() < rows && state.is_typed_by_hand(card) {
        let chosen = card.chosen == Some(Chosen::AsTyped);
        drawn.lines.push(columns.as_typed(state, card.field.text().trim(), chosen));
    }
    // The line that is typed in stays where it is, however few rows there are.
    drawn.lines.resize(before + rows, Line::default());
    let height = details::height(state, area, cells);
    drawn.foot.extend(details::lines(state, card, &servers, cells, height));
    drawn.keys(state, keys(cells));
    drawn
}

/// The lines above the rows: the selected hosts, what is live, what is typed.
fn top(state: &State, card: &TagCard, area: Rect, cells: usize) -> Card {
    let all = state.releases.list.entries().len();
    let count = match (card.rows.len(), all) {
        (_, 0) => String::new(),
        (some, all) if some == all => format!(" {all}"),
        (some, all) => format!(" {some} of {all}"),
    };
    let phase = card.phase.title().to_uppercase();
    let phase = if card.phase == Phase::GoLive { format!("{phase} with") } else { phase };
    let title = format!("{phase} which release?{count}");
    let mut drawn = Card::new(cells, title, state.setup.theme.focus);
    drawn.only(state, &state.selection());
    if area.height >= HIGH && !is_small(area) {
        drawn.fact(state, "live", &state.release_summary().live.words(Letters::Full));
    }
    drawn.lines.push(input(state, "tag        ", &card.field));
    drawn
}

fn keys(cells: usize) -> &'static [(&'static str, &'static str)] {
    match cells {
        ..50 => &[("Enter", "plan"), ("Esc", "cancel")],
        50..76 => &[("Enter", "plan"), ("Ctrl-R", "ask again"), ("Esc", "cancel")],
        76..84 => {
            &[("Enter", "plan"), ("Up Down", "choose"), ("Ctrl-R", "ask again"), ("Esc", "cancel")]
        }
        _ => &[
            ("Enter", "show the plan"),
            ("Up Down", "choose"),
            ("Ctrl-R", "ask again"),
            ("Esc", "cancel"),
        ],
    }
}

/// As many as there is room for, beside the frame, what is above and below, and the console's own foot.
fn rows(state: &State, card: &TagCard, area: Rect, cells: usize, top: usize) -> usize {
    let heads = usize::from(area.height >= HIGH && !is_small(area));
    let frame = if is_small(area) { 1 } else { 2 + usize::from(FOOT) };
    let others = frame + top + heads + details::height(state, area, cells) + 1;
    let room = usize::from(area.height).saturating_sub(others);
    let wanted = (card.rows.len() + 1).max(state.releases.list.entries().len() + 1);
    room.clamp(1, MOST).min(wanted.max(3))
}

/// Returns the number of visible rows, for the keys that move through them.
pub fn visible_rows(state: &State) -> usize {
    let (width, height) = state.screen.size;
    let area = Rect { x: 0, y: 0, width, height };
    let cells = usize::from(inner_width(area, width.min(WIDEST)));
    state
        .picker()
        .map_or(1, |card| rows(state, card, area, cells, top(state, card, area, cells).lines.len()))
}
