//! What the transport wants to know before it connects.

use crate::console::app::msg::{PromptAnswer, PromptCard};
use crate::console::dialog::DialogResult;
use crate::console::dialog::Field;
use crate::console::keys::key::Key;

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

    pub fn key(&mut self, key: Key) -> DialogResult {
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
