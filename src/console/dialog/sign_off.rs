//! The run asks a person: is it good?

use super::{DialogResult, Mutation};
use crate::console::field::Field;
use crate::console::key::Key;
use crate::domain::plan::Question;

#[derive(Debug, Clone)]
pub struct SignOffCard {
    pub question: Question,
    /// The note that goes with a no, while it is written.
    pub declining: Option<Field>,
}

impl SignOffCard {
    pub fn new(question: Question) -> Self {
        Self { question, declining: None }
    }

    pub(super) fn key(&mut self, key: Key) -> DialogResult {
        match (&mut self.declining, key) {
            (None, Key::Char('Y')) => {
                DialogResult::confirmed(Mutation::Answer { yes: true, note: None })
            }
            (None, Key::Char('n')) => {
                self.declining = Some(Field::default());
                DialogResult::Nothing
            }
            (None, Key::Esc) => DialogResult::Close,
            (None, _) => DialogResult::Nothing,
            (Some(_), Key::Esc) => {
                self.declining = None;
                DialogResult::Nothing
            }
            // A no changes nothing, so Enter may say it.
            (Some(note), Key::Enter) => {
                let note = Some(note.text().trim().to_owned()).filter(|note| !note.is_empty());
                DialogResult::confirmed(Mutation::Answer { yes: false, note })
            }
            (Some(note), key) => {
                note.key(key);
                DialogResult::Nothing
            }
        }
    }
}
