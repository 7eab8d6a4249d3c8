//! How a person confirms a card.

use std::time::Duration;

use super::field::Field;
use crate::console::keys::key::Key;

/// `Y`, and before it a typed name where a mistake would affect many hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmation {
    Key,
    /// A name that must be typed, not pasted, so that it was read.
    Typed {
        name: String,
        field: Field,
    },
}

impl Confirmation {
    pub fn typed(name: impl Into<String>) -> Self {
        Self::Typed { name: name.into(), field: Field::default() }
    }

    /// Returns whether only `Y` is missing.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Key => true,
            Self::Typed { name, field } => field.text() == name,
        }
    }

    /// Returns whether letters go into the name.
    pub fn takes_letters(&self) -> bool {
        matches!(self, Self::Typed { .. })
    }

    /// Returns the consent if this key confirms. If not, it may be a letter of the name.
    pub fn key(&mut self, key: Key) -> Option<Consent> {
        if let Some(consent) = Consent::by_key(key, 'Y').filter(|_| self.is_open()) {
            return Some(consent);
        }
        if let Self::Typed { field, .. } = self {
            field.key(key);
        }
        None
    }
}

/// A card that may start by itself.
#[derive(Debug, Clone)]
pub enum Arming {
    /// It starts automatically at this time, unless stopped.
    Armed { at: Duration },
    /// It waits for a person, for this reason.
    Unarmed { why: String, confirmation: Confirmation },
}

impl Arming {
    pub fn key(&mut self, key: Key) -> Option<Consent> {
        match self {
            Self::Armed { .. } => Consent::by_key(key, 'Y'),
            Self::Unarmed { confirmation, .. } => confirmation.key(key),
        }
    }

    /// Returns the consent once the countdown ran out, or at once where a person did not want to wait for it.
    pub fn due(&self, now: Duration, eager: bool) -> Option<Consent> {
        matches!(self, Self::Armed { at } if eager || now >= *at).then_some(Consent(()))
    }
}

/// Proof of a person's yes: a key of a card, or a countdown that nobody stopped. Nothing outside this file makes one.
#[derive(Debug)]
pub struct Consent(());

impl Consent {
    /// Returns the consent if this is the card's own key, an upper-case letter.
    pub fn by_key(key: Key, letter: char) -> Option<Self> {
        (key == Key::Char(letter)).then_some(Self(()))
    }
}
