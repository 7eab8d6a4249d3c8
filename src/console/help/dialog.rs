//! The help, scrolled.

use crate::console::dialog::DialogResult;
use crate::console::keys::key::Key;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HelpCard {
    pub scroll: usize,
}

/// A page, whatever the screen: near enough.
const PAGE: usize = 10;

impl HelpCard {
    pub fn key(&mut self, key: Key) -> DialogResult {
        match key {
            Key::Down | Key::Char('j') => self.scroll += 1,
            Key::Up | Key::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            Key::PageDown | Key::Char(' ') | Key::Ctrl('f') => self.scroll += PAGE,
            Key::PageUp | Key::Ctrl('b') => self.scroll = self.scroll.saturating_sub(PAGE),
            Key::Home | Key::Char('g') => self.scroll = 0,
            Key::Esc | Key::F(1) | Key::Char('?' | 'q') => return DialogResult::Close,
            _ => {}
        }
        DialogResult::Nothing
    }
}
