//! Everything the console knows, as plain data.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::access::Access;
use super::actions::Verb;
use super::clipboard;
use super::dialog::{Dialog, Open, PromptDialog};
use super::fleet::{Host, Together, Told};
use super::kept;
use super::listing::Listing;
use super::manners::{Calls, Mouse, Window};
use super::messages::{Message, Messages};
use super::msg::Moment;
use super::output::{Pane, Panes};
use super::rail::Rail;
use super::releases::Releases;
use super::setup::{Seat, Setup};
use super::story::Story;
use super::update::{Afterwards, Tail};
use super::wording;
use crate::domain::deploy::{Deploy, Doing};
use crate::domain::names::BadName;
use crate::domain::phase::Phase;
use crate::domain::plan::Intent;
use crate::domain::release::Release;
use crate::domain::target::{Carries, Target};

#[derive(Debug, Clone)]
pub struct State {
    pub setup: Setup,
    pub now: Moment,
    /// Columns and rows.
    pub size: (u16, u16),
    pub members: Vec<Seat>,
    /// The run at work, or the last one, and what was last seen of every target.
    pub deploy: Deploy,
    pub rail: Rail,
    pub story: Story,
    /// How long the last switch took, per target, whichever run made it.
    pub switch_took: BTreeMap<Target, Duration>,
    /// When a switch last began or ended there: what was seen before tells nothing of what is live
    /// since.
    pub switched_at: BTreeMap<Target, DateTime<Utc>>,
    pub panes: Panes,
    /// The chosen host, by its name: it stays chosen wherever its row goes.
    pub chosen: Option<Target>,
    pub listing: Listing,
    /// What follows from all of that, for as long as nothing happens.
    pub together: Option<Together>,
    pub focus: Focus,
    pub zoom: Zoom,
    /// The last one is on top and has the keys.
    pub dialogs: Vec<Open>,
    /// The newest, as long as it is to be seen.
    pub message: Option<Message>,
    pub messages: Messages,
    /// Lines for a newcomer; mostly none.
    pub guide: Vec<String>,
    /// What is looked for in the output.
    pub search: Option<String>,
    /// The container log that is being followed.
    pub tail: Option<Tail>,
    /// How copied text gets to the person's clipboard.
    pub clipboard: clipboard::Way,
    /// A roll back that begins when the run at work has ended.
    pub afterwards: Option<Afterwards>,
    /// The end of a roll back that a person has read.
    pub told_of: Told,
    /// What was unfinished when this console was opened was shown, or need not be any more.
    pub unfinished_shown: bool,
    pub leaving: Leaving,
    pub engine: Engine,
    pub access: Access,
    /// What there is to release.
    pub releases: Releases,
    /// When the terminal's window last came to the front, by the running time, where it tells.
    pub in_front_since: Option<Duration>,
    pub window: Window,
    pub calls: Calls,
    pub mouse: Mouse,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    No,
    /// As soon as the run has ended.
    WhenEnded,
    /// As soon as the steps at work have; the run is ended then.
    AfterSteps,
    /// As soon as users were sent back.
    AfterWayBack,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    There,
    /// It ended. What is shown is the last that was known, and nothing can be asked for.
    Gone,
    /// There never was one: what is shown is of the past.
    Never,
}

impl State {
    /// As its person left it, where that is known.
    pub fn new(setup: Setup, now: Moment, size: (u16, u16)) -> Self {
        let mut state = Self::fresh(setup, now, size);
        kept::restore(&mut state);
        state
    }

    fn fresh(setup: Setup, now: Moment, size: (u16, u16)) -> Self {
        let members = setup.members();
        // One that users come to: what carries only jobs has less to show.
        let serving = members.iter().find(|member| member.carries == Carries::App);
        Self {
            chosen: serving.or(members.first()).map(|member| member.target.clone()),
            listing: Listing::default(),
            together: Some(Together::default()),
            panes: Panes::of(members.len()),
            members,
            access: setup.access,
            in_front_since: None,
            setup,
            now,
            size,
            deploy: Deploy::default(),
            rail: Rail::default(),
            story: Story::default(),
            switch_took: BTreeMap::new(),
            switched_at: BTreeMap::new(),
            focus: Focus::Table,
            zoom: Zoom::Split,
            dialogs: Vec::new(),
            message: None,
            messages: Messages::default(),
            window: Window::default(),
            calls: Calls::default(),
            mouse: Mouse::Off,
            guide: Vec::new(),
            search: None,
            tail: None,
            clipboard: clipboard::Way::Terminal,
            afterwards: None,
            told_of: None,
            unfinished_shown: false,
            leaving: Leaving::No,
            engine: Engine::There,
            releases: Releases::default(),
        }
    }

    pub fn chosen_target(&self) -> Option<&Target> {
        self.chosen.as_ref()
    }

    pub fn is_chosen(&self, target: &Target) -> bool {
        self.chosen.as_ref() == Some(target)
    }

    pub fn chosen_host(&self) -> Option<Host<'_>> {
        let place = self.place_of(self.chosen.as_ref()?)?;
        self.members.get(place).map(|member| Host::new(self, member))
    }

    /// Where all of a target's output is kept, as far as there was a run.
    pub fn output_file(&self, target: &Target) -> Option<PathBuf> {
        let (journals, intent) = (self.setup.journals.as_ref()?, self.deploy.intent.as_ref()?);
        let run = journals.join(intent.environment.as_str()).join(intent.app.as_str());
        Some(run.join(intent.run.as_str()).join(format!("{}.log", target.name())))
    }

    /// Whether it is one of the hosts of this console, and which.
    pub fn place_of(&self, target: &Target) -> Option<usize> {
        self.members.iter().position(|member| member.target == *target)
    }

    /// The phase at work, if one is.
    pub fn running(&self) -> Option<&Intent> {
        self.deploy.intent.as_ref().filter(|_| self.deploy.is_running())
    }

    /// The targets of the run that wait for a person's decision.
    pub fn stuck(&self) -> impl Iterator<Item = (&Target, &Doing)> {
        let running = self.deploy.is_running();
        self.deploy.targets.iter().map(|(target, progress)| (target, &progress.doing)).filter(
            move |(_, doing)| running && matches!(doing, Doing::Failed(_) | Doing::Unknown(_)),
        )
    }

    /// Is this host one of them?
    pub fn is_stuck(&self, target: &Target) -> bool {
        self.stuck().any(|(stuck, _)| stuck == target)
    }

    /// The key that the screen shows for it.
    pub fn key_word(&self, verb: Verb) -> String {
        self.setup.keys.word(verb)
    }

    /// A text of the domain with the keys of this console in place of the commands that it names.
    pub fn in_keys(&self, text: &str) -> String {
        wording::in_keys(&self.setup.keys, text)
    }

    pub fn open(&mut self, dialog: Dialog) {
        self.dialogs.push(Open::new(dialog, self.now.running));
    }

    /// Behind the questions that came before it: the one being answered stays under the hands.
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
        self.panes.in_hand(self.chosen.as_ref())
    }

    /// What a person asks for, of the marked hosts, with everything that the inventory says about
    /// how.
    pub fn intent(&self, phase: Phase, release: Option<Release>) -> Result<Intent, BadName> {
        let Setup { environment, app, stack, operator, .. } = &self.setup;
        let intent = environment.intent(app, stack, phase, release, operator, self.now.at)?;
        Ok(Intent { selection: self.selection(), ..intent })
    }
}
