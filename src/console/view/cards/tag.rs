//! Which release to prepare?

use ratatui::text::Line;

use super::{Card, input};
use crate::console::dialog::TagCard;
use crate::console::fleet::Letters;
use crate::console::state::State;
use crate::domain::release::Tag;

/// More suggestions than this are no help.
const SHOWN: usize = 6;

pub fn card(state: &State, card: &TagCard, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let mut drawn = Card::new(cells, "PREPARE which release?", theme.focus);
    drawn.only(state, &state.selection());
    drawn.fact(state, "live", &state.deal().live.words(Letters::Long));
    let seen: Vec<&str> = card.seen.iter().take(SHOWN).map(Tag::as_str).collect();
    let seen = if seen.is_empty() { "nothing yet".to_owned() } else { seen.join("  ") };
    drawn.fact(state, "on servers", &seen);
    drawn.gap();
    drawn.lines.push(input(state, "tag        ", &card.field));
    if let Some(wrong) = &card.wrong {
        drawn.lines.push(Line::styled(wrong.clone(), theme.bad));
    }
    drawn.gap();
    drawn.keys(
        state,
        &[("Enter", "show the plan"), ("Tab", "one seen on servers"), ("Esc", "leave it")],
    );
    drawn
}
