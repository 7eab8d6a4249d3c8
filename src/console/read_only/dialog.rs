//! Read-only is to end: the environment's name says that it is meant.

use crate::console::dialog::{Confirmation, Confirmed, DialogResult, Lift};
use crate::console::keys::key::Key;

#[derive(Debug, Clone)]
pub struct LiftCard {
    /// Why the console is read-only.
    pub why: String,
    pub confirmation: Confirmation,
}

impl LiftCard {
    pub fn key(&mut self, key: Key) -> DialogResult {
        if key == Key::Esc {
            return DialogResult::Close;
        }
        let consent = self.confirmation.key(key);
        consent.map_or(DialogResult::Nothing, |it| DialogResult::Lift(Confirmed::new(it, Lift)))
    }
}
