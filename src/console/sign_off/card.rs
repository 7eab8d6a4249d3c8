//! The run asks: is it good?

use ratatui::text::Line;

use super::dialog::SignOffCard;
use crate::console::actions::ActionId;
use crate::console::app::state::State;
use crate::console::dialog::card::{Card, input};
use crate::console::screen::paint;

pub fn card(state: &State, card: &SignOffCard, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let mut drawn = Card::new(cells, "SIGN OFF", theme.danger);
    if let Some(run) = state.running() {
        drawn.only(state, &run.selection);
    }
    drawn.say(&card.question.text, theme.text);
    drawn.gap();
    // An address is worth nothing if a part of it is missing.
    for hint in &card.question.hints {
        for piece in paint::wrap(hint, cells.saturating_sub(2)) {
            drawn.lines.push(Line::styled(format!("  {piece}"), theme.work));
        }
    }
    drawn.gap();
    match &card.declining {
        None => {
            let later = format!("later ({})", state.key_word(ActionId::Verify));
            let keys = [("Y", "sign it off"), ("n", "reject, with a note"), ("Esc", &later)];
            drawn.keys(state, &keys);
        }
        Some(note) => {
            drawn.foot.push(input(state, "what is wrong with it: ", note));
            drawn.keys(state, &[("Enter", "decline"), ("Esc", "back")]);
        }
    }
    drawn
}
