//! The messages that the console receives, and the effects that it requests.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::sync::oneshot;

use super::scope::ConsoleScope;
use crate::console::history::{HistoryReply, HistoryRequest};
use crate::console::integration::{Mouse, MouseInput, ShellSession, Window};
use crate::console::keys::key::Key;
use crate::console::output::save::Save;
use crate::console::theme::Theme;
use crate::domain::catalog::CatalogReply;
use crate::domain::event::{Event, OutputLine};
use crate::domain::order::{Order, Proposal};
use crate::domain::target::Target;

/// A moment in two clocks: the wall clock for ages and for the screen, and the time since the console
/// started for countdowns, which no correction of the clock may shorten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    pub at: DateTime<Utc>,
    pub running: Duration,
}

#[derive(Debug)]
pub enum Msg {
    /// The current time. No other message contains it.
    Tick(Moment),
    Resize {
        columns: u16,
        rows: u16,
    },
    Key(Key),
    Paste(String),
    /// The focus of the window, as the terminal reports it.
    Window(Window),
    /// A click, or a turn of the mouse wheel.
    MouseInput(MouseInput),
    /// A signal from another terminal asks the console to stop for a while.
    Aside,
    /// Another program had the terminal and ended. The text is its problem, if it had one.
    Returned(Option<String>),
    Event(Box<Event>),
    Line(OutputLine),
    /// The number of the target's lines that were skipped because they came too fast.
    Skipped {
        target: Target,
        lines: u64,
    },
    Proposal(Box<Proposal>),
    /// A reply of the registry about releases.
    Releases(Box<CatalogReply>),
    /// A prompt of the transport. The answer has the same number.
    Prompt {
        number: u64,
        card: PromptCard,
    },
    /// Hints for a newcomer, which replace the previous ones.
    Guide(Vec<String>),
    /// The theme was read again, or why it could not be.
    Theme(Result<Box<Theme>, String>),
    /// The file that output was saved to, or why it was not.
    Saved(Result<PathBuf, String>),
    /// A reply about past runs.
    HistoryReply(HistoryReply),
    /// The engine is gone: no further reply will come.
    EngineGone,
    /// A signal asks the console to end.
    Stop,
}

/// What the loop is to do.
#[derive(Debug)]
pub enum Effect {
    Send(Box<Order>),
    Reply {
        number: u64,
        answer: PromptAnswer,
    },
    /// Ring the bell, because a person is needed.
    Bell,
    /// A desktop notification, for a person who is away.
    Notify(String),
    /// Switch the terminal's reports of clicks and the wheel on or off.
    Mouse(Mouse),
    /// Lend the terminal to another program until it ends.
    ShellSession(Box<ShellSession>),
    /// Leave, and open a console for this scope.
    Go(ConsoleScope),
    /// Copy to the clipboard of the person's terminal.
    Copy(String),
    /// Save an output to a file.
    Save(Save),
    /// Read past runs.
    HistoryRequest(HistoryRequest),
    /// Paint every cell anew.
    Redraw,
    Suspend,
    Quit,
}

impl Effect {
    pub fn send(order: Order) -> Self {
        Self::Send(Box::new(order))
    }
}

/// A prompt of the transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptCard {
    /// A server with an unknown key.
    HostKey {
        host: String,
        /// `ssh-ed25519`
        algorithm: String,
        /// `SHA256:…`
        fingerprint: String,
        /// The file that an accepted key is written to.
        keep: Option<String>,
    },
    /// A passphrase, a password or a one-time code. It is never shown.
    Secret { title: String, hint: Option<String> },
    /// An answer that may be seen while it is typed.
    Line { title: String, hint: Option<String> },
}

#[derive(Debug)]
pub enum PromptAnswer {
    Yes,
    No,
    Secret(SecretString),
}

/// A question with the channel for its answer.
#[derive(Debug)]
pub struct Prompt {
    pub card: PromptCard,
    pub answer: oneshot::Sender<PromptAnswer>,
}
