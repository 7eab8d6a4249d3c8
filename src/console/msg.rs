//! What comes into the console, and what it asks to be done.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::sync::oneshot;

use super::history::{HistoryReply, HistoryRequest};
use super::integration::{Mouse, MouseInput, ShellSession, Window};
use super::key::Key;
use super::save::Save;
use super::scope::ConsoleScope;
use super::theme::Theme;
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
    /// What time it is. Nothing else tells.
    Tick(Moment),
    Resize {
        columns: u16,
        rows: u16,
    },
    Key(Key),
    Paste(String),
    /// The focus of the window, as the terminal reports it.
    Window(Window),
    /// A click, or a turn of the wheel.
    MouseInput(MouseInput),
    /// Somebody at another terminal wants the console to stop for a while.
    Aside,
    /// Another program had the terminal. What is to be said of it, if it did not end well.
    Returned(Option<String>),
    Event(Box<Event>),
    Line(OutputLine),
    /// So many lines of the target were not passed on: they came too fast.
    Skipped {
        target: Target,
        lines: u64,
    },
    Proposal(Box<Proposal>),
    /// The registry tells of releases.
    Releases(Box<CatalogReply>),
    /// A question of the transport's. The answer carries the same number.
    Prompt {
        number: u64,
        card: PromptCard,
    },
    /// Words for a newcomer, in place of those before.
    Guide(Vec<String>),
    /// The theme was read again, or why it could not be.
    Theme(Result<Box<Theme>, String>),
    /// What was to be saved is in this file, or why it is not.
    Saved(Result<PathBuf, String>),
    /// What was read of past runs.
    HistoryReply(HistoryReply),
    /// The engine is gone: nothing it was asked for will come.
    EngineGone,
    /// A signal asks the console to end.
    Stop,
}

/// What the loop is asked to do.
#[derive(Debug)]
pub enum Effect {
    Send(Box<Order>),
    Reply {
        number: u64,
        answer: PromptAnswer,
    },
    /// A person is needed.
    Bell,
    /// A desktop notification, for a person who is away.
    Notify(String),
    /// Whether the terminal is to tell of clicks and of the wheel.
    Mouse(Mouse),
    /// Another program gets the terminal, until it ends.
    ShellSession(Box<ShellSession>),
    /// Leave, and open the console for this instead.
    Go(ConsoleScope),
    /// To the clipboard of the person's terminal.
    Copy(String),
    /// An output, to a file.
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

/// What the transport wants to know before it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptCard {
    /// A server whose key nobody has vouched for yet.
    HostKey {
        host: String,
        /// `ssh-ed25519`
        algorithm: String,
        /// `SHA256:…`
        fingerprint: String,
        /// Where the key will be kept once it is accepted.
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
