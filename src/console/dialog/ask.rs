//! A plain question before something that is not planned: to end a run, to take one host back.

use super::{Gate, Mutation, Reading, Said};
use crate::console::key::Key;

#[derive(Debug, Clone)]
pub struct AskCard {
    pub title: String,
    pub lines: Vec<String>,
    pub gate: Gate,
    pub mutation: Mutation,
    pub reading: Reading,
}

impl AskCard {
    pub fn new(title: String, lines: Vec<String>, gate: Gate, mutation: Mutation) -> Self {
        Self { title, lines, gate, mutation, reading: Reading::default() }
    }

    pub(super) fn key(&mut self, key: Key) -> Said {
        if key == Key::Esc {
            Said::Close
        } else if self.reading.key(key) {
            Said::Nothing
        } else if self.gate.confirms(key) {
            Said::confirmed(self.mutation.clone())
        } else {
            Said::Nothing
        }
    }
}
