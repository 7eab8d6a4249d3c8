//! What each action does. Whether it may was asked before.

use super::{find, hosts, open};
use crate::console::actions::Verb;
use crate::console::dialog::{Dialog, PaletteCard};
use crate::console::farewell;
use crate::console::field::Field;
use crate::console::glyphs::Mark;
use crate::console::msg::Effect;
use crate::console::pane::{Pane, Place};
use crate::console::search::Towards;
use crate::console::state::{Focus, State, Zoom};
use crate::console::view::layout;
use crate::domain::event::Choice;
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::plan::Pause;

pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    match verb {
        Verb::RollBack => return open::roll_back(state),
        Verb::Prepare => return open::tag(state),
        Verb::Verify if state.deploy.question.is_some() => open::sign_off(state),
        Verb::Verify => return open::prepared(state, Phase::Verify),
        Verb::GoLive => return open::prepared(state, Phase::GoLive),
        Verb::Abandon => return open::prepared(state, Phase::Abandon),
        Verb::Finish => return open::plan(state, Phase::Finish, None),
        Verb::Abort => open::abort(state),
        Verb::Revert => open::revert(state),
        Verb::Unlock => open::unlock(state),
        Verb::Quit => return open::quit(state),
        Verb::Palette => state.open(Dialog::Palette(PaletteCard::default())),
        Verb::Help => state.open(Dialog::Help { scroll: 0 }),
        Verb::Suspend => return vec![Effect::Suspend],
        Verb::Redraw => return vec![Effect::Redraw],
        Verb::Copy => return copy(state),
        Verb::Pause => return pause(state),
        Verb::Retry => return retry(state),
        Verb::Look => return look(state),
        Verb::Skip => return choose(state, Choice::Skip),
        Verb::Tail => return tail(state),
        Verb::NextTrouble => hosts::next_trouble(state),
        Verb::Mark => hosts::mark(state),
        Verb::MarkShown => hosts::mark_shown(state),
        Verb::Sort => hosts::sort(state),
        Verb::Down => down(state),
        Verb::Up => up(state),
        Verb::Focus => {
            state.focus = match state.focus {
                Focus::Table => Focus::Pane,
                Focus::Pane => Focus::Table,
            }
        }
        Verb::Zoom => {
            state.zoom = match state.zoom {
                Zoom::Split => Zoom::Pane,
                Zoom::Pane => Zoom::Split,
            }
        }
        Verb::Read => {
            read(state);
        }
        Verb::PageUp => scroll(state, |pane, page| pane.up(page.max(2) - 1, page)),
        Verb::PageDown => scroll(state, |pane, page| pane.down(page.max(2) - 1)),
        Verb::Top => scroll(state, Pane::top),
        Verb::Search if hosts::has_keys(state) => hosts::open_filter(state),
        Verb::Search => state.open(Dialog::Search(Field::default())),
        Verb::FindOlder => find::next(state, Towards::Older),
        Verb::FindNewer => find::next(state, Towards::Newer),
        Verb::Newest => scroll(state, |pane, _| pane.place = Place::Follow),
    }
    Vec::new()
}

fn down(state: &mut State) {
    match state.focus {
        Focus::Pane => scroll(state, |pane, _| pane.down(1)),
        Focus::Table => hosts::choose_next(state),
    }
}

fn up(state: &mut State) {
    match state.focus {
        Focus::Pane => scroll(state, |pane, page| pane.up(1, page)),
        Focus::Table => hosts::choose_previous(state),
    }
}

fn scroll(state: &mut State, by: impl FnOnce(&mut Pane, usize)) {
    let page = layout::pane_rows(state);
    if let Some(target) = state.chosen_target().cloned() {
        by(state.pane_mut(&target), page);
    }
}

/// What lies on top goes first, and what narrows the keys that change servers is not left by accident.
fn read(state: &mut State) {
    if state.message.take().is_some() {
    } else if !hosts::has_keys(state) {
        state.zoom = Zoom::Split;
        state.focus = Focus::Table;
    } else if !state.listing.marked.is_empty() {
        state.listing.marked.clear();
    } else {
        state.listing.filter.clear();
    }
}

fn pause(state: &mut State) -> Vec<Effect> {
    let by = state.setup.operator.clone();
    // A wait that only a person ends is ended by the same key.
    let waits = state.deploy.paused || state.deploy.pausing == Some(Pause::UntilTold);
    let order = if waits { Order::Resume { by } } else { Order::Pause { by } };
    vec![Effect::send(order)]
}

fn retry(state: &mut State) -> Vec<Effect> {
    let stuck = state.chosen_target().is_some_and(|target| state.is_stuck(target));
    if stuck { choose(state, Choice::Retry) } else { look(state) }
}

fn look(state: &mut State) -> Vec<Effect> {
    state.say(Mark::Work, "looking at every host");
    vec![Effect::send(Order::Look { targets: Vec::new() })]
}

fn choose(state: &mut State, choice: Choice) -> Vec<Effect> {
    let Some(target) = state.chosen_target().cloned() else { return Vec::new() };
    let by = state.setup.operator.clone();
    vec![Effect::send(Order::Choose { target, choice, by })]
}

/// The engine follows one log at a time; no color means none.
fn tail(state: &mut State) -> Vec<Effect> {
    let Some(target) = state.chosen_target().cloned() else { return Vec::new() };
    if let Some(target) = state.tail.take_if(|tail| *tail == target) {
        state.say(Mark::Ok, format!("no longer following the log of {target}"));
        return vec![Effect::send(Order::FollowLog { target, color: None })];
    }
    let color =
        state.chosen_host().and_then(|host| host.live().known().map(|(color, _)| color.clone()));
    let Some(color) = color else {
        state.say(Mark::Warn, format!("{target}: which color is live there is not known"));
        return Vec::new();
    };
    let stop = state.key_word(Verb::Tail);
    state.say(Mark::Work, format!("asked for the log of {color} on {target}; {stop} stops it"));
    let mut effects = Vec::new();
    if let Some(before) = state.tail.replace(target.clone()) {
        effects.push(Effect::send(Order::FollowLog { target: before, color: None }));
    }
    effects.push(Effect::send(Order::FollowLog { target, color: Some(color) }));
    effects
}

fn copy(state: &mut State) -> Vec<Effect> {
    let lines = farewell::summary(state);
    state.say(Mark::Ok, format!("{} lines sent to the terminal's clipboard", lines.len()));
    vec![Effect::Copy(lines.join("\n"))]
}
