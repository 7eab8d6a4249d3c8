//! What the message line said, the newest last.

use ratatui::text::{Line, Span};

use super::Card;
use crate::console::fleet::Status;
use crate::console::messages::Message;
use crate::console::state::State;
use crate::console::view::paint;

/// The time and a gap, in front of each.
const TIME: usize = 10;

/// `back`: so many lines before the newest.
pub fn card(state: &State, back: usize, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let past = state.messages.past();
    let mut card = Card::new(cells, format!("MESSAGES {}", past.len()), theme.focus);
    card.lines = past.iter().flat_map(|message| lines(state, message, cells)).collect();
    if card.lines.is_empty() {
        card.say("Nothing was said yet.", theme.muted);
    }
    card.below = Some(back);
    card.keys(state, &[("Esc", "close"), ("Up", "older")]);
    card
}

fn lines(state: &State, message: &Message, cells: usize) -> Vec<Line<'static>> {
    let theme = &state.setup.theme;
    let status = paint::status(state, &Status::new(message.mark, message.text.clone()));
    let at = paint::when(message.at, state.now.at);
    let room = cells.saturating_sub(TIME).max(8);
    let pieces = paint::wrap(&status.content, room).into_iter().enumerate();
    pieces
        .map(|(index, piece)| {
            let time = if index == 0 { at.as_str() } else { "" };
            let time = paint::pad(time, TIME, "");
            Line::from(vec![Span::styled(time, theme.muted), Span::styled(piece, status.style)])
        })
        .collect()
}
