//! What joins the console to the rest of the program, and how it was left.

use tokio::sync::mpsc;

use crate::console::background::Early;
use crate::console::history::{HistoryReply, HistoryRequest};
use crate::console::lines::LineReceiver;
use crate::console::msg::Prompt;
use crate::console::preferences::Preferences;
use crate::console::scope::ConsoleScope;
use crate::console::theme::Theme;
use crate::domain::catalog::CatalogReply;
use crate::domain::event::{Event, Verdict};
use crate::domain::order::{Order, Proposal};

/// The console's ends of the channels. None of them makes the engine wait.
#[derive(Debug)]
pub struct Channels {
    pub orders: mpsc::UnboundedSender<Order>,
    /// What happens, never dropped.
    pub events: mpsc::UnboundedReceiver<Event>,
    pub proposals: mpsc::UnboundedReceiver<Proposal>,
    /// What the registry tells of releases.
    pub releases: mpsc::UnboundedReceiver<CatalogReply>,
    /// Output, dropped and counted where there is too much of it.
    pub lines: LineReceiver,
    pub prompts: mpsc::UnboundedReceiver<Prompt>,
    /// Words for a newcomer. The sender may be gone from the start.
    pub guide: mpsc::UnboundedReceiver<Vec<String>>,
    /// Themes that were read again, or why they could not be. The sender may be gone.
    pub themes: mpsc::UnboundedReceiver<Result<Box<Theme>, String>>,
    /// Past runs are asked for here, and come back there.
    pub history_requests: mpsc::UnboundedSender<HistoryRequest>,
    pub history_replies: mpsc::UnboundedReceiver<HistoryReply>,
    /// What the terminal said before it was drawn on.
    pub early: Early,
    pub signals: mpsc::UnboundedReceiver<Signal>,
}

/// A signal from the machine or from another terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// To end.
    End,
    /// As the key Ctrl-C; where another program has the terminal it is meant for that one.
    Interrupt,
    /// To stop for a while, as the key Ctrl-Z.
    Aside,
    /// It was stopped, and goes on: nobody knows what became of the terminal meanwhile.
    Back,
}

/// How the console was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Of the last run, if one ended.
    pub verdict: Option<Verdict>,
    /// A run was in progress and had not ended.
    pub unfinished: bool,
    /// The view settings to store.
    pub kept: Preferences,
    /// The scope of the next console.
    pub next: Option<ConsoleScope>,
}
