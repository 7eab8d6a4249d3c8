//! Cards lie over the screen. Each says what it is about, what would happen, and its keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::card::{Card, Tall, WIDEST, inner_width};
use super::{Dialog, Size};
use crate::console::app::state::State;
use crate::console::dialog::ask_card;
use crate::console::{
    environments, help, leave, messages, palette, plan, prompt, read_only, releases, rollback,
    sign_off,
};

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    if let Some((card, width)) = top(state, area) {
        card.paint(state, area, width, buf);
    }
}

/// So many lines do not fit below the first one of the card on top.
pub fn beyond(state: &State, area: Rect) -> usize {
    top(state, area).map_or(0, |(card, _)| card.beyond(area))
}

/// The card on top, and how wide it is.
fn top(state: &State, area: Rect) -> Option<(Card, u16)> {
    let top = state.dialogs.last()?;
    let size = top.dialog.reading().map(|reading| reading.size);
    let width = if size == Some(Size::Screen) { area.width } else { area.width.min(WIDEST) };
    let cells = usize::from(inner_width(area, width));
    let mut card = card(state, &top.dialog, area, cells)?;
    card.tall = match size {
        None => Tall::Needed,
        Some(Size::Card) => Tall::BelowHosts,
        Some(Size::Screen) => Tall::All,
    };
    Some((card, width))
}

fn card(state: &State, dialog: &Dialog, area: Rect, cells: usize) -> Option<Card> {
    Some(match dialog {
        Dialog::Help(card) => help::card::card(state, *card, cells),
        Dialog::Tag(card) => releases::card::card(state, card, area, cells),
        Dialog::Plan(card) => plan::card::card(state, card, cells),
        Dialog::Rollback(card) => rollback::card::card(state, card, cells),
        Dialog::SignOff(card) => sign_off::card::card(state, card, cells),
        Dialog::Ask(card) => ask_card::card(state, card, cells),
        Dialog::Quit { scroll } => leave::card::card(state, *scroll, cells),
        Dialog::Palette(card) => palette::card::card(state, card, area, cells),
        Dialog::Lift(card) => read_only::card::card(state, card, cells),
        Dialog::Messages { back } => messages::card::card(state, *back, cells),
        Dialog::Places(card) => environments::card::card(state, card, cells),
        Dialog::LeaveNow => leave::card::leave_now(state, cells),
        Dialog::Prompt(card) => prompt::card::card(state, card, cells),
        // The foot has the first, the table the second; the others are pages.
        Dialog::Search(_)
        | Dialog::Filter(_)
        | Dialog::History(_)
        | Dialog::Opened(_)
        | Dialog::Replay(_) => return None,
    })
}
