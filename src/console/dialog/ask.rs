//! A plain question before something that is not planned: to end a run, to take one host back.

use super::{Gate, Mutation, Said};
use crate::console::key::Key;

#[derive(Debug, Clone)]
pub struct AskCard {
    pub title: String,
    pub lines: Vec<String>,
    pub gate: Gate,
    pub mutation: Mutation,
}

impl AskCard {
    pub(super) fn key(&mut self, key: Key) -> Said {
        if key == Key::Esc {
            Said::Close
        } else if self.gate.confirms(key) {
            Said::confirmed(self.mutation.clone())
        } else {
            Said::Nothing
        }
    }
}
