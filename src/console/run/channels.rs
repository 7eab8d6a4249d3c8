//! The channels between the console and the rest of the program, and its result.

use tokio::sync::mpsc;

use crate::console::app::msg::Prompt;
use crate::console::app::preferences::Preferences;
use crate::console::app::scope::ConsoleScope;
use crate::console::history::{HistoryReply, HistoryRequest};
use crate::console::output::lines::LineReceiver;
use crate::console::terminal::background::Early;
use crate::console::theme::Theme;
use crate::domain::catalog::CatalogReply;
use crate::domain::event::{Event, Verdict};
use crate::domain::order::{Order, Proposal};

/// The console's ends of the channels. None of them blocks the engine.
#[derive(Debug)]
pub struct Channels {
    pub orders: mpsc::UnboundedSender<Order>,
    /// Events, which are never dropped.
    pub events: mpsc::UnboundedReceiver<Event>,
    pub proposals: mpsc::UnboundedReceiver<Proposal>,
    /// The registry's replies about releases.
    pub releases: mpsc::UnboundedReceiver<CatalogReply>,
    /// Output lines. Excess lines are dropped and counted.
    pub lines: LineReceiver,
    pub prompts: mpsc::UnboundedReceiver<Prompt>,
    /// Hints for a newcomer. The sender may be gone from the start.
    pub guide: mpsc::UnboundedReceiver<Vec<String>>,
    /// Themes that were read again, or why they could not be. The sender may be gone.
    pub themes: mpsc::UnboundedReceiver<Result<Box<Theme>, String>>,
    /// Requests for past runs; the replies arrive below.
    pub history_requests: mpsc::UnboundedSender<HistoryRequest>,
    pub history_replies: mpsc::UnboundedReceiver<HistoryReply>,
    /// The terminal's answers from before the first frame.
    pub early: Early,
    pub signals: mpsc::UnboundedReceiver<Signal>,
}

/// A signal from the machine or from another terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Asks the console to end.
    End,
    /// Acts like the key Ctrl-C. While another program has the terminal, it is meant for that program.
    Interrupt,
    /// Asks the console to stop for a while, like the key Ctrl-Z.
    Aside,
    /// The process was stopped and continues: the terminal may have changed meanwhile.
    Back,
}

/// How the console was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The verdict of the last run, if one ended.
    pub verdict: Option<Verdict>,
    /// A run was in progress and had not ended.
    pub unfinished: bool,
    /// The view settings to store.
    pub kept: Preferences,
    /// The scope of the next console.
    pub next: Option<ConsoleScope>,
}
