//! Which panes there are, and which of them has the keys.

use super::{Pane, Paper, View};
use crate::console::app::msg::Effect;
use crate::console::app::state::{Focus, State, Zoom};
use crate::console::fleet;
use crate::console::fleet::Host;
use crate::console::screen::glyphs::Mark;
use crate::console::screen::layout;
use crate::domain::target::Target;

pub fn view(state: &mut State, view: View) -> Vec<Effect> {
    state.output.panes.view = view;
    if view == View::All && state.output.panes.is_silent() {
        state.say(Mark::Wait, "no host has printed anything yet");
    }
    let room = layout::panes(state).len();
    if room < view.panes() {
        state.say(Mark::Wait, format!("there is room for {room} of {} panes", view.panes()));
    }
    Vec::new()
}

/// From the table to the panes, one after another, and back to the host that the table had.
pub fn focus(state: &mut State) {
    let shown = &state.output.panes.shown;
    let here = shown.iter().position(|target| state.is_chosen(target)).unwrap_or(0);
    let next = shown.get(here + 1).filter(|_| state.output.panes.view != View::All);
    match (fleet::update::has_keys(state), next) {
        (true, _) => state.screen.focus = Focus::Pane,
        (false, Some(next)) => state.fleet.chosen = Some(next.clone()),
        (false, None) => leave(state),
    }
}

/// Where only the output is on the screen, its first pane comes after the last.
fn leave(state: &mut State) {
    if state.output.panes.view != View::All {
        state.fleet.chosen =
            state.output.panes.shown.first().cloned().or(state.fleet.chosen.take());
    }
    if state.screen.zoom == Zoom::Split {
        state.screen.focus = Focus::Table;
    }
}

/// The chosen host first, then those that are marked, those that wait for a person, those in trouble,
/// and the ones that come next in the table. While a person reads the output it stays what it is.
pub fn arrange(state: &mut State) {
    let Some(chosen) = state.fleet.chosen.clone().filter(|_| state.output.panes.view != View::All)
    else {
        return;
    };
    let count = state.output.panes.view.panes().min(state.fleet.members.len());
    let panes = &mut state.output.panes;
    if count <= 1 {
        if panes.shown != [chosen.clone()] {
            panes.shown = vec![chosen];
            search_for(state);
        }
        return;
    }
    let there = panes.shown.len() == count && panes.shown.contains(&chosen);
    let stuck: Vec<Target> = state.stuck().map(|(target, _)| target.clone()).collect();
    let same = state.output.panes.picked_by.stuck == stuck
        && state.output.panes.picked_by.marked == state.fleet.listing.marked
        && state.output.panes.shown.first() == Some(&chosen);
    if there && (same || !fleet::update::has_keys(state)) {
        return;
    }
    state.output.panes.shown = picked(state, &chosen, &stuck, count);
    state.output.panes.picked_by.stuck = stuck;
    state.output.panes.picked_by.marked = state.fleet.listing.marked.clone();
    search_for(state);
}

fn picked(state: &State, chosen: &Target, stuck: &[Target], count: usize) -> Vec<Target> {
    let places = state.shown().places;
    let rows: Vec<&Target> = places.iter().map(|at| &state.fleet.members[*at].target).collect();
    let here = rows.iter().position(|target| *target == chosen).map_or(0, |at| at + 1);
    let marked = rows.iter().copied().filter(|target| state.is_marked(target));
    let troubled = state.hosts().filter(Host::is_troubled);
    let troubled = troubled.map(|host| &host.member.target);
    let next = rows[here..].iter().chain(&rows[..here]).copied();
    let rest = state.fleet.members.iter().map(|member| &member.target);
    let mut picked: Vec<Target> = Vec::new();
    let first = [chosen].into_iter().chain(marked).chain(stuck);
    for target in first.chain(troubled).chain(next).chain(rest) {
        if picked.len() < count && !picked.contains(target) {
            picked.push(target.clone());
        }
    }
    picked
}

/// Every pane on the screen counts what is looked for.
pub fn search_for(state: &mut State) {
    let text = state.output.search.as_deref();
    for target in state.output.panes.shown.clone() {
        state.output.panes.of_host(&target).search_for(text);
    }
    state.output.panes.all_mut().search_for(text);
}

/// The pane that has the keys, and its place on the screen.
pub fn in_hand(state: &mut State) -> Option<(&mut Pane, Paper)> {
    let paper = layout::paper(state);
    if state.output.panes.view == View::All {
        return Some((state.output.panes.all_mut(), paper));
    }
    let target = state.fleet.chosen.clone()?;
    Some((state.output.panes.of_host(&target), paper))
}

/// Whose output has the keys.
pub fn whose(state: &State) -> String {
    match (state.output.panes.view, state.chosen_target()) {
        (View::All, _) => "all hosts".to_owned(),
        (_, Some(target)) => target.to_string(),
        (_, None) => "no host".to_owned(),
    }
}
