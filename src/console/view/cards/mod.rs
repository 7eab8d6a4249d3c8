//! Cards lie over the screen. Each says what it is about, what would happen, and its keys.

mod ask;
mod card;
mod commands;
mod environments;
mod files;
mod help;
mod lift;
mod messages;
mod palette;
mod plan;
mod prompt;
mod quit;
mod roll_back;
mod rollback_facts;
mod sign_off;
mod tag;

pub use card::input;
pub use tag::visible_rows as tag_rows;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::card::{Card, Tall, WIDEST, inner_width};
use crate::console::dialog::{Dialog, Size};
use crate::console::state::State;

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
        Dialog::Help(card) => help::card(state, *card, cells),
        Dialog::Tag(card) => tag::card(state, card, area, cells),
        Dialog::Plan(card) => plan::card(state, card, cells),
        Dialog::Rollback(card) => roll_back::card(state, card, cells),
        Dialog::SignOff(card) => sign_off::card(state, card, cells),
        Dialog::Ask(card) => ask::card(state, card, cells),
        Dialog::Quit { scroll } => quit::card(state, *scroll, cells),
        Dialog::Palette(card) => palette::card(state, card, area, cells),
        Dialog::Lift(card) => lift::card(state, card, cells),
        Dialog::Messages { back } => messages::card(state, *back, cells),
        Dialog::Places(card) => environments::card(state, card, cells),
        Dialog::LeaveNow => quit::leave_now(state, cells),
        Dialog::Prompt(card) => prompt::card(state, card, cells),
        // The foot has the first, the table the second; the others are pages.
        Dialog::Search(_)
        | Dialog::Filter(_)
        | Dialog::History(_)
        | Dialog::Opened(_)
        | Dialog::Replay(_) => return None,
    })
}
