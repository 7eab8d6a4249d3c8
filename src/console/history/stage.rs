//! A console that is shown and nothing else: it is fed with what was written down.
//!
//! Effects end here. No effect of a [`Stage`], and so no order, has a way out of it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::console::app::event;
use crate::console::app::msg::Moment;
use crate::console::app::preferences::Preferences;
use crate::console::app::setup::{HostEntry, Setup, in_order};
use crate::console::app::state::{Stage, State};
use crate::console::fleet::Fleet;
use crate::console::output;
use crate::console::output::arrange;
use crate::console::read_only::{Access, Because};
use crate::domain::capabilities::Capabilities;
use crate::domain::color::ColorPair;
use crate::domain::event::{Event, OutputLine};
use crate::domain::freeze::AfterRollback;
use crate::domain::history::RunRecord;
use crate::domain::names::Color;
use crate::domain::plan::Intent;
use crate::domain::spec::Environment;
use crate::domain::target::{Carries, Target};

impl Stage {
    /// Returns an empty stage at the time when the run began, with this console's view settings.
    pub fn new(here: &Setup, record: &RunRecord, size: (u16, u16)) -> Self {
        let began = record.events.first().map(|event| event.at).unwrap_or_default();
        let setup = setup(here, record);
        let known = setup.members();
        let now = Moment { at: began, ..Moment::default() };
        let mut state = Box::new(State::new(setup, now, size));
        let targets = record.targets();
        let members = in_order(targets.iter().filter_map(|it| seat(it, record, &known)).collect());
        let chosen = members.first().map(|seat| seat.target.clone());
        *state.fleet = Fleet { chosen, ..Fleet::of(members) };
        arrange::arrange(&mut state);
        Self { state, began }
    }

    /// The same with everything in it: how things stood at the run's end.
    pub fn at_the_end(here: &Setup, record: &RunRecord) -> Self {
        let mut stage = Self::new(here, record, (120, 36));
        for event in &record.events {
            stage.clock(event.at);
            stage.event(event);
        }
        stage
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn event(&mut self, event: &Event) {
        drop(event::event(&mut self.state, event));
        // A card is a person's, and the person of that day is not here.
        self.state.dialogs.clear();
        arrange::arrange(&mut self.state);
    }

    pub fn line(&mut self, line: &OutputLine) {
        output::update::line(&mut self.state, line.clone());
    }

    pub fn left_out(&mut self, target: &Target, lines: u64) {
        output::update::skipped(&mut self.state, target, lines);
    }

    pub fn clock(&mut self, at: DateTime<Utc>) {
        let running = (at - self.began).max(TimeDelta::zero()).to_std().unwrap_or_default();
        self.state.now = Moment { at, running };
        self.state.messages.forget_old(running);
    }

    pub fn resize(&mut self, size: (u16, u16)) {
        self.state.screen.size = size;
        arrange::arrange(&mut self.state);
    }

    /// Runs a key that changes only the view.
    pub fn view(&mut self, key: impl FnOnce(&mut State)) {
        key(&mut self.state);
        arrange::arrange(&mut self.state);
    }

    pub fn choose(&mut self, target: Option<Target>) {
        if let Some(target) = target.filter(|target| self.state.place_of(target).is_some()) {
            self.state.fleet.chosen = Some(target);
            arrange::arrange(&mut self.state);
        }
    }

    /// Takes over the other stage's view settings.
    pub fn copy_view_from(&mut self, other: &Self) {
        let (here, there) = (&mut self.state, &other.state);
        here.screen.focus = there.screen.focus;
        here.screen.zoom = there.screen.zoom;
        here.fleet.listing.sort = there.fleet.listing.sort;
        here.fleet.chosen.clone_from(&there.fleet.chosen);
        here.output.panes.view = there.output.panes.view;
        here.output.panes.line_options = there.output.panes.line_options;
        arrange::arrange(here);
    }
}

fn setup(here: &Setup, record: &RunRecord) -> Setup {
    let mut setup = Setup {
        access: Access::ReadOnly(Because::Replay),
        kept: Ok(Preferences::default()),
        ..here.clone()
    };
    let Some(intent) = record.intent() else { return setup };
    if intent.environment != setup.environment.name {
        setup.environment = environment_of(intent);
    }
    setup.app = intent.app.clone();
    setup.stack = intent.stack.clone();
    setup.operator = intent.by.clone();
    setup
}

/// Returns the environment as far as a run's intent describes it.
pub fn environment_of(intent: &Intent) -> Environment {
    Environment {
        name: intent.environment.clone(),
        label: intent.environment.as_str().to_uppercase(),
        protected: false,
        read_only: true,
        verify_required: intent.sign_off_required,
        rollback_countdown: std::time::Duration::ZERO,
        // A freeze in the observations is shown.
        after_rollback: AfterRollback::Frozen,
        hosts: std::collections::BTreeMap::new(),
        targets: std::collections::BTreeMap::new(),
        apps: std::collections::BTreeMap::new(),
    }
}

/// As it was seen then; what was never seen is as the inventory has it now.
fn seat(target: &Target, record: &RunRecord, known: &[HostEntry]) -> Option<HostEntry> {
    let known = known.iter().find(|seat| seat.target == *target).cloned();
    let Some(seen) = record.latest(target) else { return known.or_else(|| unseen(target)) };
    let mut colors = seen.colors.keys();
    let pair = colors.next().zip(colors.next());
    let pair = pair.and_then(|(a, b)| ColorPair::new(a.clone(), b.clone()).ok());
    let jobs_only = seen.colors.is_empty() && !seen.jobs.is_empty();
    let carries = if jobs_only { Carries::JobsOnly } else { Carries::App };
    match (pair, known) {
        (Some(colors), known) => {
            let can = known.map_or_else(Capabilities::all, |known| known.can);
            Some(HostEntry { target: target.clone(), carries, colors, can })
        }
        (None, Some(known)) => Some(HostEntry { carries, ..known }),
        (None, None) => unseen(target).map(|seat| HostEntry { carries, ..seat }),
    }
}

/// Nothing is known of its colors, and nothing will be shown of them.
fn unseen(target: &Target) -> Option<HostEntry> {
    let colors = ColorPair::new(Color::new("blue").ok()?, Color::new("green").ok()?).ok()?;
    let (target, can) = (target.clone(), Capabilities::all());
    Some(HostEntry { target, carries: Carries::App, colors, can })
}
