//! Which release to prepare.

use super::Said;
use crate::console::field::Field;
use crate::console::key::Key;
use crate::domain::release::Tag;

#[derive(Debug, Clone)]
pub struct TagCard {
    pub field: Field,
    /// Tags seen on the hosts: `Tab` goes through them.
    pub seen: Vec<Tag>,
    next: usize,
    /// Why the last try was no tag.
    pub wrong: Option<String>,
}

impl TagCard {
    pub fn new(seen: Vec<Tag>) -> Self {
        Self { field: Field::default(), seen, next: 0, wrong: None }
    }

    pub(super) fn key(&mut self, key: Key) -> Said {
        match key {
            Key::Esc => return Said::Close,
            // It only asks for the plan: nothing is changed yet, so Enter may say it.
            Key::Enter => match Tag::new(self.field.text()) {
                Ok(tag) => return Said::Prepare(tag),
                Err(bad) => self.wrong = Some(bad.to_string()),
            },
            Key::Tab => self.suggest(),
            key => {
                self.field.key(key);
                self.wrong = None;
            }
        }
        Said::Nothing
    }

    fn suggest(&mut self) {
        if let Some(tag) = self.seen.get(self.next) {
            self.field.set(tag.as_str());
            self.next = (self.next + 1) % self.seen.len();
        }
    }
}
