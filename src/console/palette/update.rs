//! Every action by its name, and commands with an argument.

use std::cmp::Reverse;

use super::command::{USAGES, Usage, usage};
use super::dialog::PaletteCard;
use super::{fuzzy, run};
use crate::base::suggest::nearest;
use crate::console::actions::{ACTIONS, Action, ActionId, Class};
use crate::console::app::msg::Effect;
use crate::console::app::perform;
use crate::console::app::state::State;
use crate::console::dialog::Dialog;
use crate::console::keys::key::Key;

#[derive(Debug, Clone, Copy)]
pub enum PaletteEntry {
    Action(&'static Action),
    Usage(&'static Usage),
}

fn card(state: &mut State) -> Option<&mut PaletteCard> {
    match &mut state.dialogs.last_mut()?.dialog {
        Dialog::Palette(card) => Some(card),
        _ => None,
    }
}

pub fn key(state: &mut State, key: Key) -> Vec<Effect> {
    let count = listed(state).len();
    let Some(card) = card(state) else { return Vec::new() };
    let chosen = card.chosen;
    match key {
        Key::Up | Key::Ctrl('p') => {
            card.chosen = chosen.and_then(|at| at.checked_sub(1)).or(count.checked_sub(1));
        }
        Key::Down | Key::Ctrl('n') => {
            let next = chosen.map_or(0, |at| at + 1);
            card.chosen = if next < count { Some(next) } else { Some(0).filter(|_| count > 0) };
        }
        Key::Enter => return enter(state),
        key if card.field.key(key) => typed(state),
        _ => {}
    }
    Vec::new()
}

/// The letters are others now.
pub fn typed(state: &mut State) {
    let fits = !listed(state).is_empty();
    let Some(card) = card(state) else { return };
    card.wrong = None;
    let none = card.field.text().trim().is_empty() || !fits;
    card.chosen = if none { None } else { Some(0) };
}

fn enter(state: &mut State) -> Vec<Effect> {
    let entries = listed(state);
    let Some(card) = card(state) else { return Vec::new() };
    let text = card.field.text().to_owned();
    if usage(&text).is_some() {
        return run::typed(state, &text);
    }
    match card.chosen.and_then(|at| entries.get(at).copied()) {
        Some(PaletteEntry::Action(action)) => {
            state.close();
            return perform::act(state, action.id);
        }
        Some(PaletteEntry::Usage(usage)) => {
            card.field.set(&format!("{} ", usage.word));
            typed(state);
        }
        None => {}
    }
    Vec::new()
}

/// Returns the entries of the open palette.
fn listed(state: &State) -> Vec<PaletteEntry> {
    match state.dialogs.last().map(|open| &open.dialog) {
        Some(Dialog::Palette(card)) => entries(state, card),
        _ => Vec::new(),
    }
}

/// What fits the letters, best first; of equals the one that does least.
pub fn entries(state: &State, card: &PaletteCard) -> Vec<PaletteEntry> {
    let text = card.field.text();
    if let Some(usage) = usage(text) {
        return vec![PaletteEntry::Usage(usage)];
    }
    let mut fits: Vec<(i32, PaletteEntry)> =
        all(state).filter_map(|entry| Some((entry.score(text)?, entry))).collect();
    if !text.trim().is_empty() {
        fits.sort_by_key(|(score, entry)| (Reverse(*score), entry.reach()));
    }
    fits.into_iter().map(|(_, entry)| entry).collect()
}

/// What to say of letters that fit nothing.
pub fn unknown(state: &State, card: &PaletteCard) -> Option<String> {
    let text = card.field.text().trim();
    if text.is_empty() || !entries(state, card).is_empty() {
        return None;
    }
    let names = || all(state).map(PaletteEntry::name);
    let first = text.split_once(' ').map_or(text, |(first, _)| first);
    let near = nearest(text, names()).or_else(|| nearest(first, names()));
    let near = near.map_or(String::new(), |near| format!(": did you mean {near:?}?"));
    Some(format!("nothing is called {text:?}{near}"))
}

fn all(state: &State) -> impl Iterator<Item = PaletteEntry> {
    // It is open already.
    let actions = ACTIONS.iter().filter(|action| action.id != ActionId::Palette);
    let actions = actions.filter(|action| state.offers(action.id).is_ok());
    let is_offered =
        |usage: &&Usage| usage.phase.is_none_or(|phase| state.offers_phase(phase).is_ok());
    let usages = USAGES.iter().filter(is_offered);
    actions.map(PaletteEntry::Action).chain(usages.map(PaletteEntry::Usage))
}

/// Words of the explanation are worth less than any name that fits.
const BY_WORDS: i32 = -1_000;

impl PaletteEntry {
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
                Class::ReadOnly => 0,
                Class::Steer => 1,
                Class::Mutate => 2,
                Class::Emergency => 3,
            },
        }
    }
}
