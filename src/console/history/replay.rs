//! A past run played again: the same screen, drawn from a state of its own.
//!
//! Keys move through time and look around. What they look at is a [`Stage`], out of which nothing goes.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::script::Script;
use super::{Asked, Stage};
use crate::console::dialog::Said;
use crate::console::key::Key;
use crate::console::setup::Setup;
use crate::console::state::State;
use crate::domain::history::RunRecord;

/// Where nothing happened for long, nobody waits longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

#[derive(Debug, Clone)]
pub struct Replay {
    pub record: Arc<RunRecord>,
    script: Script,
    here: Box<Setup>,
    stage: Stage,
    size: (u16, u16),
    /// So many beats were.
    done: usize,
    /// When the last of them was.
    reached: DateTime<Utc>,
    /// How long the next one was waited for.
    waited: Duration,
    ticked: Option<Duration>,
    pub playing: bool,
    pub speed: Speed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speed {
    X1,
    X4,
    X16,
    X64,
}

impl Speed {
    const ALL: [Self; 4] = [Self::X1, Self::X4, Self::X16, Self::X64];

    pub fn times(self) -> u32 {
        match self {
            Self::X1 => 1,
            Self::X4 => 4,
            Self::X16 => 16,
            Self::X64 => 64,
        }
    }

    fn faster(self) -> Self {
        Self::ALL.into_iter().find(|other| *other > self).unwrap_or(self)
    }

    fn slower(self) -> Self {
        Self::ALL.into_iter().rev().find(|other| *other < self).unwrap_or(self)
    }
}

/// Rows of the screen that are the replay's own: its band. Its keys stand where the others' would.
pub const BAND: u16 = 1;

impl Replay {
    pub fn new(record: Arc<RunRecord>, here: &Setup, size: (u16, u16)) -> Self {
        let inner = inner(size);
        let stage = Stage::new(here, &record, inner);
        let reached = stage.state().now.at;
        Self {
            script: Script::of(&record),
            record,
            here: Box::new(here.clone()),
            stage,
            size,
            done: 0,
            reached,
            waited: Duration::ZERO,
            ticked: None,
            playing: true,
            speed: Speed::X4,
        }
    }

    /// What is to be drawn.
    pub fn state(&self) -> &State {
        self.stage.state()
    }

    pub fn is_over(&self) -> bool {
        self.done >= self.script.len()
    }

    /// Which event of how many.
    pub fn place(&self) -> (usize, usize) {
        self.script.place(self.done)
    }

    /// The time that is waited through now, where that is longer than anybody would wait.
    pub fn cut_short(&self) -> Option<Duration> {
        let gap = self.gap()?;
        (gap / self.speed.times() > LONGEST_WAIT).then_some(gap)
    }

    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        self.stage.resize(inner(size));
    }

    pub fn key(&mut self, key: Key) -> Said {
        match key {
            Key::Esc | Key::Char('q') => return Said::Close,
            Key::Char('y') => return Said::Past(Asked::Copy(Arc::clone(&self.record))),
            Key::Char(' ') => self.play_or_pause(),
            Key::Char('+' | '=') => self.speed = self.speed.faster(),
            Key::Char('-') => self.speed = self.speed.slower(),
            Key::Right => self.stop_at(self.script.next(self.done).unwrap_or(self.script.len())),
            Key::Left => self.stop_at(self.script.previous(self.done).unwrap_or(0)),
            Key::Char('g') | Key::Home => self.stop_at(0),
            Key::Char('G') | Key::End => self.stop_at(self.script.len()),
            Key::Char('f') => {
                let next = self.script.next_failure(self.done);
                let (next, who) = next.unwrap_or((self.script.len(), None));
                let who = who.cloned();
                self.stop_at(next);
                self.stage.choose(who);
            }
            key => self.look(key),
        }
        Said::Nothing
    }

    fn look(&mut self, key: Key) {
        if let Some(action) = self.here.keys.action(key) {
            self.stage.look(action.verb);
        }
    }

    fn play_or_pause(&mut self) {
        if self.is_over() {
            self.seek(0);
        }
        self.playing = !self.playing;
    }

    fn stop_at(&mut self, done: usize) {
        self.playing = false;
        self.seek(done);
    }

    /// Back is from the beginning on: a state can only be fed.
    fn seek(&mut self, done: usize) {
        if done < self.done {
            let mut stage = Stage::new(&self.here, &self.record, inner(self.size));
            stage.looked_at_like(&self.stage);
            self.reached = stage.state().now.at;
            self.stage = stage;
            self.done = 0;
        }
        while self.done < done && !self.is_over() {
            self.feed();
        }
        self.waited = Duration::ZERO;
        self.stage.clock(self.reached);
    }

    fn feed(&mut self) {
        self.reached = self.script.at(self.done).unwrap_or(self.reached);
        self.script.feed(&self.record, self.done, &mut self.stage);
        self.done += 1;
    }

    /// From the last beat to the next, as it was.
    fn gap(&self) -> Option<Duration> {
        Some((self.script.at(self.done)? - self.reached).to_std().unwrap_or_default())
    }

    /// No time passed in it behind another card.
    pub fn uncovered(&mut self) {
        self.ticked = None;
    }

    pub fn tick(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.ticked.replace(now).unwrap_or(now));
        if !self.playing {
            return;
        }
        self.waited += passed;
        loop {
            let Some(gap) = self.gap() else {
                self.playing = false;
                break;
            };
            let wait = (gap / self.speed.times()).min(LONGEST_WAIT);
            if self.waited < wait {
                let share = self.waited.as_secs_f64() / wait.as_secs_f64();
                let into = TimeDelta::from_std(gap.mul_f64(share)).unwrap_or_default();
                self.stage.clock(self.reached + into);
                break;
            }
            self.waited -= wait;
            self.feed();
        }
    }
}

fn inner((columns, rows): (u16, u16)) -> (u16, u16) {
    (columns, rows.saturating_sub(BAND))
}
