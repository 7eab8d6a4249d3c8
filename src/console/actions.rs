//! The one table of what a person can do. Keys, hints, help and refusals are all read from it.

mod hints;

use std::fmt;

pub use hints::hints;

use super::key::Key;
use super::output::View;
use super::state::{Engine, Leaving, State};
use crate::domain::deploy::Doing;
use crate::domain::phase::Phase;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Rollback,
    Prepare,
    Verify,
    GoLive,
    Finish,
    Abandon,
    Abort,
    Revert,
    Unlock,
    Pause,
    Retry,
    Skip,
    Look,
    Tail,
    Panes(View),
    Wrap,
    Times,
    Left,
    Right,
    DrawMark,
    CopyLines,
    Save,
    NextTrouble,
    Down,
    Up,
    Focus,
    Zoom,
    PageUp,
    PageDown,
    Top,
    Newest,
    Search,
    FindOlder,
    FindNewer,
    Copy,
    Read,
    Mark,
    MarkShown,
    Sort,
    Shell,
    Environments,
    Messages,
    Mouse,
    Redraw,
    Suspend,
    History,
    Palette,
    Help,
    Quit,
}

/// How far a key reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It changes nothing but the screen.
    Look,
    /// It guides a run that a person already said yes to.
    Steer,
    /// It changes servers: upper case, and only after a card was answered.
    Mutate,
    /// The way back.
    Emergency,
}

/// Why something cannot be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(pub String);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug)]
pub struct Action {
    pub verb: Verb,
    pub name: &'static str,
    /// What it does, for the help.
    pub words: &'static str,
    pub class: Class,
    /// Where no file says otherwise: see [`Bindings`](super::keys::Bindings). The first one is shown.
    pub keys: &'static [Key],
    pub allowed: fn(&State) -> Result<(), Reason>,
}

const fn action(
    verb: Verb,
    name: &'static str,
    class: Class,
    keys: &'static [Key],
    allowed: fn(&State) -> Result<(), Reason>,
    words: &'static str,
) -> Action {
    Action { verb, name, words, class, keys, allowed }
}

use Class::{Emergency, Look, Mutate, Steer};

/// In the order of the hints and of the help.
#[rustfmt::skip]
pub const ACTIONS: &[Action] = &[
    action(Verb::Rollback, "roll back", Emergency, &[Key::Char('R')], can_roll_back, "send users back to the release they came from; starts by itself after a countdown"),
    action(Verb::Prepare, "prepare", Mutate, &[Key::Char('P')], can_start, "bring a release up on the passive color; users notice nothing"),
    action(Verb::Verify, "verify", Mutate, &[Key::Char('V')], can_verify, "check the passive color, then sign it off"),
    action(Verb::GoLive, "go live", Mutate, &[Key::Char('L')], can_go_live, "send users to the prepared color"),
    action(Verb::Finish, "finish", Mutate, &[Key::Char('F')], can_start, "stop the passive color and prune: closes the quick way back"),
    action(Verb::Abandon, "abandon", Mutate, &[Key::Char('X')], can_start, "give up a prepared release before users saw it"),
    action(Verb::Abort, "abort run", Mutate, &[Key::Char('A')], needs_run, "end the run at work: nothing else begins"),
    action(Verb::Revert, "revert this", Mutate, &[Key::Char('U')], can_revert, "take back what this run did on the chosen host"),
    action(Verb::Unlock, "unlock", Mutate, &[Key::Char('K')], needs_lock, "remove the locks that were seen, with a reason; a newer one stays"),
    action(Verb::Pause, "pause/resume", Steer, &[Key::Char('p')], needs_run, "begin no further step until told; press again to go on"),
    action(Verb::Retry, "retry/look", Steer, &[Key::Char('r')], always, "on a failed host: look again and do what is left; else: look at every host now"),
    action(Verb::Skip, "skip", Steer, &[Key::Char('s')], needs_stuck, "leave the chosen failed host as it is and go on without it"),
    action(Verb::NextTrouble, "next trouble", Look, &[Key::Char('f')], always, "choose the next host that needs a person; with the keys on the output: its first failing line"),
    action(Verb::Sort, "sort", Look, &[Key::Char('>')], always, "hosts by name, trouble first, by group, by step"),
    action(Verb::Mark, "mark", Look, &[Key::Char(' ')], can_mark, "what changes servers acts on the marked hosts only; again takes the mark away"),
    action(Verb::MarkShown, "mark shown", Look, &[Key::Char('a')], always, "mark every host that is shown"),
    action(Verb::Down, "down", Look, &[Key::Char('j'), Key::Down], always, "next host; with the keys on the output: one line down"),
    action(Verb::Up, "up", Look, &[Key::Char('k'), Key::Up], always, "previous host; with the keys on the output: one line up"),
    action(Verb::Focus, "table/output", Look, &[Key::Tab], always, "give the keys to the output, pane after pane, and back to the table"),
    action(Verb::Zoom, "zoom", Look, &[Key::Enter, Key::Char('z')], always, "the output alone on the screen, and back"),
    action(Verb::Panes(View::One), "one pane", Look, &[Key::Char('1')], always, "the output of the chosen host"),
    action(Verb::Panes(View::Two), "two panes", Look, &[Key::Char('2')], always, "and of one more: marked, in trouble or next"),
    action(Verb::Panes(View::Four), "four panes", Look, &[Key::Char('4')], always, "and of three more"),
    action(Verb::Panes(View::All), "all hosts", Look, &[Key::Char('0')], always, "the output of all hosts in one, as it comes"),
    action(Verb::PageUp, "page up", Look, &[Key::PageUp, Key::Ctrl('b')], always, "older output; stops following"),
    action(Verb::PageDown, "page down", Look, &[Key::PageDown, Key::Ctrl('f')], always, "newer output"),
    action(Verb::Top, "oldest", Look, &[Key::Char('g'), Key::Home], always, "the oldest output there is"),
    action(Verb::Newest, "follow", Look, &[Key::Char('G'), Key::End], always, "the newest output, and follow it"),
    action(Verb::Search, "filter/search", Look, &[Key::Char('/')], always, "show only the hosts that match; with the keys on the output: look for a text"),
    action(Verb::FindOlder, "older match", Look, &[Key::Char('n')], always, "the next older line that has it"),
    action(Verb::FindNewer, "newer match", Look, &[Key::Char('N')], always, "the next newer line that has it"),
    action(Verb::Wrap, "wrap", Look, &[Key::Char('w')], always, "wrap long lines, or cut them"),
    action(Verb::Left, "left", Look, &[Key::Left], always, "where lines are cut: back to their beginning"),
    action(Verb::Right, "right", Look, &[Key::Right], always, "where lines are cut: further along them"),
    action(Verb::Times, "times", Look, &[Key::Char('t')], always, "in front of lines: the time, the time since the step began, nothing"),
    action(Verb::DrawMark, "mark line", Look, &[Key::Char('-')], always, "draw a line with the time across the output"),
    action(Verb::CopyLines, "copy lines", Look, &[Key::Char('c')], always, "copy the lines since the mark line, or else those on the screen"),
    action(Verb::Save, "save output", Look, &[Key::Ctrl('s')], always, "the output, to a file; the message says which"),
    action(Verb::Tail, "container log", Look, &[Key::Char('l')], can_tail, "follow the log of the chosen host's live color, then the passive one's, then none"),
    action(Verb::Look, "look again", Look, &[Key::Ctrl('r')], always, "look at every host now"),
    action(Verb::Copy, "copy summary", Look, &[Key::Char('y')], always, "copy what happened and how things stand, as text for a chat"),
    action(Verb::Messages, "messages", Look, &[Key::Char('!')], always, "what the message line said, with times, and what is wrong now, in full; closing it means that it was read"),
    action(Verb::Read, "message read", Look, &[Key::Esc], always, "take away, one at a time: the message, the zoom, the marks, the filter"),
    action(Verb::Shell, "shell", Look, &[Key::Char('o')], can_visit, "a shell on the chosen host, with the system's own ssh; the console goes on behind it"),
    action(Verb::Environments, "environment", Look, &[Key::Char('e')], can_go, "look at another environment, app or stack of the inventory"),
    action(Verb::Mouse, "mouse", Look, &[Key::Char('m')], always, "choose and scroll with the mouse, or leave it to the terminal, which selects text"),
    action(Verb::Redraw, "redraw", Look, &[Key::Ctrl('l')], always, "paint the whole screen anew"),
    action(Verb::Suspend, "suspend", Look, &[Key::Ctrl('z')], can_suspend, "back to the shell; fg returns"),
    action(Verb::History, "history", Look, &[Key::Char('h')], always, "past runs of this app: their events and output, replayed, told for a chat"),
    action(Verb::Palette, "command", Look, &[Key::Char(':')], always, "find an action by its name, or type a command: prepare TAG, rollback TAG, repair HOST|all, host NAME, environment NAME, read-only on|off, unfreeze REASON"),
    action(Verb::Help, "help", Look, &[Key::Char('?'), Key::F(1)], always, "the keys of the place where you are, then all others; F1 also where text is typed"),
    action(Verb::Quit, "quit", Look, &[Key::Char('q'), Key::Ctrl('c')], always, "leave; asks first while a run is at work"),
];

pub fn of_verb(verb: Verb) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.verb == verb)
}

impl Class {
    /// Does it send an order to servers that no run at work already has?
    pub fn changes_servers(self) -> bool {
        matches!(self, Self::Mutate | Self::Emergency)
    }
}

fn no(reason: impl Into<String>) -> Result<(), Reason> {
    Err(Reason(reason.into()))
}

#[expect(clippy::unnecessary_wraps, reason = "it has the shape of every other rule")]
fn always(_: &State) -> Result<(), Reason> {
    Ok(())
}

fn heard(state: &State) -> Result<(), Reason> {
    match state.engine {
        Engine::There => {}
        Engine::Gone => return no("the engine has ended"),
        Engine::Never => return no("this is a replay"),
    }
    if state.afterwards.is_some() {
        return no("the roll back begins in a moment");
    }
    if state.leaving == Leaving::WhenEnded {
        return no("the console is leaving");
    }
    Ok(())
}

fn writable(state: &State) -> Result<(), Reason> {
    heard(state)?;
    match state.access.why_not(&state.setup.environment.name) {
        Some(why) => no(why),
        None => Ok(()),
    }
}

fn no_run(state: &State) -> Result<(), Reason> {
    match state.running() {
        Some(intent) => {
            let (phase, key) = (intent.phase.title(), state.key_word(Verb::Abort));
            no(format!("{phase} is at work: {key} ends it"))
        }
        None => Ok(()),
    }
}

/// Only what the console itself knows for sure forbids a phase here. Whether the servers allow it
/// is asked of the servers: the card shows their answer.
pub fn can_start(state: &State) -> Result<(), Reason> {
    writable(state)?;
    no_run(state)
}

/// What the hosts say of a freeze is as old as the last look: it is read again every few seconds.
fn can_go_live(state: &State) -> Result<(), Reason> {
    can_start(state)?;
    match state.freeze() {
        Some(freeze) => no(format!("go-live is FROZEN {freeze}; :unfreeze REASON opens it")),
        None => Ok(()),
    }
}

/// Verifying changes nothing that runs, so a read-only environment lets it pass.
fn can_verify(state: &State) -> Result<(), Reason> {
    heard(state)?;
    if state.deploy.question.is_some() { Ok(()) } else { no_run(state) }
}

/// To a release that a person names: it needs no record of where users came from.
pub fn can_roll_back_to(state: &State) -> Result<(), Reason> {
    writable(state)?;
    no_run(state)
}

fn can_roll_back(state: &State) -> Result<(), Reason> {
    writable(state)?;
    let Some(intent) = state.running() else {
        return match state.why_no_way_back() {
            Some(why) => no(state.in_keys(&why)),
            None => Ok(()),
        };
    };
    match intent.phase {
        Phase::Rollback => no("the roll back is already at work"),
        phase if phase.switches_traffic() || state.stuck().next().is_some() => Ok(()),
        phase => {
            let (phase, key) = (phase.title(), state.key_word(Verb::Abort));
            no(format!("{phase} does not touch what users reach: {key} ends it"))
        }
    }
}

fn needs_lock(state: &State) -> Result<(), Reason> {
    can_start(state)?;
    if state.locks().is_empty() { no("no lock was seen") } else { Ok(()) }
}

fn needs_run(state: &State) -> Result<(), Reason> {
    if state.running().is_some() { Ok(()) } else { no("no run is at work") }
}

fn needs_stuck(state: &State) -> Result<(), Reason> {
    match state.chosen_target() {
        Some(target) if state.is_stuck(target) => Ok(()),
        Some(target) => no(format!("{target} has no failed or unknown step")),
        None => no("no host is chosen"),
    }
}

fn can_revert(state: &State) -> Result<(), Reason> {
    needs_stuck(state)?;
    writable(state)
}

/// The lines of a step come first: a log beside them would hide them.
fn can_tail(state: &State) -> Result<(), Reason> {
    let Some(host) = state.chosen_host() else { return no("no host is chosen") };
    match host.progress {
        Some(progress) if state.running().is_some() && progress.doing == Doing::Working => {
            no("a step is at work there: its own output comes")
        }
        _ => Ok(()),
    }
}

/// What runs behind an API is no server that a run can be narrowed to.
fn can_mark(state: &State) -> Result<(), Reason> {
    match state.chosen_target() {
        Some(target) if target.host().is_some() => Ok(()),
        Some(target) => no(format!("{target} is not a server")),
        None => no("no host is chosen"),
    }
}

fn can_visit(state: &State) -> Result<(), Reason> {
    match state.chosen_target() {
        Some(target) if target.host().is_some() => Ok(()),
        Some(target) => no(format!("{target} is not a server")),
        None => no("no host is chosen"),
    }
}

/// The run lives in this console.
fn can_go(state: &State) -> Result<(), Reason> {
    if state.setup.places.len() < 2 {
        return no("the inventory has no other");
    }
    no_run(state)
}

fn can_suspend(state: &State) -> Result<(), Reason> {
    if state.running().is_some() {
        return no("a run is at work, and it would stop half-way with the console");
    }
    Ok(())
}
