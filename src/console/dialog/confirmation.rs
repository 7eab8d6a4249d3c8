//! What a person must do to say yes.

use crate::console::field::Field;
use crate::console::key::Key;

/// `Y` always, and where a mistake reaches many, a name typed before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmation {
    Key,
    /// Typed, not pasted: the hands should have read it.
    Typed {
        name: String,
        field: Field,
    },
}

impl Confirmation {
    pub fn typed(name: impl Into<String>) -> Self {
        Self::Typed { name: name.into(), field: Field::default() }
    }

    /// Is `Y` all that is missing?
    pub fn is_open(&self) -> bool {
        match self {
            Self::Key => true,
            Self::Typed { name, field } => field.text() == name,
        }
    }

    /// Are letters those of a name?
    pub fn takes_letters(&self) -> bool {
        matches!(self, Self::Typed { .. })
    }

    /// Does this key say yes? If not, and a name is wanted, it may be a letter of that name.
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
