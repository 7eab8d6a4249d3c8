//! Replays a past run: keys move through time and change the view of the [`Stage`].

use std::sync::Arc;

use chrono::TimeDelta;

use super::{LONGEST_WAIT, Replay};
use crate::console::actions::ActionId;
use crate::console::app::msg::Effect;
use crate::console::app::perform;
use crate::console::app::setup::Setup;
use crate::console::app::state::{Stage, State};
use crate::console::dialog::Dialog;
use crate::console::keys::key::Key;
use crate::domain::history::{RunRecord, TimelineEntry};

/// Rows of the screen that are the replay's own: its band. Its keys stand where the others' would.
const BAND: u16 = 1;

pub fn play(state: &mut State, record: Arc<RunRecord>) {
    state.replay = Some(Stage::new(&state.setup, &record, inner(state.screen.size)));
    state.open(Dialog::Replay(Box::new(Replay::new(record))));
}

/// The replay was left: its stage goes with it.
pub fn end_if_closed(state: &mut State) {
    if player(state).is_none() {
        state.replay = None;
    }
}

pub fn resize(state: &mut State) {
    let size = inner(state.screen.size);
    if let Some(stage) = &mut state.replay {
        stage.resize(size);
    }
}

pub fn tick(state: &mut State) {
    let now = state.now.running;
    let on_top = matches!(state.dialogs.last().map(|open| &open.dialog), Some(Dialog::Replay(_)));
    if let Some(mut player) = player(state).filter(|_| on_top) {
        player.tick(now);
    }
}

pub fn key(state: &mut State, key: Key) -> Vec<Effect> {
    let action = state.setup.keys.find(key);
    let Some(mut player) = player(state) else { return Vec::new() };
    match key {
        Key::Char(' ') => player.play_or_pause(),
        Key::Char('+' | '=') => player.replay.speed = player.replay.speed.faster(),
        Key::Char('-') => player.replay.speed = player.replay.speed.slower(),
        Key::Right => player.stop_after(player.replay.script.next(player.replay.done)),
        Key::Left => {
            player.stop_after(Some(player.replay.script.previous(player.replay.done).unwrap_or(0)));
        }
        Key::Char('g') | Key::Home => player.stop_after(Some(0)),
        Key::Char('G') | Key::End => player.stop_after(None),
        Key::Char('f') => player.next_failure(),
        _ => {
            if let Some(id) = action {
                player.view(id);
            }
        }
    }
    Vec::new()
}

/// The playback, and what it shows.
struct Player<'a> {
    replay: &'a mut Replay,
    stage: &'a mut Stage,
    setup: &'a Setup,
    size: (u16, u16),
}

fn player(state: &mut State) -> Option<Player<'_>> {
    let State { dialogs, replay: played, setup, screen, .. } = state;
    let played = played.as_mut()?;
    let mut cards = dialogs.iter_mut().rev().map(|open| &mut open.dialog);
    let replay = cards.find_map(|dialog| match dialog {
        Dialog::Replay(replay) => Some(&mut **replay),
        _ => None,
    })?;
    Some(Player { replay, stage: played, setup, size: inner(screen.size) })
}

impl Player<'_> {
    /// Runs actions that only change the view.
    fn view(&mut self, id: ActionId) {
        let is_view = matches!(
            id,
            ActionId::Down
                | ActionId::Up
                | ActionId::Focus
                | ActionId::Zoom
                | ActionId::PageUp
                | ActionId::PageDown
                | ActionId::Sort
                | ActionId::Panes(_)
                | ActionId::Wrap
                | ActionId::Times
        );
        if is_view {
            self.stage.view(|state| drop(perform::run(state, id)));
        }
    }

    fn play_or_pause(&mut self) {
        if self.replay.is_over() {
            self.seek(0);
        }
        self.replay.playing = !self.replay.playing;
    }

    /// Stands still after so many entries; `None`: at the end.
    fn stop_after(&mut self, done: Option<usize>) {
        self.replay.playing = false;
        self.seek(done.unwrap_or(self.replay.script.len()));
    }

    fn next_failure(&mut self) {
        let next = self.replay.script.next_failure(self.replay.done);
        let (next, who) = next.map_or((None, None), |(next, who)| (Some(next), who.cloned()));
        self.stop_after(next);
        self.stage.choose(who);
    }

    /// Back is from the beginning on: a state can only be fed.
    fn seek(&mut self, done: usize) {
        if done < self.replay.done {
            let mut stage = Stage::new(self.setup, &self.replay.record, self.size);
            stage.copy_view_from(self.stage);
            self.replay.reached = stage.state().now.at;
            *self.stage = stage;
            self.replay.done = 0;
        }
        while self.replay.done < done && !self.replay.is_over() {
            self.feed();
        }
        self.replay.waited = std::time::Duration::ZERO;
        self.stage.clock(self.replay.reached);
    }

    fn feed(&mut self) {
        let Replay { record, script, done, reached, .. } = &mut *self.replay;
        *reached = script.at(*done).unwrap_or(*reached);
        self.stage.clock(*reached);
        match script.entry(record, *done) {
            Some(TimelineEntry::Event(event)) => self.stage.event(event),
            Some(TimelineEntry::Line(line)) => self.stage.line(line),
            Some(TimelineEntry::LeftOut { target, lines }) => self.stage.left_out(target, lines),
            None => {}
        }
        *done += 1;
    }

    fn tick(&mut self, now: std::time::Duration) {
        let ticked = self.replay.ticked.replace(now).unwrap_or(now);
        if !self.replay.playing {
            return;
        }
        self.replay.waited += now.saturating_sub(ticked);
        loop {
            let Some(gap) = self.replay.gap() else {
                self.replay.playing = false;
                break;
            };
            let wait = (gap / self.replay.speed.times()).min(LONGEST_WAIT);
            if self.replay.waited < wait {
                let share = self.replay.waited.as_secs_f64() / wait.as_secs_f64();
                let into = TimeDelta::from_std(gap.mul_f64(share)).unwrap_or_default();
                self.stage.clock(self.replay.reached + into);
                break;
            }
            self.replay.waited -= wait;
            self.feed();
        }
    }
}

fn inner((columns, rows): (u16, u16)) -> (u16, u16) {
    (columns, rows.saturating_sub(BAND))
}
