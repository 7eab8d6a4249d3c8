//! Read-only is to end: the environment's name says that it is meant.

use super::{Confirmed, DialogResult, Gate, Lift};
use crate::console::key::Key;

#[derive(Debug, Clone)]
pub struct LiftCard {
    /// Why the console is read-only.
    pub why: String,
    pub gate: Gate,
}

impl LiftCard {
    pub(super) fn key(&mut self, key: Key) -> DialogResult {
        if key == Key::Esc {
            DialogResult::Close
        } else if self.gate.confirms(key) {
            DialogResult::Lift(Confirmed::by_the_person(Lift))
        } else {
            DialogResult::Nothing
        }
    }
}
