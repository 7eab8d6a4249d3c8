//! Every action by its name, and commands with an argument.

use std::cmp::Reverse;

use super::Said;
use crate::base::suggest::nearest;
use crate::console::actions::{ACTIONS, Action, Class, Verb};
use crate::console::command::{self, USAGES, Usage};
use crate::console::field::Field;
use crate::console::fuzzy;
use crate::console::key::Key;

#[derive(Debug, Clone, Default)]
pub struct PaletteCard {
    pub field: Field,
    /// By its place among the entries. Nothing typed chooses nothing: Enter alone is no order.
    pub chosen: Option<usize>,
    /// Why the last command was none.
    pub wrong: Option<String>,
}

#[derive(Debug, Clone, Copy)]
pub enum Entry {
    Action(&'static Action),
    Usage(&'static Usage),
}

impl PaletteCard {
    pub(super) fn key(&mut self, key: Key) -> Said {
        match key {
            Key::Esc => return Said::Close,
            Key::Up | Key::Ctrl('p') => self.up(),
            Key::Down | Key::Ctrl('n') => self.down(),
            Key::Enter => return self.enter(),
            key => {
                if self.field.key(key) {
                    self.typed();
                }
            }
        }
        Said::Nothing
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.field.paste(text);
        self.typed();
    }

    fn typed(&mut self) {
        self.wrong = None;
        let none = self.field.text().trim().is_empty() || self.entries().is_empty();
        self.chosen = if none { None } else { Some(0) };
    }

    fn up(&mut self) {
        let last = self.entries().len().checked_sub(1);
        self.chosen = self.chosen.and_then(|at| at.checked_sub(1)).or(last);
    }

    fn down(&mut self) {
        let count = self.entries().len();
        let next = self.chosen.map_or(0, |at| at + 1);
        self.chosen = if next < count { Some(next) } else { Some(0).filter(|_| count > 0) };
    }

    fn enter(&mut self) -> Said {
        if command::usage(self.field.text()).is_some() {
            return Said::Command(self.field.text().to_owned());
        }
        match self.chosen.and_then(|at| self.entries().get(at).copied()) {
            Some(Entry::Action(action)) => Said::Act(action.verb),
            Some(Entry::Usage(usage)) => {
                self.field.set(&format!("{} ", usage.word));
                self.typed();
                Said::Nothing
            }
            None => Said::Nothing,
        }
    }

    /// What fits the letters, best first; of equals the one that does least.
    pub fn entries(&self) -> Vec<Entry> {
        let text = self.field.text();
        if let Some(usage) = command::usage(text) {
            return vec![Entry::Usage(usage)];
        }
        let mut fits: Vec<(i32, Entry)> =
            all().filter_map(|entry| Some((entry.score(text)?, entry))).collect();
        if !text.trim().is_empty() {
            fits.sort_by_key(|(score, entry)| (Reverse(*score), entry.reach()));
        }
        fits.into_iter().map(|(_, entry)| entry).collect()
    }

    /// What to say of letters that fit nothing.
    pub fn unknown(&self) -> Option<String> {
        let text = self.field.text().trim();
        if text.is_empty() || !self.entries().is_empty() {
            return None;
        }
        let names = || all().map(Entry::name);
        let first = text.split_once(' ').map_or(text, |(first, _)| first);
        let near = nearest(text, names()).or_else(|| nearest(first, names()));
        let near = near.map_or(String::new(), |near| format!(": did you mean {near:?}?"));
        Some(format!("nothing is called {text:?}{near}"))
    }
}

fn all() -> impl Iterator<Item = Entry> {
    // It is open already.
    let actions = ACTIONS.iter().filter(|action| action.verb != Verb::Palette);
    actions.map(Entry::Action).chain(USAGES.iter().map(Entry::Usage))
}

/// Words of the explanation are worth less than any name that fits.
const BY_WORDS: i32 = -1_000;

impl Entry {
    pub fn name(self) -> &'static str {
        match self {
            Self::Action(action) => action.name,
            Self::Usage(usage) => usage.word,
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Action(action) => action.words,
            Self::Usage(usage) => usage.words,
        }
    }

    fn score(self, typed: &str) -> Option<i32> {
        let by_words = || {
            let words = self.words().to_lowercase();
            let typed = typed.to_lowercase();
            let mut terms = typed.split_whitespace();
            terms.all(|term| term.chars().count() > 2 && words.contains(term)).then_some(BY_WORDS)
        };
        fuzzy::score(typed, self.name()).or_else(by_words)
    }

    /// More reaches further. A command that is not finished comes after its action.
    fn reach(self) -> u8 {
        match self {
            Self::Usage(_) => 4,
            Self::Action(action) => match action.class {
                Class::Look => 0,
                Class::Steer => 1,
                Class::Mutate => 2,
                Class::Emergency => 3,
            },
        }
    }
}
