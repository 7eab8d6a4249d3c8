//! The choice of another environment. Choosing one closes this one and changes no server.

use crate::console::app::scope::{ConsoleScope, ListedScope};
use crate::console::dialog::DialogResult;
use crate::console::keys::key::Key;

#[derive(Debug, Clone)]
pub struct EnvironmentsCard {
    pub listed: Vec<ListedScope>,
    pub here: ConsoleScope,
    pub chosen: usize,
}

impl EnvironmentsCard {
    pub fn new(listed: Vec<ListedScope>, here: ConsoleScope) -> Self {
        let chosen = listed.iter().position(|it| it.scope == here).unwrap_or(0);
        Self { listed, here, chosen }
    }

    pub fn key(&mut self, key: Key) -> DialogResult {
        let last = self.listed.len().saturating_sub(1);
        match key {
            Key::Down | Key::Char('j') => self.chosen = (self.chosen + 1).min(last),
            Key::Up | Key::Char('k') => self.chosen = self.chosen.saturating_sub(1),
            Key::Enter => {
                if let Some(chosen) = self.listed.get(self.chosen) {
                    return DialogResult::Go(chosen.scope.clone());
                }
            }
            Key::Esc | Key::Char('q' | 'e') => return DialogResult::Close,
            _ => {}
        }
        DialogResult::Nothing
    }
}
