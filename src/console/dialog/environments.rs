//! Which environment to look at. Choosing one leaves this one, and changes no server.

use super::DialogResult;
use crate::console::key::Key;
use crate::console::scope::{Listed, Place};

#[derive(Debug, Clone)]
pub struct EnvironmentsCard {
    pub listed: Vec<Listed>,
    pub here: Place,
    pub chosen: usize,
}

impl EnvironmentsCard {
    pub fn new(listed: Vec<Listed>, here: Place) -> Self {
        let chosen = listed.iter().position(|it| it.place == here).unwrap_or(0);
        Self { listed, here, chosen }
    }

    pub(super) fn key(&mut self, key: Key) -> DialogResult {
        let last = self.listed.len().saturating_sub(1);
        match key {
            Key::Down | Key::Char('j') => self.chosen = (self.chosen + 1).min(last),
            Key::Up | Key::Char('k') => self.chosen = self.chosen.saturating_sub(1),
            Key::Enter => {
                if let Some(chosen) = self.listed.get(self.chosen) {
                    return DialogResult::Go(chosen.place.clone());
                }
            }
            Key::Esc | Key::Char('q' | 'e') => return DialogResult::Close,
            _ => {}
        }
        DialogResult::Nothing
    }
}
