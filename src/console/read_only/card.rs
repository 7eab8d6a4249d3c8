//! Ending read-only.

use super::dialog::LiftCard;
use crate::console::app::state::State;
use crate::console::dialog::card::Card;

pub fn card(state: &State, card: &LiftCard, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let title = format!("LIFT READ-ONLY of {}", state.setup.environment.name);
    let mut drawn = Card::new(cells, title, theme.danger);
    drawn.fact(state, "now", &card.why);
    drawn.say(
        "Then the keys that change servers work again in this console, each with its own card, \
         until it is left. The inventory stays as it is.",
        theme.text,
    );
    drawn.gap();
    drawn.confirmation(state, &card.confirmation, "lift it");
    drawn
}
