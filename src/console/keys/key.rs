//! Keys, as far as the console knows any. What a terminal sends beyond these is nobody's order.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Char(char),
    /// With the control key held, in lower case.
    Ctrl(char),
    Enter,
    Esc,
    Tab,
    Backspace,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    /// `F1` to `F12`.
    F(u8),
}

/// The keys that have a word of their own.
const NAMED: [Key; 13] = [
    Key::Char(' '),
    Key::Enter,
    Key::Esc,
    Key::Tab,
    Key::Backspace,
    Key::Up,
    Key::Down,
    Key::Left,
    Key::Right,
    Key::PageUp,
    Key::PageDown,
    Key::Home,
    Key::End,
];

impl Key {
    /// Does the law "upper case changes servers" speak of it? A card that has just opened swallows
    /// these: they were meant for what was there before.
    pub fn is_upper_case(self) -> bool {
        matches!(self, Self::Char(c) if c.is_uppercase())
    }

    /// As the hints and the help write it.
    pub fn word(self) -> String {
        match self {
            Self::Char(' ') => "Space".to_owned(),
            Self::Char(c) => c.to_string(),
            Self::Ctrl(c) => format!("Ctrl-{}", c.to_ascii_uppercase()),
            Self::Enter => "Enter".to_owned(),
            Self::Esc => "Esc".to_owned(),
            Self::Tab => "Tab".to_owned(),
            Self::Backspace => "Backspace".to_owned(),
            Self::Up => "Up".to_owned(),
            Self::Down => "Down".to_owned(),
            Self::Left => "Left".to_owned(),
            Self::Right => "Right".to_owned(),
            Self::PageUp => "PgUp".to_owned(),
            Self::PageDown => "PgDn".to_owned(),
            Self::Home => "Home".to_owned(),
            Self::End => "End".to_owned(),
            Self::F(number) => format!("F{number}"),
        }
    }

    /// The key of this word: what [`word`](Self::word) writes, and nothing looser.
    pub fn named(word: &str) -> Option<Self> {
        let mut letters = word.chars();
        if let (Some(only), None) = (letters.next(), letters.next()) {
            return (!only.is_whitespace() && !only.is_control()).then_some(Self::Char(only));
        }
        let control = ('a'..='z').filter(|c| !sent_as_another(*c)).map(Self::Ctrl);
        let others = NAMED.into_iter().chain(control).chain((1..=12).map(Self::F));
        others.into_iter().find(|key| key.word() == word)
    }

    /// The words that a person may have meant by another one.
    pub fn words() -> Vec<String> {
        let function = (1..=12).map(Self::F);
        let control = ('a'..='z').filter(|c| !sent_as_another(*c)).map(Self::Ctrl);
        NAMED.into_iter().chain(function).chain(control).map(Self::word).collect()
    }

    /// What a terminal event means as a key, if anything.
    pub fn read(event: &KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let other = event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER);
        match event.code {
            KeyCode::Char(c) if control && !other => Some(Self::Ctrl(c.to_ascii_lowercase())),
            KeyCode::Char(c) if !other => Some(Self::Char(c)),
            KeyCode::Enter => Some(Self::Enter),
            KeyCode::Esc => Some(Self::Esc),
            KeyCode::Tab | KeyCode::BackTab => Some(Self::Tab),
            KeyCode::Backspace => Some(Self::Backspace),
            KeyCode::Up => Some(Self::Up),
            KeyCode::Down => Some(Self::Down),
            KeyCode::Left => Some(Self::Left),
            KeyCode::Right => Some(Self::Right),
            KeyCode::PageUp => Some(Self::PageUp),
            KeyCode::PageDown => Some(Self::PageDown),
            KeyCode::Home => Some(Self::Home),
            KeyCode::End => Some(Self::End),
            KeyCode::F(number @ 1..=12) => Some(Self::F(number)),
            _ => None,
        }
    }
}

/// A terminal sends the same for `Ctrl-I` and `Tab`, and for `Ctrl-M` and `Enter`.
fn sent_as_another(letter: char) -> bool {
    matches!(letter, 'i' | 'm')
}
