//! Actions by name: what a key can mean.

use std::fmt;

use crate::console::output::View;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionId {
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
    Observe,
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

/// What an action changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Changes nothing but the screen.
    ReadOnly,
    /// Steers a run that a person already confirmed.
    Steer,
    /// Changes servers: upper case, and only after a card was confirmed.
    Mutate,
    /// The rollback.
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

impl Class {
    /// Does it send an order to servers that no run at work already has?
    pub fn changes_servers(self) -> bool {
        matches!(self, Self::Mutate | Self::Emergency)
    }
}
