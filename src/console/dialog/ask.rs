//! A plain question before something that is not planned: to end a run, to take one host back.

use super::field::Field;
use super::{Confirmation, DialogResult, Mutation, Reading};
use crate::console::keys::key::Key;

#[derive(Debug, Clone)]
pub struct AskCard {
    pub title: String,
    pub lines: Vec<String>,
    /// Where one is wanted, it is typed before the confirmation.
    pub reason: Option<Reason>,
    pub confirmation: Confirmation,
    pub mutation: Mutation,
    pub reading: Reading,
}

/// Why it is done, in the person's words.
#[derive(Debug, Clone, Default)]
pub struct Reason {
    pub field: Field,
    /// It is typed, and the confirmation follows.
    pub given: bool,
}

impl AskCard {
    pub fn new(
        title: String,
        lines: Vec<String>,
        confirmation: Confirmation,
        mutation: Mutation,
    ) -> Self {
        Self { title, lines, reason: None, confirmation, mutation, reading: Reading::default() }
    }

    #[must_use]
    pub fn with_reason(self) -> Self {
        Self { reason: Some(Reason::default()), ..self }
    }

    /// A reason is still to be typed.
    pub fn wants_reason(&self) -> bool {
        self.reason.as_ref().is_some_and(|reason| !reason.given)
    }

    pub(super) fn key(&mut self, key: Key) -> DialogResult {
        if key == Key::Esc {
            return DialogResult::Close;
        }
        if let Some(reason) = self.reason.as_mut().filter(|reason| !reason.given) {
            match key {
                Key::Enter => reason.given = !reason.field.text().trim().is_empty(),
                key => drop(reason.field.key(key)),
            }
            return DialogResult::Nothing;
        }
        if self.reading.key(key) {
            return DialogResult::Nothing;
        }
        let consent = self.confirmation.key(key);
        consent.map_or(DialogResult::Nothing, |it| DialogResult::confirmed(it, self.confirmed()))
    }

    /// The mutation, with the reason that was typed.
    fn confirmed(&self) -> Mutation {
        let mut mutation = self.mutation.clone();
        if let (Mutation::Unlock { reason, .. }, Some(typed)) = (&mut mutation, &self.reason) {
            typed.field.text().trim().clone_into(reason);
        }
        mutation
    }
}
