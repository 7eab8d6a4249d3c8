//! Which release a phase is about: one of a list, or one typed by hand.

use crate::console::dialog::Field;
use crate::console::dialog::{DialogResult, Pick};
use crate::console::keys::key::Key;
use crate::domain::phase::Phase;
use crate::domain::release::Tag;

#[derive(Debug, Clone)]
pub struct TagCard {
    pub phase: Phase,
    pub field: Field,
    /// The places in the list of what fits the letters, best first.
    pub rows: Vec<usize>,
    pub chosen: Option<Chosen>,
    /// The first visible row.
    pub first: usize,
    /// Why the last try was no tag.
    pub wrong: Option<String>,
}

/// By its name: rows come and go while the registry tells, and Enter must not mean another one by that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    Tag(Tag),
    /// What was typed, which no list has.
    AsTyped,
}

impl TagCard {
    pub fn new(phase: Phase) -> Self {
        let (field, rows) = (Field::default(), Vec::new());
        Self { phase, field, rows, chosen: None, first: 0, wrong: None }
    }

    pub fn key(&mut self, key: Key) -> DialogResult {
        DialogResult::Pick(match key {
            Key::Esc => return DialogResult::Close,
            // It only asks for the plan: nothing is changed yet, so Enter may say it.
            Key::Enter => Pick::Take,
            Key::Down | Key::Tab | Key::Ctrl('n') => Pick::Down,
            Key::Up | Key::Ctrl('p') => Pick::Up,
            Key::PageDown | Key::Ctrl('f') => Pick::PageDown,
            Key::PageUp | Key::Ctrl('b') => Pick::PageUp,
            Key::Home => Pick::First,
            Key::End => Pick::Last,
            Key::Ctrl('r') => Pick::AskAgain,
            key if self.field.key(key) => Pick::Typed,
            _ => return DialogResult::Nothing,
        })
    }

    /// The typed letters, where they are something that could be a tag.
    pub fn typed(&self) -> Option<Tag> {
        Tag::new(self.field.text().trim()).ok()
    }
}
