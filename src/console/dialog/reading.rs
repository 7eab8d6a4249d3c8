//! How a card is read: how far down, how large, and how deep. None of it says yes to anything.

use crate::console::keys::key::Key;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Lines above the first that is shown; held within what there is after each key.
    pub scroll: usize,
    pub size: Size,
    pub depth: Depth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Size {
    /// The hosts stay visible above it.
    #[default]
    Card,
    Screen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// What would be done, and which files would be others then.
    #[default]
    Steps,
    /// The exact command of each step on each host.
    Commands,
}

const PAGE: usize = 8;

impl Reading {
    /// Takes a key that is no letter, where it is one of its own.
    pub fn key(&mut self, key: Key) -> bool {
        match key {
            Key::Down => self.scroll = self.scroll.saturating_add(1),
            Key::Up => self.scroll = self.scroll.saturating_sub(1),
            Key::PageDown | Key::Ctrl('f') => self.scroll = self.scroll.saturating_add(PAGE),
            Key::PageUp | Key::Ctrl('b') => self.scroll = self.scroll.saturating_sub(PAGE),
            Key::Home => self.scroll = 0,
            Key::End => self.scroll = usize::MAX,
            Key::Enter => self.zoom(),
            Key::Ctrl('d') => self.deeper(),
            _ => return false,
        }
        true
    }

    /// The same where letters are not typed into a name.
    pub fn letter(&mut self, key: Key) -> bool {
        match key {
            Key::Char('j') => self.key(Key::Down),
            Key::Char('k') => self.key(Key::Up),
            Key::Char('g') => self.key(Key::Home),
            Key::Char('G') => self.key(Key::End),
            Key::Char('z') => self.key(Key::Enter),
            Key::Char('d') => self.key(Key::Ctrl('d')),
            key => self.key(key),
        }
    }

    fn zoom(&mut self) {
        self.size = match self.size {
            Size::Card => Size::Screen,
            Size::Screen => Size::Card,
        };
    }

    fn deeper(&mut self) {
        self.scroll = 0;
        self.depth = match self.depth {
            Depth::Steps => Depth::Commands,
            Depth::Commands => Depth::Steps,
        };
    }
}
