//! The run asks a person: is it good?

use super::{Mutation, Said};
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

    pub(super) fn key(&mut self, key: Key) -> Said {
        match (&mut self.declining, key) {
            (None, Key::Char('Y')) => Said::confirmed(Mutation::Answer { yes: true, note: None }),
            (None, Key::Char('n')) => {
                self.declining = Some(Field::default());
                Said::Nothing
            }
            (None, Key::Esc) => Said::Close,
            (None, _) => Said::Nothing,
            (Some(_), Key::Esc) => {
                self.declining = None;
                Said::Nothing
            }
            // A no changes nothing, so Enter may say it.
            (Some(note), Key::Enter) => {
                let note = Some(note.text().trim().to_owned()).filter(|note| !note.is_empty());
                Said::confirmed(Mutation::Answer { yes: false, note })
            }
            (Some(note), key) => {
                note.key(key);
                Said::Nothing
            }
        }
    }
}
