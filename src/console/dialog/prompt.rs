//! What the transport wants to know before it connects.

use super::DialogResult;
use crate::console::field::Field;
use crate::console::key::Key;
use crate::console::msg::{PromptAnswer, PromptCard};

#[derive(Debug, Clone)]
pub struct PromptDialog {
    pub number: u64,
    pub card: PromptCard,
    pub field: Field,
}

impl PromptDialog {
    pub fn new(number: u64, card: PromptCard) -> Self {
        let field = match card {
            PromptCard::HostKey { .. } | PromptCard::Line { .. } => Field::default(),
            PromptCard::Secret { .. } => Field::hidden(),
        };
        Self { number, card, field }
    }

    pub(super) fn key(&mut self, key: Key) -> DialogResult {
        let answer = match (key, &self.card) {
            (Key::Esc, _) => PromptAnswer::No,
            (Key::Enter, PromptCard::HostKey { .. }) if self.field.text() == "yes" => {
                PromptAnswer::Yes
            }
            (Key::Enter, PromptCard::Secret { .. } | PromptCard::Line { .. }) => {
                PromptAnswer::Secret(self.field.take_secret())
            }
            (key, _) => {
                self.field.key(key);
                return DialogResult::Nothing;
            }
        };
        DialogResult::Reply { number: self.number, answer }
    }
}
