//! The picker: its list, the keys in it, and what the registry tells meanwhile.

use super::card::visible_rows;
use super::dialog::{Chosen, TagCard};
use super::fitting;
use crate::console::app::msg::Effect;
use crate::console::app::state::State;
use crate::console::dialog::{Dialog, Open, Pick};
use crate::console::fleet::listing::window;
use crate::console::plan;
use crate::domain::catalog::{CatalogQuery, CatalogReply};
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::release::{BadRelease, Release, Tag};

/// Opens the picker of the release that a phase is about.
pub fn open(state: &mut State, phase: Phase) -> Vec<Effect> {
    let seen = state.tags_seen();
    state.releases.add_from_hosts(&seen);
    state.open(Dialog::Tag(TagCard::new(phase)));
    find(state);
    if state.releases.is_fresh(state.now.at) {
        request_visible_facts(state)
    } else {
        ask_again(state)
    }
}

/// Opens the plan of the prepared release. An app without a passive side has none: the release is picked.
pub fn go_live(state: &mut State) -> Vec<Effect> {
    if state.fleet.can.passive_side {
        plan::open::prepared(state, Phase::GoLive)
    } else {
        open(state, Phase::GoLive)
    }
}

/// It was answered or left: what is still on its way for it need not come.
pub fn close(state: &mut State) -> Vec<Effect> {
    state.close();
    let awaited = std::mem::take(&mut state.releases.awaited);
    if awaited.is_empty() { Vec::new() } else { vec![order(state, CatalogQuery::Stop)] }
}

pub fn pick(state: &mut State, pick: Pick) -> Vec<Effect> {
    if pick == Pick::Take {
        return take(state);
    }
    let page = visible_rows(state).max(2) - 1;
    let Some(card) = card(state) else { return Vec::new() };
    card.wrong = None;
    match pick {
        Pick::Typed => {
            find(state);
            choose_by_letters(state);
        }
        Pick::Down => {
            step(state, |at, last| at.map_or(0, |at| if at == last { 0 } else { at + 1 }));
        }
        Pick::Up => step(state, |at, last| at.and_then(|at| at.checked_sub(1)).unwrap_or(last)),
        Pick::PageDown => step(state, |at, last| at.map_or(0, |at| (at + page).min(last))),
        Pick::PageUp => step(state, |at, _| at.map_or(0, |at| at.saturating_sub(page))),
        Pick::First => step(state, |_, _| 0),
        Pick::Last => step(state, |_, last| last),
        Pick::AskAgain => return ask_again(state),
        Pick::Take => {}
    }
    request_visible_facts(state)
}

/// Handles a reply of the registry. It never changes the chosen row.
pub fn news(state: &mut State, news: CatalogReply) -> Vec<Effect> {
    let names = matches!(news, CatalogReply::Tags(_) | CatalogReply::ListEnded(_));
    let moves = match &news {
        CatalogReply::Facts { tag, .. } => !crate::domain::catalog::is_version(tag),
        _ => names,
    };
    state.releases.hear(news, state.now.at);
    if names {
        let seen = state.tags_seen();
        state.releases.add_from_hosts(&seen);
    }
    if card(state).is_none() {
        return Vec::new();
    }
    if moves {
        find(state);
    }
    request_visible_facts(state)
}

fn card(state: &mut State) -> Option<&mut TagCard> {
    state.dialogs.iter_mut().find_map(|open| match &mut open.dialog {
        Dialog::Tag(card) => Some(card),
        _ => None,
    })
}

fn order(state: &State, ask: CatalogQuery) -> Effect {
    let (app, stack) = (state.setup.app.clone(), state.setup.stack.clone());
    Effect::send(Order::Releases { app, stack, ask })
}

fn ask_again(state: &mut State) -> Vec<Effect> {
    state.releases.ask(state.now.running);
    vec![order(state, CatalogQuery::List)]
}

/// The rows, anew; what is chosen stays chosen, wherever its row is now.
fn find(state: &mut State) {
    let Some(card) = card(state) else { return };
    let (text, typed) = (card.field.text().to_owned(), card.typed());
    let rows = fitting(&state.releases.list, &text);
    let listed = typed.filter(|tag| state.releases.list.find(tag).is_some());
    let Some(card) = super::update::card(state) else { return };
    card.rows = rows;
    // What was typed has come to be in the list: it is the same choice.
    if let (Some(Chosen::AsTyped), Some(tag)) = (&card.chosen, listed) {
        card.chosen = Some(Chosen::Tag(tag));
    }
    keep_visible(state);
}

/// Letters choose the best that fits once the list is there. Before that they mean themselves: a list
/// that comes in between must not make another tag of them.
fn choose_by_letters(state: &mut State) {
    let Some(picker) = state.picker() else { return };
    let letters = picker.field.text().trim().to_lowercase();
    let best = row(state, 0).filter(|_| state.releases.has_names());
    let typed = picker.typed();
    let chosen = match typed {
        _ if letters.is_empty() => None,
        Some(tag) if state.releases.list.find(&tag).is_some() => Some(Chosen::Tag(tag)),
        Some(_) => best.filter(|best| is_meant(best, &letters)).or(Some(Chosen::AsTyped)),
        None => best,
    };
    let Some(card) = card(state) else { return };
    card.chosen = chosen;
    card.first = 0;
    keep_visible(state);
}

/// Returns whether scattered letters may find a name: not for digits, which are typed as meant.
fn is_meant(row: &Chosen, letters: &str) -> bool {
    let Chosen::Tag(tag) = row else { return true };
    tag.as_str().to_lowercase().contains(letters) || !letters.contains(|c: char| c.is_ascii_digit())
}

/// How many rows there are: those of the list, and one for what no list has.
fn rows(state: &State) -> usize {
    state.picker().map_or(0, |card| card.rows.len() + usize::from(state.is_typed_by_hand(card)))
}

/// What the row with this number is.
fn row(state: &State, number: usize) -> Option<Chosen> {
    let card = state.picker()?;
    match card.rows.get(number) {
        Some(at) => Some(Chosen::Tag(state.releases.list.entries().get(*at)?.tag.clone())),
        None => (number < rows(state)).then_some(Chosen::AsTyped),
    }
}

/// The row of what is chosen, if it is there now.
fn chosen_row(state: &State) -> Option<usize> {
    let card = state.picker()?;
    let entries = state.releases.list.entries();
    match card.chosen.as_ref()? {
        Chosen::Tag(tag) => {
            card.rows.iter().position(|at| entries.get(*at).is_some_and(|it| it.tag == *tag))
        }
        Chosen::AsTyped => state.is_typed_by_hand(card).then_some(card.rows.len()),
    }
}

fn step(state: &mut State, to: impl FnOnce(Option<usize>, usize) -> usize) {
    let Some(last) = rows(state).checked_sub(1) else { return };
    let chosen = row(state, to(chosen_row(state), last));
    let Some(card) = card(state) else { return };
    card.chosen = chosen;
    keep_visible(state);
}

fn keep_visible(state: &mut State) {
    let (observed, count, at) = (visible_rows(state), rows(state), chosen_row(state));
    let Some(card) = card(state) else { return };
    card.first = window(count, at, card.first, observed).start;
}

/// Requests the facts of visible rows that are not known yet.
fn request_visible_facts(state: &mut State) -> Vec<Effect> {
    if state.releases.held.is_some() {
        return Vec::new();
    }
    let observed = visible_rows(state);
    let Some(card) = state.picker() else { return Vec::new() };
    let list = &state.releases.list;
    let visible = card.rows.iter().skip(card.first).take(observed);
    let visible: Vec<&Tag> =
        visible.filter_map(|at| list.entries().get(*at)).map(|entry| &entry.tag).collect();
    let wanted = list.missing_facts(visible.into_iter());
    if wanted.iter().all(|tag| state.releases.awaited.contains(tag)) {
        return Vec::new();
    }
    state.releases.awaited = wanted.iter().cloned().collect();
    vec![order(state, CatalogQuery::Facts(wanted))]
}

fn take(state: &mut State) -> Vec<Effect> {
    let Some(card) = card(state) else { return Vec::new() };
    let release = match &card.chosen {
        Some(Chosen::Tag(tag)) => Ok(Release::of_tag(tag.clone())),
        Some(Chosen::AsTyped) | None => match card.field.text().trim() {
            "" => Err("type a tag, or choose one".to_owned()),
            text => text.parse().map_err(|bad: BadRelease| bad.to_string()),
        },
    };
    let phase = card.phase;
    match release {
        Ok(release) => {
            let mut effects = close(state);
            effects.extend(plan::open::plan(state, phase, Some(release)));
            effects
        }
        Err(why) => {
            card.wrong = Some(why);
            Vec::new()
        }
    }
}

impl State {
    /// The picker lies on top.
    pub fn is_picking(&self) -> bool {
        matches!(self.dialogs.last(), Some(Open { dialog: Dialog::Tag(_), .. }))
    }

    /// The picker, if it is open.
    pub fn picker(&self) -> Option<&TagCard> {
        self.dialogs.iter().find_map(|open| match &open.dialog {
            Dialog::Tag(card) => Some(card),
            _ => None,
        })
    }

    /// The letters are a tag that the list has not: it has a row of its own, the last one.
    pub fn is_typed_by_hand(&self, card: &TagCard) -> bool {
        card.typed().is_some_and(|tag| self.releases.list.find(&tag).is_none())
    }
}
