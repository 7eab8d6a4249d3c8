//! Read-only is to end: the environment's name says that it is meant.

use super::{Confirmed, Gate, Lift, Said};
use crate::console::key::Key;

#[derive(Debug, Clone)]
pub struct LiftCard {
    /// Why the console is read-only.
    pub why: String,
    pub gate: Gate,
}

impl LiftCard {
    pub(super) fn key(&mut self, key: Key) -> Said {
        if key == Key::Esc {
            Said::Close
        } else if self.gate.confirms(key) {
            Said::Lift(Confirmed::by_the_person(Lift))
        } else {
            Said::Nothing
        }
    }
}
