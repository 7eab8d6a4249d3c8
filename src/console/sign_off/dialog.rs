//! The run asks a person: is it good?

use crate::console::dialog::Field;
use crate::console::dialog::{Confirmed, Consent};
use crate::console::dialog::{DialogResult, Mutation};
use crate::console::keys::key::Key;
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

    pub fn key(&mut self, key: Key) -> DialogResult {
        match (&mut self.declining, key) {
            (None, key) if let Some(consent) = Consent::by_key(key, 'Y') => {
                DialogResult::confirmed(consent, Mutation::Answer { yes: true, note: None })
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
                DialogResult::Do(Confirmed::declined(note))
            }
            (Some(note), key) => {
                note.key(key);
                DialogResult::Nothing
            }
        }
    }
}
