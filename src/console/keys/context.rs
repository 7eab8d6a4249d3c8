//! Key contexts: where keys have a meaning of their own, and what they do there. All other keys are in the table of
//! [`actions`](crate::console::actions).

use crate::console::app::state::{Focus, State, Zoom};
use crate::console::dialog::Dialog;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyContext {
    Table,
    Output,
    Card,
    Palette,
    Picker,
    History,
    Run,
    Replay,
}

/// What keys do in one context.
#[derive(Debug)]
pub struct ContextKey {
    pub keys: &'static str,
    /// For the last line of the screen.
    pub name: &'static str,
    /// For the help.
    pub words: &'static str,
}

const fn key(keys: &'static str, name: &'static str, words: &'static str) -> ContextKey {
    ContextKey { keys, name, words }
}

#[rustfmt::skip]
const HISTORY: &[ContextKey] = &[
    key("Enter", "open", "the run's events and what its hosts printed"),
    key("p", "replay", "play the run again, on this screen"),
    key("y", "copy summary", "copy what happened in it, as text for a chat"),
    key("/", "filter", "only the runs that have these letters: a phase, a release, a day, a person"),
    key("j k", "move", "the next one, the previous one; also Down and Up, PgDn and PgUp"),
    key("g G", "ends", "the newest, the oldest"),
    key("r", "read again", "read the journals again"),
    key("Esc", "back", "take away the filter, then back to the hosts"),
];

#[rustfmt::skip]
const RUN: &[ContextKey] = &[
    key("f", "next failure", "choose the next event that failed or is unknown"),
    key("Enter", "replay", "play the run again, on this screen; also p"),
    key("Tab", "output", "move the focus to the timeline or to the output"),
    key("Left Right", "host", "the output of the host before, of the next one"),
    key("y", "copy summary", "copy what happened, as text for a chat"),
    key("j k", "move", "one line down, one up; also Down and Up, PgDn and PgUp"),
    key("g G", "ends", "the first line, the last"),
    key("Esc", "back", "back to where you came from"),
];

#[rustfmt::skip]
const REPLAY: &[ContextKey] = &[
    key("Space", "play/pause", "play or pause; at the end: play again"),
    key("Left Right", "event", "one event back or forward; pauses"),
    key("+ -", "speed", "faster, slower: 1, 4, 16 or 64 times; long waits are cut short"),
    key("f", "next failure", "go to the next event that failed or is unknown"),
    key("g G", "ends", "the beginning, the end"),
    key("y", "copy summary", "copy what happened, as text for a chat"),
    key("j k Tab Enter", "view", "another host, its output, zoom: as on the console itself"),
    key("Esc", "back", "leave the replay"),
];

#[rustfmt::skip]
const PALETTE: &[ContextKey] = &[
    key("letters", "find", "some letters of an action's name, in order"),
    key("Up Down", "choose", "another match"),
    key("Enter", "do it", "run the chosen action, as its own key would; a command needs its argument"),
    key("Esc", "cancel", "nothing is changed"),
];

#[rustfmt::skip]
const PICKER: &[ContextKey] = &[
    key("letters", "find", "the tags that contain them; a tag that is not listed is taken as typed"),
    key("Up Down", "choose", "another row; also Tab, PgUp, PgDn, Home and End"),
    key("Enter", "plan", "show what the chosen release would change; nothing is changed yet"),
    key("Ctrl-R", "ask again", "ask for the list of releases again"),
    key("Esc", "cancel", "nothing is changed"),
];

#[rustfmt::skip]
const CARD: &[ContextKey] = &[
    key("Y", "yes", "confirm the card; where it asks for a name, type that first"),
    key("Up Down", "scroll", "where the card has more lines than fit; also PgUp PgDn, Home End"),
    key("d Ctrl-D", "commands", "of a plan: the exact command of each step, and back; stops a countdown"),
    key("z Enter", "whole screen", "of a plan: use the whole screen, and back; Enter never confirms"),
    key("Esc", "cancel", "close the card: nothing is changed"),
];

impl KeyContext {
    pub fn title(self) -> &'static str {
        match self {
            Self::Table => "keyboard focus: the table",
            Self::Output => "keyboard focus: the output",
            Self::Card => "keyboard focus: a card",
            Self::Palette => "keyboard focus: the palette",
            Self::Picker => "keyboard focus: the list of releases",
            Self::History => "keyboard focus: the history",
            Self::Run => "keyboard focus: a past run",
            Self::Replay => "keyboard focus: a replay; it cannot change a server",
        }
    }

    /// Returns the keys that this context has of its own.
    pub fn keys(self) -> &'static [ContextKey] {
        match self {
            // Their keys are in the table of actions.
            Self::Table | Self::Output => &[],
            Self::Card => CARD,
            Self::Palette => PALETTE,
            Self::Picker => PICKER,
            Self::History => HISTORY,
            Self::Run => RUN,
            Self::Replay => REPLAY,
        }
    }
}

impl State {
    /// Returns the current key context, ignoring an open help.
    pub fn key_context(&self) -> KeyContext {
        let help = |dialog: &&Dialog| !matches!(dialog, Dialog::Help(_));
        match self.dialogs.iter().rev().map(|open| &open.dialog).find(help) {
            Some(Dialog::History(_)) => KeyContext::History,
            Some(Dialog::Opened(_)) => KeyContext::Run,
            Some(Dialog::Replay(_)) => KeyContext::Replay,
            Some(Dialog::Palette(_)) => KeyContext::Palette,
            Some(Dialog::Tag(_)) => KeyContext::Picker,
            Some(Dialog::Filter(_)) => KeyContext::Table,
            Some(Dialog::Search(_)) => KeyContext::Output,
            Some(_) => KeyContext::Card,
            None if self.screen.focus == Focus::Pane || self.screen.zoom == Zoom::Pane => {
                KeyContext::Output
            }
            None => KeyContext::Table,
        }
    }

    /// Returns the page that covers the console, if there is one.
    pub fn page(&self) -> Option<&Dialog> {
        let page = |dialog: &&Dialog| {
            matches!(dialog, Dialog::History(_) | Dialog::Opened(_) | Dialog::Replay(_))
        };
        self.dialogs.iter().rev().map(|open| &open.dialog).find(page)
    }
}
