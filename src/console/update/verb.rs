//! What each action does. Whether it may was asked before.

use super::{elsewhere, find, hosts, leave, open, output, panes, past, pick, tail, touch};
use crate::console::actions::Verb;
use crate::console::dialog::{Dialog, HelpCard, PaletteCard};
use crate::console::field::Field;
use crate::console::glyphs::Mark;
use crate::console::msg::Effect;
use crate::console::output::{Pane, Towards};
use crate::console::state::{Focus, Leaving, State, Zoom};
use crate::console::summary;
use crate::domain::event::Choice;
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::plan::Pause;

pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    match verb {
        Verb::Rollback => return open::roll_back(state),
        Verb::Prepare => return pick::open(state),
        Verb::Verify if state.deploy.question.is_some() => open::sign_off(state),
        Verb::Verify => return open::prepared(state, Phase::Verify),
        Verb::GoLive => return open::prepared(state, Phase::GoLive),
        Verb::Abandon => return open::prepared(state, Phase::Abandon),
        Verb::Finish => return open::plan(state, Phase::Finish, None),
        Verb::Abort => open::abort(state),
        Verb::Revert => open::revert(state),
        Verb::Unlock => open::unlock(state),
        Verb::Quit => return leave::quit(state),
        Verb::Palette => state.open(Dialog::Palette(PaletteCard::default())),
        Verb::Help => state.open(Dialog::Help(HelpCard::default())),
        Verb::Messages => state.open(Dialog::Messages { back: 0 }),
        Verb::Shell => return elsewhere::visit(state),
        Verb::Environments => elsewhere::choose_place(state),
        Verb::Mouse => return touch::toggle(state),
        Verb::Suspend => return vec![Effect::Suspend],
        Verb::Redraw => return vec![Effect::Redraw],
        Verb::Copy => return past::send(state, &summary::of_now(state)),
        Verb::History => return past::open(state),
        Verb::Pause => return pause(state),
        Verb::Retry => return retry(state),
        Verb::Look => return look(state),
        Verb::Skip => return choose(state, Choice::Skip),
        Verb::Tail => return tail::next(state),
        Verb::NextTrouble if hosts::has_keys(state) => hosts::next_trouble(state),
        Verb::NextTrouble => output::first_failing(state),
        Verb::Mark => hosts::mark(state),
        Verb::MarkShown => hosts::mark_shown(state),
        Verb::Sort => hosts::sort(state),
        Verb::Down => down(state),
        Verb::Up => up(state),
        Verb::Focus => panes::focus(state),
        Verb::Zoom => {
            state.zoom = match state.zoom {
                Zoom::Split => Zoom::Pane,
                Zoom::Pane => Zoom::Split,
            }
        }
        Verb::Read => {
            read(state);
        }
        Verb::PageUp => output::scroll(state, |pane, paper| pane.up(paper.page(), paper)),
        Verb::PageDown => output::scroll(state, |pane, paper| pane.down(paper.page(), paper)),
        Verb::Top => output::scroll(state, Pane::top),
        Verb::Search if hosts::has_keys(state) => hosts::open_filter(state),
        Verb::Search => state.open(Dialog::Search(Field::default())),
        Verb::FindOlder => find::next(state, Towards::Older),
        Verb::FindNewer => find::next(state, Towards::Newer),
        Verb::Newest => output::scroll(state, |pane, _| pane.follow()),
        Verb::Panes(view) => panes::view(state, view),
        Verb::Wrap => output::wrap(state),
        Verb::Times => output::times(state),
        Verb::Left => output::left(state),
        Verb::Right => output::right(state),
        Verb::DrawMark => output::mark(state),
        Verb::CopyLines => return output::copy(state),
        Verb::Save => return output::save(state),
    }
    Vec::new()
}

fn down(state: &mut State) {
    if hosts::has_keys(state) {
        hosts::choose_next(state);
    } else {
        output::scroll(state, |pane, paper| pane.down(1, paper));
    }
}

fn up(state: &mut State) {
    if hosts::has_keys(state) {
        hosts::choose_previous(state);
    } else {
        output::scroll(state, |pane, paper| pane.up(1, paper));
    }
}

/// What lies on top goes first, and what narrows the keys that change servers is not left by accident.
fn read(state: &mut State) {
    if state.read_message() || state.tell_no_more() || state.read_undone() {
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
    let waits = state.deploy.paused || state.deploy.pausing == Some(Pause::UntilResumed);
    if waits && state.leaving == Leaving::AfterSteps {
        state.leaving = Leaving::No;
    }
    let order = if waits { Order::Resume { by } } else { Order::Pause { by } };
    vec![Effect::send(order)]
}

fn retry(state: &mut State) -> Vec<Effect> {
    let stuck = state.chosen_target().is_some_and(|target| state.is_stuck(target));
    if stuck { choose(state, Choice::Retry) } else { look(state) }
}

fn look(state: &mut State) -> Vec<Effect> {
    state.say(Mark::Work, "looking at every host");
    vec![Effect::send(Order::Observe { targets: Vec::new() })]
}

fn choose(state: &mut State, choice: Choice) -> Vec<Effect> {
    let Some(target) = state.chosen_target().cloned() else { return Vec::new() };
    let by = state.setup.operator.clone();
    vec![Effect::send(Order::Choose { target, choice, by })]
}
