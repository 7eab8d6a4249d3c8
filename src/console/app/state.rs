//! The console's state as plain data, with one part for each feature that owns it.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::msg::Moment;
use super::run_state::RunState;
use super::setup::Setup;
use super::tracked::Tracked;
use super::wording;
use crate::console::actions::ActionId;
use crate::console::dialog::{Dialog, Open};
use crate::console::fleet::{Derived, Fleet};
use crate::console::integration::{Calls, Mouse, Window};
use crate::console::messages::Messages;
use crate::console::output::{FollowedLog, Pane, Panes};
use crate::console::prompt::PromptDialog;
use crate::console::read_only::Access;
use crate::console::releases::Releases;
use crate::console::terminal::clipboard;
use crate::domain::deploy::Doing;
use crate::domain::journal_path;
use crate::domain::plan::Intent;
use crate::domain::target::Target;

#[derive(Debug, Clone)]
pub struct State {
    pub setup: Setup,
    pub now: Moment,
    pub screen: Screen,
    /// Tracked, since [`Derived`] values are computed from these two.
    pub run: Tracked<RunState>,
    pub fleet: Tracked<Fleet>,
    pub output: Output,
    /// The last one is on top and has the keyboard focus.
    pub dialogs: Vec<Open>,
    pub messages: Messages,
    /// The releases.
    pub releases: Releases,
    pub terminal: TerminalState,
    pub access: Access,
    pub engine: Engine,
    /// The console of a past run, while one is replayed.
    pub replay: Option<Stage>,
    pub derived: Derived,
}

/// The layout of the screen.
#[derive(Debug, Clone)]
pub struct Screen {
    /// Columns and rows.
    pub size: (u16, u16),
    pub focus: Focus,
    pub zoom: Zoom,
    /// Hints for a newcomer; usually none.
    pub guide: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    Table,
    Pane,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zoom {
    Split,
    Pane,
}

/// The hosts' output, and the search in it.
#[derive(Debug, Clone)]
pub struct Output {
    pub panes: Panes,
    pub search: Option<String>,
    pub followed: Option<FollowedLog>,
}

/// What the terminal reported, and what was requested of it.
#[derive(Debug, Clone)]
pub struct TerminalState {
    pub window: Window,
    /// When the window last came to the front, by the running time, where the terminal reports it.
    pub in_front_since: Option<Duration>,
    pub calls: Calls,
    pub mouse: Mouse,
    /// How copied text gets to the person's clipboard.
    pub clipboard: clipboard::Multiplexer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    There,
    /// The engine ended. The screen shows the last known state, and no order can be sent.
    Gone,
    /// There is no engine: the screen shows a past run.
    Never,
}

/// The state of a replay: it is fed from a journal and only shown. Its effects are dropped.
#[derive(Debug, Clone)]
pub struct Stage {
    pub state: Box<State>,
    pub began: DateTime<Utc>,
}

impl State {
    pub fn fresh(setup: Setup, now: Moment, (columns, rows): (u16, u16)) -> Self {
        let fleet = Fleet::of(setup.members());
        Self {
            screen: Screen {
                size: (columns, rows),
                focus: Focus::Table,
                zoom: Zoom::Split,
                guide: Vec::new(),
            },
            output: Output { panes: Panes::of(fleet.members.len()), search: None, followed: None },
            run: Tracked::new(RunState::default()),
            fleet: Tracked::new(fleet),
            dialogs: Vec::new(),
            messages: Messages::default(),
            releases: Releases::default(),
            terminal: TerminalState {
                window: Window::default(),
                in_front_since: None,
                calls: Calls::default(),
                mouse: Mouse::Off,
                clipboard: clipboard::Multiplexer::None,
            },
            access: setup.access,
            engine: Engine::There,
            replay: None,
            derived: Derived::default(),
            setup,
            now,
        }
    }

    pub fn chosen_target(&self) -> Option<&Target> {
        self.fleet.chosen.as_ref()
    }

    pub fn is_chosen(&self, target: &Target) -> bool {
        self.fleet.chosen.as_ref() == Some(target)
    }

    /// Returns the file with all of a target's output, if there was a run.
    pub fn output_file(&self, target: &Target) -> Option<PathBuf> {
        let (journals, intent) = (self.setup.journals.as_ref()?, self.run.deploy.intent.as_ref()?);
        Some(journal_path::output(&journal_path::run(journals, intent), target.name()))
    }

    /// Returns the position of this target among the console's hosts.
    pub fn place_of(&self, target: &Target) -> Option<usize> {
        self.fleet.members.iter().position(|member| member.target == *target)
    }

    /// Returns the intent of the current run.
    pub fn running(&self) -> Option<&Intent> {
        self.run.deploy.intent.as_ref().filter(|_| self.run.deploy.is_running())
    }

    /// Returns the targets of the run that wait for a person's decision.
    pub fn stuck(&self) -> impl Iterator<Item = (&Target, &Doing)> {
        let running = self.run.deploy.is_running();
        self.run.deploy.targets.iter().map(|(target, progress)| (target, &progress.doing)).filter(
            move |(_, doing)| running && matches!(doing, Doing::Failed(_) | Doing::Unknown(_)),
        )
    }

    /// Returns whether this host is one of them.
    pub fn is_stuck(&self, target: &Target) -> bool {
        self.stuck().any(|(stuck, _)| stuck == target)
    }

    /// Returns the key that the screen shows for an action.
    pub fn key_word(&self, id: ActionId) -> String {
        self.setup.keys.word(id)
    }

    /// Returns a text of the domain with this console's keys in place of the commands that it names.
    pub fn in_keys(&self, text: &str) -> String {
        wording::in_keys(&self.setup.keys, text)
    }

    pub fn open(&mut self, dialog: Dialog) {
        self.dialogs.push(Open::new(dialog, self.now.running));
    }

    /// Opens a question behind those that came before it: the one being answered stays on top.
    pub fn queue(&mut self, prompt: PromptDialog) {
        let is_prompt = |open: &&Open| matches!(open.dialog, Dialog::Prompt(_));
        let waiting = self.dialogs.iter().rev().take_while(is_prompt).count();
        let place = self.dialogs.len() - waiting;
        self.dialogs.insert(place, Open::new(Dialog::Prompt(prompt), self.now.running));
    }

    pub fn close(&mut self) {
        self.dialogs.pop();
        if let Some(below) = self.dialogs.last_mut() {
            below.uncovered(self.now.running);
        }
    }

    /// The output that keys are meant for, where they are meant for the output.
    pub fn pane(&self) -> Option<&Pane> {
        self.output.panes.in_hand(self.fleet.chosen.as_ref())
    }
}
