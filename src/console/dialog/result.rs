//! What a key, or time, made of a card.

use super::confirmation::Consent;
use super::confirmed::{Confirmed, Lift, Mutation};
use crate::console::actions::ActionId;
use crate::console::app::msg::PromptAnswer;
use crate::console::app::scope::ConsoleScope;
use crate::console::history::Asked;
use crate::console::keys::key::Key;
use crate::domain::plan::Selection;
use crate::domain::release::Tag;

/// What a key, or time, made of a card.
#[derive(Debug)]
pub enum DialogResult {
    /// It stays open.
    Nothing,
    Close,
    Do(Confirmed<Mutation>),
    /// In the list of releases.
    Pick(Pick),
    Reply {
        number: u64,
        answer: PromptAnswer,
    },
    Leave,
    Search(String),
    /// A key of the palette.
    Palette(Key),
    /// A key of the replay.
    Replay(Key),
    Lift(Confirmed<Lift>),
    /// Show the hosts that match this.
    Filter(String),
    /// Choose the next or the previous host while the filter is typed.
    Choose(ActionId),
    /// A request of a history page.
    Past(Asked),
    /// The same rollback for other hosts.
    Rollback(Selection),
    /// A rollback to this release.
    RollbackTo(Tag),
    /// A rollback, then leave.
    RollbackAndLeave,
    /// The messages were read.
    ReadMessages,
    /// Open another environment.
    Go(ConsoleScope),
}

/// What a key does in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// The typed text changed.
    Typed,
    Down,
    Up,
    PageDown,
    PageUp,
    First,
    Last,
    AskAgain,
    Take,
}

impl DialogResult {
    pub fn confirmed(consent: Consent, mutation: Mutation) -> Self {
        Self::Do(Confirmed::new(consent, mutation))
    }
}
