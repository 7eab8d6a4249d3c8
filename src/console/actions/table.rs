//! The one table of what a person can do. Keys, hints, help, refusals and what a key does are all read from it.

use super::id::{ActionId, Class, Reason};
use super::rules;
use crate::console::app::msg::Effect;
use crate::console::app::state::State;
use crate::console::app::{mouse, moves, steer};
use crate::console::dialog::questions;
use crate::console::fleet;
use crate::console::history;
use crate::console::keys::key::Key;
use crate::console::leave;
use crate::console::output;
use crate::console::output::{View, arrange, find, follow_log};
use crate::console::plan;
use crate::console::releases;
use crate::console::rollback;
use crate::domain::phase::Phase;

#[derive(Debug)]
pub struct Action {
    pub id: ActionId,
    pub name: &'static str,
    /// What it does, for the help.
    pub words: &'static str,
    pub class: Class,
    /// Where no file says otherwise: see [`Bindings`](crate::console::keys::Bindings). The first one is shown.
    pub keys: &'static [Key],
    /// Whether it is possible now.
    pub allowed: fn(&State) -> Result<(), Reason>,
    /// Does it. Whether it is allowed was asked before.
    pub run: fn(&mut State) -> Vec<Effect>,
}

use Class::{Emergency, Mutate, ReadOnly, Steer};

/// In the order of the hints and of the help.
#[rustfmt::skip]
pub const ACTIONS: &[Action] = &[
    Action { id: ActionId::Rollback, name: "roll back", class: Emergency, keys: &[Key::Char('R')], allowed: rules::can_roll_back, run: rollback::open::roll_back,
        words: "send users back to the release they came from; starts automatically after a countdown" },
    Action { id: ActionId::Prepare, name: "prepare", class: Mutate, keys: &[Key::Char('P')], allowed: rules::can_start, run: |state| releases::update::open(state, Phase::Prepare),
        words: "start a release on the passive color; users are not affected" },
    Action { id: ActionId::Verify, name: "verify", class: Mutate, keys: &[Key::Char('V')], allowed: rules::can_verify, run: plan::open::verify,
        words: "check the passive color, then sign it off" },
    Action { id: ActionId::GoLive, name: "go live", class: Mutate, keys: &[Key::Char('L')], allowed: rules::can_go_live, run: releases::update::go_live,
        words: "send users to the prepared release" },
    Action { id: ActionId::Finish, name: "finish", class: Mutate, keys: &[Key::Char('F')], allowed: rules::can_start, run: |state| plan::open::plan(state, Phase::Finish, None),
        words: "stop the passive color and prune: after that a rollback is cold" },
    Action { id: ActionId::Abandon, name: "abandon", class: Mutate, keys: &[Key::Char('X')], allowed: rules::can_start, run: |state| plan::open::prepared(state, Phase::Abandon),
        words: "discard a prepared release that no user has reached" },
    Action { id: ActionId::Abort, name: "abort run", class: Mutate, keys: &[Key::Char('A')], allowed: rules::needs_run, run: |state| done(questions::abort, state),
        words: "end the current run: no further step starts" },
    Action { id: ActionId::Revert, name: "revert this", class: Mutate, keys: &[Key::Char('U')], allowed: rules::can_revert, run: |state| done(questions::revert, state),
        words: "revert what this run did on the chosen host" },
    Action { id: ActionId::Unlock, name: "unlock", class: Mutate, keys: &[Key::Char('K')], allowed: rules::needs_lock, run: |state| done(questions::unlock, state),
        words: "remove the observed locks, with a reason; a newer lock stays" },
    Action { id: ActionId::Pause, name: "pause/resume", class: Steer, keys: &[Key::Char('p')], allowed: rules::needs_run, run: steer::pause,
        words: "start no further step; press again to resume" },
    Action { id: ActionId::Retry, name: "retry/observe", class: Steer, keys: &[Key::Char('r')], allowed: rules::always, run: steer::retry,
        words: "on a failed host: observe it again and do what is left; otherwise: observe every host now" },
    Action { id: ActionId::Skip, name: "skip", class: Steer, keys: &[Key::Char('s')], allowed: rules::needs_stuck, run: steer::skip,
        words: "skip the chosen failed host and continue without it" },
    Action { id: ActionId::NextTrouble, name: "next trouble", class: ReadOnly, keys: &[Key::Char('f')], allowed: rules::always, run: |state| done(moves::next_trouble, state),
        words: "choose the next host that needs attention; with the focus on the output: its first failing line" },
    Action { id: ActionId::Sort, name: "sort", class: ReadOnly, keys: &[Key::Char('>')], allowed: rules::always, run: |state| done(fleet::update::sort, state),
        words: "hosts by name, trouble first, by group, by step" },
    Action { id: ActionId::Mark, name: "mark", class: ReadOnly, keys: &[Key::Char(' ')], allowed: rules::can_mark, run: |state| done(fleet::update::mark, state),
        words: "keys that change servers act on the marked hosts only; again removes the mark" },
    Action { id: ActionId::MarkShown, name: "mark shown", class: ReadOnly, keys: &[Key::Char('a')], allowed: rules::always, run: |state| done(fleet::update::mark_shown, state),
        words: "mark every host that is shown" },
    Action { id: ActionId::Down, name: "down", class: ReadOnly, keys: &[Key::Char('j'), Key::Down], allowed: rules::always, run: |state| done(moves::down, state),
        words: "next host; with the focus on the output: one line down" },
    Action { id: ActionId::Up, name: "up", class: ReadOnly, keys: &[Key::Char('k'), Key::Up], allowed: rules::always, run: |state| done(moves::up, state),
        words: "previous host; with the focus on the output: one line up" },
    Action { id: ActionId::Focus, name: "table/output", class: ReadOnly, keys: &[Key::Tab], allowed: rules::always, run: |state| done(arrange::focus, state),
        words: "move the focus to the output, pane after pane, and back to the table" },
    Action { id: ActionId::Zoom, name: "zoom", class: ReadOnly, keys: &[Key::Enter, Key::Char('z')], allowed: rules::always, run: |state| done(moves::zoom, state),
        words: "the output alone on the screen, and back" },
    Action { id: ActionId::Panes(View::One), name: "one pane", class: ReadOnly, keys: &[Key::Char('1')], allowed: rules::always, run: |state| arrange::view(state, View::One),
        words: "the output of the chosen host" },
    Action { id: ActionId::Panes(View::Two), name: "two panes", class: ReadOnly, keys: &[Key::Char('2')], allowed: rules::always, run: |state| arrange::view(state, View::Two),
        words: "and of one more: marked, in trouble or next" },
    Action { id: ActionId::Panes(View::Four), name: "four panes", class: ReadOnly, keys: &[Key::Char('4')], allowed: rules::always, run: |state| arrange::view(state, View::Four),
        words: "and of three more" },
    Action { id: ActionId::Panes(View::All), name: "all hosts", class: ReadOnly, keys: &[Key::Char('0')], allowed: rules::always, run: |state| arrange::view(state, View::All),
        words: "the output of all hosts in one, as it comes" },
    Action { id: ActionId::PageUp, name: "page up", class: ReadOnly, keys: &[Key::PageUp, Key::Ctrl('b')], allowed: rules::always, run: |state| done(output::update::page_up, state),
        words: "older output; stops following" },
    Action { id: ActionId::PageDown, name: "page down", class: ReadOnly, keys: &[Key::PageDown, Key::Ctrl('f')], allowed: rules::always, run: |state| done(output::update::page_down, state),
        words: "newer output" },
    Action { id: ActionId::Top, name: "oldest", class: ReadOnly, keys: &[Key::Char('g'), Key::Home], allowed: rules::always, run: |state| done(output::update::oldest, state),
        words: "the oldest output there is" },
    Action { id: ActionId::Newest, name: "follow", class: ReadOnly, keys: &[Key::Char('G'), Key::End], allowed: rules::always, run: |state| done(output::update::newest, state),
        words: "the newest output, and follow it" },
    Action { id: ActionId::Search, name: "filter/search", class: ReadOnly, keys: &[Key::Char('/')], allowed: rules::always, run: |state| done(moves::search, state),
        words: "show only the hosts that match; with the focus on the output: search for a text" },
    Action { id: ActionId::FindOlder, name: "older match", class: ReadOnly, keys: &[Key::Char('n')], allowed: rules::always, run: |state| done(find::older, state),
        words: "the next older line that has it" },
    Action { id: ActionId::FindNewer, name: "newer match", class: ReadOnly, keys: &[Key::Char('N')], allowed: rules::always, run: |state| done(find::newer, state),
        words: "the next newer line that has it" },
    Action { id: ActionId::Wrap, name: "wrap", class: ReadOnly, keys: &[Key::Char('w')], allowed: rules::always, run: |state| done(output::update::wrap, state),
        words: "wrap long lines, or cut them" },
    Action { id: ActionId::Left, name: "left", class: ReadOnly, keys: &[Key::Left], allowed: rules::always, run: |state| done(output::update::left, state),
        words: "where lines are cut: back to their beginning" },
    Action { id: ActionId::Right, name: "right", class: ReadOnly, keys: &[Key::Right], allowed: rules::always, run: |state| done(output::update::right, state),
        words: "where lines are cut: further along them" },
    Action { id: ActionId::Times, name: "times", class: ReadOnly, keys: &[Key::Char('t')], allowed: rules::always, run: |state| done(output::update::times, state),
        words: "in front of lines: the time, the time since the step began, nothing" },
    Action { id: ActionId::DrawMark, name: "mark line", class: ReadOnly, keys: &[Key::Char('-')], allowed: rules::always, run: |state| done(output::update::mark, state),
        words: "draw a line with the time across the output" },
    Action { id: ActionId::CopyLines, name: "copy lines", class: ReadOnly, keys: &[Key::Char('c')], allowed: rules::always, run: output::update::copy,
        words: "copy the lines since the mark line, or else those on the screen" },
    Action { id: ActionId::Save, name: "save output", class: ReadOnly, keys: &[Key::Ctrl('s')], allowed: rules::always, run: output::update::save,
        words: "the output, to a file; the message says which" },
    Action { id: ActionId::Tail, name: "container log", class: ReadOnly, keys: &[Key::Char('l')], allowed: rules::can_tail, run: follow_log::next,
        words: "follow the log of the chosen host's live color, then the passive one's, then none" },
    Action { id: ActionId::Observe, name: "observe", class: ReadOnly, keys: &[Key::Ctrl('r')], allowed: rules::always, run: steer::observe,
        words: "observe every host now" },
    Action { id: ActionId::Copy, name: "copy summary", class: ReadOnly, keys: &[Key::Char('y')], allowed: rules::always, run: history::update::copy_summary,
        words: "copy what happened and the current state, as text for a chat" },
    Action { id: ActionId::Messages, name: "messages", class: ReadOnly, keys: &[Key::Char('!')], allowed: rules::always, run: |state| done(moves::messages, state),
        words: "all messages with their times, and what is wrong now, in full; closing marks them as read" },
    Action { id: ActionId::Read, name: "dismiss", class: ReadOnly, keys: &[Key::Esc], allowed: rules::always, run: |state| done(moves::read, state),
        words: "dismiss, one at a time: the message, the zoom, the marks, the filter" },
    Action { id: ActionId::Shell, name: "shell", class: ReadOnly, keys: &[Key::Char('o')], allowed: rules::can_visit, run: leave::away::visit,
        words: "a shell on the chosen host, with the system's own ssh; the console keeps running" },
    Action { id: ActionId::Environments, name: "environment", class: ReadOnly, keys: &[Key::Char('e')], allowed: rules::can_go, run: |state| done(leave::away::choose_place, state),
        words: "open another environment, app or stack of the inventory" },
    Action { id: ActionId::Mouse, name: "mouse", class: ReadOnly, keys: &[Key::Char('m')], allowed: rules::always, run: mouse::toggle,
        words: "choose and scroll with the mouse, or leave the mouse to the terminal for selecting text" },
    Action { id: ActionId::Redraw, name: "redraw", class: ReadOnly, keys: &[Key::Ctrl('l')], allowed: rules::always, run: |_| vec![Effect::Redraw],
        words: "paint the whole screen anew" },
    Action { id: ActionId::Suspend, name: "suspend", class: ReadOnly, keys: &[Key::Ctrl('z')], allowed: rules::can_suspend, run: |_| vec![Effect::Suspend],
        words: "back to the shell; fg returns" },
    Action { id: ActionId::History, name: "history", class: ReadOnly, keys: &[Key::Char('h')], allowed: rules::always, run: history::update::open,
        words: "past runs of this app: events, output, replay, a summary for a chat" },
    Action { id: ActionId::Palette, name: "command", class: ReadOnly, keys: &[Key::Char(':')], allowed: rules::always, run: |state| done(moves::palette, state),
        words: "find an action by its name, or type a command: prepare TAG, rollback TAG, go-live TAG, abandon TAG, repair HOST|all, host NAME, environment NAME, read-only on|off, unfreeze REASON" },
    Action { id: ActionId::Help, name: "help", class: ReadOnly, keys: &[Key::Char('?'), Key::F(1)], allowed: rules::always, run: |state| done(moves::help, state),
        words: "the keys of the current context, then all others; F1 also works where text is typed" },
    Action { id: ActionId::Quit, name: "quit", class: ReadOnly, keys: &[Key::Char('q'), Key::Ctrl('c')], allowed: rules::always, run: leave::update::quit,
        words: "leave; asks first while a run is in progress" },
];

pub fn find_action(id: ActionId) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.id == id)
}

/// An action that leads to nothing outside of the state.
fn done(action: fn(&mut State), state: &mut State) -> Vec<Effect> {
    action(state);
    Vec::new()
}
