//! A plain question before something that is not planned: to end a run, to take one host back.

use super::{Mutation, Said};
use crate::console::key::Key;

#[derive(Debug, Clone)]
pub struct AskCard {
    pub title: String,
    pub lines: Vec<String>,
    pub mutation: Mutation,
}

impl AskCard {
    pub(super) fn key(&self, key: Key) -> Said {
        match key {
            Key::Char('Y') => Said::confirmed(self.mutation.clone()),
            Key::Esc => Said::Close,
            _ => Said::Nothing,
        }
    }
}
