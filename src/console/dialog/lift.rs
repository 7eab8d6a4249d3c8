//! Read-only is to end: the environment's name says that it is meant.

use super::{Confirmed, Gate, Said};
use crate::console::key::Key;

/// Read-only is to end, in this console and until it is left.
#[derive(Debug)]
pub struct Lift;

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
