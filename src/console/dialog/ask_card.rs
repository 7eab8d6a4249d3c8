//! A plain question.

use super::card::{Card, input};
use super::{AskCard, Reason};
use crate::console::app::state::State;

pub fn card(state: &State, card: &AskCard, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let mut drawn = Card::new(cells, card.title.clone(), theme.danger);
    for line in &card.lines {
        drawn.say(line, theme.text);
    }
    drawn.scroll = card.reading.scroll;
    drawn.gap();
    match &card.reason {
        Some(Reason { field, given: false }) => {
            drawn.foot.push(input(state, "why, then press Enter: ", field));
            drawn.keys(state, &[("Enter", "continue"), ("Esc", "cancel")]);
            return drawn;
        }
        Some(Reason { field, given: true }) => {
            drawn.say(&format!("Your reason: {}", field.text().trim()), theme.text);
            drawn.gap();
        }
        None => {}
    }
    drawn.confirmation(state, &card.confirmation, "do it");
    drawn
}
