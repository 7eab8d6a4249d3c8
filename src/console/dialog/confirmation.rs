//! How a person confirms a card.

use crate::console::field::Field;
use crate::console::key::Key;

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

    /// Returns whether this key confirms. If not, it may be a letter of the name.
    pub fn confirms(&mut self, key: Key) -> bool {
        if key == Key::Char('Y') && self.is_open() {
            return true;
        }
        if let Self::Typed { field, .. } = self {
            field.key(key);
        }
        false
    }
}
