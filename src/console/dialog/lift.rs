//! Read-only is to end: the environment's name says that it is meant.

use super::{Confirmation, Confirmed, DialogResult, Lift};
use crate::console::key::Key;

#[derive(Debug, Clone)]
pub struct LiftCard {
    /// Why the console is read-only.
    pub why: String,
    pub confirmation: Confirmation,
}

impl LiftCard {
    pub(super) fn key(&mut self, key: Key) -> DialogResult {
        if key == Key::Esc {
            DialogResult::Close
        } else if self.confirmation.confirms(key) {
            DialogResult::Lift(Confirmed::by_the_person(Lift))
        } else {
            DialogResult::Nothing
        }
    }
}
