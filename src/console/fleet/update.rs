//! What keys do to the table: which host is chosen, which are shown, in which order, which are marked.

use super::listing::window;
use crate::console::app::state::{Focus, State, Zoom};
use crate::console::dialog::Dialog;
use crate::console::dialog::Field;
use crate::console::screen::glyphs::Mark;
use crate::console::screen::layout;
use crate::domain::target::Target;

/// Are keys meant for the table, and not for the output?
pub fn has_keys(state: &State) -> bool {
    state.screen.focus == Focus::Table && state.screen.zoom == Zoom::Split
}

pub fn choose_next(state: &mut State) {
    choose_by(state, |here, last| here.map_or(0, |here| (here + 1).min(last)));
}

pub fn choose_previous(state: &mut State) {
    choose_by(state, |here, _| here.map_or(0, |here| here.saturating_sub(1)));
}

/// From the row where the chosen host is, if it is shown, and the last row there is.
fn choose_by(state: &mut State, next: impl FnOnce(Option<usize>, usize) -> usize) {
    let rows = rows(state);
    let here = rows.iter().position(|target| state.is_chosen(target));
    let next = next(here, rows.len().saturating_sub(1));
    choose(state, &rows, next);
}

fn choose(state: &mut State, rows: &[Target], row: usize) {
    let Some(target) = rows.get(row) else { return };
    state.fleet.chosen = Some(target.clone());
    // The first row stays, so that moving back up does not scroll before it must.
    let observed = layout::host_rows(state);
    state.fleet.listing.first =
        window(rows.len(), Some(row), state.fleet.listing.first, observed).start;
}

fn rows(state: &State) -> Vec<Target> {
    state.shown().places.into_iter().map(|at| state.fleet.members[at].target.clone()).collect()
}

/// Returns hosts in the order of the rows, then those that a filter hides: a chosen host is always shown.
pub fn next_trouble(state: &mut State) {
    let mut order = rows(state);
    let hidden = state.fleet.members.iter().map(|member| &member.target);
    let hidden: Vec<Target> = hidden.filter(|target| !order.contains(target)).cloned().collect();
    order.extend(hidden);
    let troubled: Vec<&Target> =
        state.hosts().filter(super::Host::is_troubled).map(|host| &host.member.target).collect();
    let here = order.iter().position(|target| state.is_chosen(target)).map_or(0, |at| at + 1);
    let next = (0..order.len()).map(|step| &order[(here + step) % order.len()]);
    let next = next.into_iter().find(|target| troubled.contains(target)).cloned();
    match next {
        Some(next) => {
            state.fleet.chosen = Some(next);
            choose_by(state, |here, _| here.unwrap_or(0));
        }
        None => state.say(Mark::Ok, "no host needs attention"),
    }
}

pub fn open_filter(state: &mut State) {
    let field = Field::with(state.fleet.listing.filter.clone());
    state.open(Dialog::Filter(field));
}

/// A host that was left out by what was typed is not what the next key is meant for.
pub fn filter(state: &mut State, text: String) {
    let words: Vec<&str> = text.split_whitespace().collect();
    let first = state.hosts().find(|host| host.matches(&words)).map(|it| it.member.target.clone());
    let kept = state.chosen_host().is_some_and(|host| host.matches(&words));
    if !kept {
        state.fleet.chosen = first.or(state.fleet.chosen.take());
    }
    state.fleet.listing.filter = text;
    state.fleet.listing.first = 0;
    choose_by(state, |here, _| here.unwrap_or(0));
}

pub fn sort(state: &mut State) {
    state.fleet.listing.sort = state.fleet.listing.sort.next(state.is_grouped());
    choose_by(state, |here, _| here.unwrap_or(0));
}

pub fn mark(state: &mut State) {
    let Some(target) = state.fleet.chosen.clone() else { return };
    if !state.fleet.listing.marked.remove(&target) {
        state.fleet.listing.marked.insert(target);
    }
}

pub fn mark_shown(state: &mut State) {
    let words: Vec<&str> = state.filter().split_whitespace().collect();
    let matching = state.hosts().filter(|host| host.matches(&words));
    let targets: Vec<Target> = matching.map(|host| host.member.target.clone()).collect();
    state.fleet.listing.marked.extend(targets);
}
