//! Cards: dialogs over the screen that have the keyboard focus until they are answered.
//!
//! Nothing that changes a server is carried out without a [`Confirmed`], which takes a [`Consent`] to build, and only
//! a card's key or its countdown gives that.

mod ask;
mod ask_card;
pub mod card;
mod confirmation;
mod confirmed;
mod field;
pub mod questions;
pub mod read;
mod reading;
mod result;
pub mod view;

use std::time::Duration;

pub use ask::{AskCard, Reason};
pub use confirmation::{Arming, Confirmation, Consent};
pub use confirmed::{Confirmed, Lift, Mutation};
pub use field::Field;
pub use reading::{Depth, Reading, Size};
pub use result::{DialogResult, Pick};

use super::actions::ActionId;
use super::history::{History, Opened, Replay};
use crate::console::environments::EnvironmentsCard;
use crate::console::help::HelpCard;
use crate::console::keys::key::Key;
use crate::console::leave;
use crate::console::palette::PaletteCard;
use crate::console::plan::{PlanAnswer, PlanCard};
use crate::console::prompt::PromptDialog;
use crate::console::read_only::LiftCard;
use crate::console::releases::TagCard;
use crate::console::rollback::RollbackCard;
use crate::console::sign_off::SignOffCard;
use crate::domain::order::Proposal;

/// The time in which a new card ignores upper-case keys, which were meant for the previous screen.
pub const SWALLOW: Duration = Duration::from_millis(300);

#[derive(Debug, Clone)]
pub enum Dialog {
    Help(HelpCard),
    Tag(TagCard),
    Plan(Box<PlanCard>),
    Rollback(Box<RollbackCard>),
    SignOff(SignOffCard),
    Ask(AskCard),
    /// Leaving during a run.
    Quit {
        scroll: usize,
    },
    /// Leaving again, while the run is being ended.
    LeaveNow,
    Prompt(PromptDialog),
    /// A text to search for in the output. It is typed on the message line.
    Search(Field),
    Palette(PaletteCard),
    Lift(LiftCard),
    /// The list of messages, scrolled up by this many lines.
    Messages {
        back: usize,
    },
    Places(EnvironmentsCard),
    /// The filter of hosts. It is typed in the table's rule and applies at once.
    Filter(Field),
    /// The list of past runs, over the whole screen.
    History(Box<History>),
    /// One past run.
    Opened(Box<Opened>),
    Replay(Box<Replay>),
}

impl Dialog {
    /// How it is read, where there can be more of it than fits.
    pub fn reading(&self) -> Option<&Reading> {
        match self {
            Self::Plan(card) => Some(&card.reading),
            Self::Rollback(card) => Some(&card.reading),
            Self::Ask(card) => Some(&card.reading),
            _ => None,
        }
    }

    pub fn reading_mut(&mut self) -> Option<&mut Reading> {
        match self {
            Self::Plan(card) => Some(&mut card.reading),
            Self::Rollback(card) => Some(&mut card.reading),
            Self::Ask(card) => Some(&mut card.reading),
            _ => None,
        }
    }
}

/// An open dialog, and when it was opened.
#[derive(Debug, Clone)]
pub struct Open {
    pub dialog: Dialog,
    pub since: Duration,
}

/// What happened to pasted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pasted {
    Taken,
    Dropped,
}

impl Open {
    pub fn new(dialog: Dialog, now: Duration) -> Self {
        Self { dialog, since: now }
    }

    pub fn key(&mut self, key: Key, now: Duration) -> DialogResult {
        // Where text is typed, and on pages, no key confirms anything.
        let asks_nothing = matches!(
            self.dialog,
            Dialog::Search(_)
                | Dialog::Filter(_)
                | Dialog::Tag(_)
                | Dialog::Palette(_)
                | Dialog::History(_)
                | Dialog::Opened(_)
                | Dialog::Replay(_)
        );
        let just_opened = !asks_nothing && now.saturating_sub(self.since) < SWALLOW;
        let unexpected = matches!(self.dialog, Dialog::Prompt(_));
        if just_opened && (key.is_upper_case() || unexpected) {
            return DialogResult::Nothing;
        }
        match &mut self.dialog {
            Dialog::Help(card) => card.key(key),
            Dialog::Tag(card) => card.key(key),
            Dialog::Plan(card) => card.key(key),
            Dialog::Rollback(card) => card.key(key),
            Dialog::SignOff(card) => card.key(key),
            Dialog::Ask(card) => card.key(key),
            Dialog::Quit { scroll } => leave::dialog::quit(scroll, key),
            Dialog::LeaveNow => leave::dialog::leave_now(key),
            Dialog::Messages { back } => messages(back, key),
            Dialog::Places(card) => card.key(key),
            Dialog::Prompt(card) => card.key(key),
            Dialog::Search(field) => search(field, key),
            Dialog::Palette(_) if key == Key::Esc => DialogResult::Close,
            Dialog::Palette(_) => DialogResult::Palette(key),
            Dialog::Lift(card) => card.key(key),
            Dialog::Filter(field) => filter(field, key),
            Dialog::History(history) => history.key(key),
            Dialog::Opened(opened) => opened.key(key),
            Dialog::Replay(replay) => replay.key(key),
        }
    }

    /// Pastes text where text is typed. Elsewhere pasted text is dropped and never acts as keys.
    pub fn paste(&mut self, text: &str) -> Pasted {
        match &mut self.dialog {
            Dialog::Tag(card) => card.field.paste(text),
            Dialog::SignOff(SignOffCard { declining: Some(note), .. }) => note.paste(text),
            Dialog::Ask(AskCard { reason: Some(Reason { field, given: false }), .. }) => {
                field.paste(text);
            }
            Dialog::Prompt(card) => card.field.paste(text),
            Dialog::Search(field) | Dialog::Filter(field) => field.paste(text),
            Dialog::Palette(card) => card.field.paste(text),
            Dialog::History(history) if history.typing => history.filter.paste(text),
            _ => return Pasted::Dropped,
        }
        Pasted::Taken
    }

    /// Are letters text here, and nothing else? (Where a name is typed before a `Y`, they are not.)
    pub fn takes_text(&self) -> bool {
        match &self.dialog {
            Dialog::Tag(_)
            | Dialog::Prompt(_)
            | Dialog::Search(_)
            | Dialog::Filter(_)
            | Dialog::Palette(_) => true,
            Dialog::SignOff(card) => card.declining.is_some(),
            Dialog::Ask(card) => card.wants_reason(),
            Dialog::History(history) => history.typing,
            _ => false,
        }
    }

    /// Is `?` a key here? Where a name is typed before a `Y`, it is as little as where text is.
    pub fn takes_letters(&self) -> bool {
        let confirmation = match &self.dialog {
            Dialog::Plan(card) => Some(&card.confirmation),
            Dialog::Ask(card) => Some(&card.confirmation),
            Dialog::Lift(card) => Some(&card.confirmation),
            Dialog::Rollback(card) => match &card.arming {
                Arming::Unarmed { confirmation, .. } => Some(confirmation),
                Arming::Armed { .. } => None,
            },
            _ => None,
        };
        self.takes_text() || matches!(confirmation, Some(Confirmation::Typed { .. }))
    }

    pub fn tick(&mut self, now: Duration) -> DialogResult {
        match &mut self.dialog {
            Dialog::Rollback(card) => card.tick(now),
            _ => DialogResult::Nothing,
        }
    }

    /// Passes the answer of a proposal to its card.
    pub fn proposal(&mut self, proposal: &Proposal) {
        match &mut self.dialog {
            Dialog::Plan(card) if card.intent.run == proposal.run => {
                card.answer = PlanAnswer::from(proposal.plan.clone());
            }
            Dialog::Rollback(card) => card.proposal(proposal),
            _ => {}
        }
    }

    /// Handles that the card is visible again after another card covered it: its countdown starts again.
    pub fn uncovered(&mut self, now: Duration) {
        self.since = now;
        match &mut self.dialog {
            Dialog::Rollback(card) => card.rearm(now),
            Dialog::Replay(replay) => replay.uncovered(),
            _ => {}
        }
    }
}

fn search(field: &mut Field, key: Key) -> DialogResult {
    match key {
        Key::Esc => DialogResult::Close,
        Key::Enter => DialogResult::Search(field.text().to_owned()),
        key => {
            field.key(key);
            DialogResult::Nothing
        }
    }
}

fn filter(field: &mut Field, key: Key) -> DialogResult {
    match key {
        Key::Esc => DialogResult::Filter(String::new()),
        Key::Enter => DialogResult::Filter(field.text().trim().to_owned()),
        Key::Down => DialogResult::Choose(ActionId::Down),
        Key::Up => DialogResult::Choose(ActionId::Up),
        key => {
            field.key(key);
            DialogResult::Nothing
        }
    }
}

fn messages(back: &mut usize, key: Key) -> DialogResult {
    match key {
        Key::Up | Key::Char('k') => *back += 1,
        Key::Down | Key::Char('j') => *back = back.saturating_sub(1),
        Key::PageUp => *back += 10,
        Key::PageDown => *back = back.saturating_sub(10),
        Key::End | Key::Char('G') => *back = 0,
        Key::Esc | Key::Char('!' | 'q') => return DialogResult::ReadMessages,
        _ => {}
    }
    DialogResult::Nothing
}
