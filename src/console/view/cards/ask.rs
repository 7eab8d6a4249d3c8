//! A plain question.

use super::Card;
use crate::console::dialog::AskCard;
use crate::console::state::State;

pub fn card(state: &State, card: &AskCard, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let mut drawn = Card::new(cells, card.title.clone(), theme.danger);
    for line in &card.lines {
        drawn.say(line, theme.text);
    }
    drawn.scroll = card.reading.scroll;
    drawn.gap();
    drawn.gate(state, &card.gate, "do it");
    drawn
}
