//! One line of text under the person's hands.

use std::fmt;

use secrecy::SecretString;
use unicode_width::UnicodeWidthChar;

use crate::console::keys::key::Key;

/// Longer than any tag, name or note needs to be.
const MAX: usize = 200;

#[derive(Clone, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
    hidden: bool,
}

impl Field {
    pub fn with(text: impl Into<String>) -> Self {
        Self { text: text.into(), hidden: false }
    }

    /// The typed text is not shown, and not printed by `Debug` either.
    pub fn hidden() -> Self {
        Self { text: String::new(), hidden: true }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// As the screen may show it.
    pub fn shown(&self) -> String {
        if self.hidden { "*".repeat(self.text.chars().count()) } else { self.text.clone() }
    }

    pub fn set(&mut self, text: &str) {
        text.clone_into(&mut self.text);
    }

    /// Takes what was typed, as a secret, and leaves the field empty.
    pub fn take_secret(&mut self) -> SecretString {
        SecretString::from(std::mem::take(&mut self.text))
    }

    /// `true`: the key was the field's.
    pub fn key(&mut self, key: Key) -> bool {
        match key {
            Key::Char(c) => self.add(c),
            Key::Backspace => {
                self.text.pop();
            }
            Key::Ctrl('u') => self.text.clear(),
            _ => return false,
        }
        true
    }

    /// Pasted text is one line, whatever it was.
    pub fn paste(&mut self, text: &str) {
        text.trim().chars().take_while(|c| *c != '\n' && *c != '\r').for_each(|c| self.add(c));
    }

    fn add(&mut self, c: char) {
        let visible = c.width().is_some_and(|width| width > 0);
        if visible && self.text.chars().count() < MAX {
            self.text.push(c);
        }
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Field").field(&self.shown()).finish()
    }
}
