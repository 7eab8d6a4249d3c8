//! The environments of the inventory.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::dialog::EnvironmentsCard;
use crate::console::app::state::State;
use crate::console::dialog::card::Card;
use crate::console::screen::paint;

pub fn card(state: &State, card: &EnvironmentsCard, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let mut drawn = Card::new(cells, "ENVIRONMENTS", theme.focus);
    let widest = card.listed.iter().map(|it| it.name.width()).max().unwrap_or(0).min(cells / 2);
    for (index, listed) in card.listed.iter().enumerate() {
        let chosen = index == card.chosen;
        let pointer = if chosen { state.setup.glyphs.chosen } else { " " };
        let style = if chosen { theme.chosen } else { theme.text };
        let here = if listed.scope == card.here { "  you are here" } else { "" };
        let name = paint::pad(&listed.name, widest, state.setup.glyphs.cut);
        let line = Line::from(vec![
            Span::styled(format!("{pointer} {name}  "), style),
            Span::styled(format!("{}{here}", listed.words), theme.muted),
        ]);
        drawn.lines.push(paint::cut_line(line, cells, state.setup.glyphs.cut));
    }
    drawn.scroll = card.chosen.saturating_sub(5);
    drawn.gap();
    let words = "The connections of the current one are closed first.";
    drawn.foot.push(Line::styled(words, theme.muted));
    drawn.keys(state, &[("Enter", "open it"), ("Esc", "stay here")]);
    drawn
}
