//! The loop: messages in, effects out, and a frame when there is something new to see.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use chrono::Utc;
use crossterm::event::{Event as Input, EventStream};
use futures::StreamExt;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::ground::Early;
use super::key::Key;
use super::lines::LineReceiver;
use super::meter::{self, Meter};
use super::msg::{Effect, Moment, Msg, Prompt, PromptAnswer};
use super::setup::Setup;
use super::state::State;
use super::terminal::{self, Guard, Screen};
use super::theme::Theme;
use super::update::{begin, update};
use super::{farewell, view};
use crate::domain::event::{Event, Verdict};
use crate::domain::order::{Order, Proposal};

/// At most thirty frames a second, and one at least: clocks and ages move.
const SHORTEST: Duration = Duration::from_millis(33);
const LONGEST: Duration = Duration::from_secs(1);
/// After so many messages the keys are asked again.
const AT_MOST: usize = 512;

/// The console's ends of the channels. None of them makes the engine wait.
#[derive(Debug)]
pub struct Wires {
    pub orders: mpsc::UnboundedSender<Order>,
    /// What happens, never dropped.
    pub events: mpsc::UnboundedReceiver<Event>,
    pub proposals: mpsc::UnboundedReceiver<Proposal>,
    /// Output, dropped and counted where there is too much of it.
    pub lines: LineReceiver,
    pub prompts: mpsc::UnboundedReceiver<Prompt>,
    /// Words for a newcomer. The sender may be gone from the start.
    pub guide: mpsc::UnboundedReceiver<Vec<String>>,
    /// Themes that were read again, or why they could not be. The sender may be gone.
    pub themes: mpsc::UnboundedReceiver<Result<Box<Theme>, String>>,
    /// What the terminal said before it was drawn on.
    pub early: Early,
    /// A signal from outside that the console should end.
    pub stop: mpsc::UnboundedReceiver<()>,
}

/// How the console was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Of the last run, if one ended.
    pub verdict: Option<Verdict>,
    /// A run was at work and had not ended.
    pub unfinished: bool,
}

/// Runs the console until the person leaves. It must be awaited on the thread that calls it, as
/// `Runtime::block_on` does, for that thread is the one whose panic gives the terminal back.
pub async fn run(setup: Setup, wires: Wires) -> io::Result<Left> {
    let guard = Guard::take()?;
    let started = Instant::now();
    let size = crossterm::terminal::size()?;
    let mut state = State::new(setup, moment(started), size);
    state.clipboard = terminal::clipboard();
    let meter = Meter::default();
    let screen = terminal::screen(&meter)?;
    let (files, saved) = mpsc::unbounded_channel();
    let (answers, asked) = (BTreeMap::new(), 0);
    let mut console =
        Console { state, screen, meter, wires, started, answers, asked, open: true, files, saved };
    let ended = console.turn().await;
    let Console { state, wires, .. } = console;
    // The engine gives its locks back while the terminal is given back here.
    let _ = wires.orders.send(Order::Quit);
    drop(guard);
    ended?;
    let mut out = io::stdout();
    for line in farewell::lines(&state) {
        writeln!(out, "{line}")?;
    }
    Ok(Left { verdict: state.deploy.verdict.clone(), unfinished: state.deploy.is_running() })
}

fn moment(started: Instant) -> Moment {
    Moment { at: Utc::now(), running: started.elapsed() }
}

struct Console {
    state: State,
    screen: Screen,
    meter: Meter,
    wires: Wires,
    started: Instant,
    /// The ways back for prompts that are open.
    answers: BTreeMap<u64, oneshot::Sender<PromptAnswer>>,
    asked: u64,
    /// The engine is there.
    open: bool,
    /// Files are written by others; what became of them comes back.
    files: mpsc::UnboundedSender<Saved>,
    saved: mpsc::UnboundedReceiver<Saved>,
}

type Saved = Result<PathBuf, String>;

/// What woke the loop.
enum Woken {
    Input(Option<io::Result<Input>>),
    Stop,
    Prompt(Prompt),
    Proposal(Proposal),
    Guide(Vec<String>),
    Event(Option<Event>),
    Line(crate::domain::event::OutputLine),
    Theme(Result<Box<Theme>, String>),
    Saved(Saved),
    Skipped,
    Time,
}

/// Whether to go on, and how soon to draw.
#[derive(PartialEq, Eq)]
enum Turn {
    Quit,
    /// At once: a person is looking for it.
    Now,
    Soon,
}

impl Console {
    async fn turn(&mut self) -> io::Result<()> {
        let mut keys = EventStream::new();
        let mut drawn = Instant::now();
        let mut next = drawn + LONGEST;
        let mut pause = SHORTEST;
        // The first frame waits for nothing.
        terminal::draw(&mut self.screen, &self.state)?;
        for effect in begin(&self.state) {
            self.carry_out(effect)?;
        }
        for key in std::mem::take(&mut self.wires.early.keys) {
            if self.hand(Msg::Key(key))? == Turn::Quit {
                return Ok(());
            }
        }
        loop {
            let woken = self.woken(&mut keys, next).await;
            let mut turn = self.take(woken)?;
            if turn != Turn::Quit {
                turn = self.drain(turn)?;
            }
            if turn == Turn::Quit {
                return Ok(());
            }
            if turn == Turn::Now || drawn.elapsed() >= pause {
                let before = self.meter.total();
                terminal::draw(&mut self.screen, &self.state)?;
                drawn = Instant::now();
                next = drawn + LONGEST.min(self.until_countdown());
                // What streams by is drawn as often as the terminal's line may take it.
                pause = meter::time_of(self.meter.total() - before).clamp(SHORTEST, LONGEST);
            } else {
                next = drawn + pause;
            }
        }
    }

    /// A countdown on the screen is drawn, and ends, on time.
    fn until_countdown(&self) -> Duration {
        if view::is_counting(&self.state) { Duration::from_millis(100) } else { LONGEST }
    }

    /// Keys come before everything, output lines after everything.
    async fn woken(&mut self, keys: &mut EventStream, next: Instant) -> Woken {
        let wires = &mut self.wires;
        tokio::select! {
            biased;
            input = keys.next() => Woken::Input(input),
            Some(()) = wires.stop.recv() => Woken::Stop,
            Some(prompt) = wires.prompts.recv() => Woken::Prompt(prompt),
            Some(proposal) = wires.proposals.recv() => Woken::Proposal(proposal),
            event = wires.events.recv(), if self.open => Woken::Event(event),
            Some(lines) = wires.guide.recv() => Woken::Guide(lines),
            Some(theme) = wires.themes.recv() => Woken::Theme(theme),
            Some(saved) = self.saved.recv() => Woken::Saved(saved),
            () = sleep_until(next) => Woken::Time,
            Some(line) = wires.lines.lines.recv() => Woken::Line(line),
            Ok(()) = wires.lines.skipped.changed() => Woken::Skipped,
        }
    }

    fn take(&mut self, woken: Woken) -> io::Result<Turn> {
        // Nothing else in the console knows what time it is.
        if self.hand(Msg::Tick(moment(self.started)))? == Turn::Quit {
            return Ok(Turn::Quit);
        }
        match woken {
            Woken::Input(Some(input)) => self.input(&input?),
            // Nobody can press a key any more.
            Woken::Input(None) | Woken::Stop => self.hand(Msg::Stop),
            Woken::Prompt(prompt) => self.prompt(prompt),
            Woken::Proposal(proposal) => {
                self.hand(Msg::Proposal(Box::new(proposal))).map(Turn::or_now)
            }
            Woken::Event(Some(event)) => self.hand(Msg::Event(Box::new(event))),
            Woken::Event(None) => {
                self.open = false;
                self.hand(Msg::EngineGone)
            }
            Woken::Line(line) => self.hand(Msg::Line(line)),
            Woken::Skipped => self.skipped(),
            Woken::Guide(lines) => self.hand(Msg::Guide(lines)),
            Woken::Theme(read) => self.hand(Msg::Theme(read)).map(Turn::or_now),
            Woken::Saved(saved) => self.hand(Msg::Saved(saved)).map(Turn::or_now),
            Woken::Time => Ok(Turn::Soon),
        }
    }

    fn input(&mut self, input: &Input) -> io::Result<Turn> {
        let msg = match input {
            Input::Key(event) if self.wires.early.late.swallows(event) => return Ok(Turn::Soon),
            Input::Key(event) => match Key::read(event) {
                Some(key) => Msg::Key(key),
                None => return Ok(Turn::Soon),
            },
            Input::Paste(text) => Msg::Paste(text.clone()),
            Input::FocusGained => Msg::InFront,
            Input::Resize(columns, rows) => Msg::Resize { columns: *columns, rows: *rows },
            _ => return Ok(Turn::Soon),
        };
        self.hand(msg).map(Turn::or_now)
    }

    fn prompt(&mut self, prompt: Prompt) -> io::Result<Turn> {
        self.asked += 1;
        self.answers.insert(self.asked, prompt.answer);
        self.hand(Msg::Prompt { number: self.asked, card: prompt.card }).map(Turn::or_now)
    }

    fn skipped(&mut self) -> io::Result<Turn> {
        for (target, lines) in self.wires.lines.newly_skipped() {
            self.hand(Msg::Skipped { target, lines })?;
        }
        Ok(Turn::Soon)
    }

    /// What waits already, before the next frame, but not so much that a key would wait for it.
    fn drain(&mut self, mut turn: Turn) -> io::Result<Turn> {
        // Where lines never end to wait, their count would never be asked for.
        if self.wires.lines.skipped.has_changed().unwrap_or(false) {
            self.skipped()?;
        }
        for _ in 0..AT_MOST {
            let msg = if let Ok(event) = self.wires.events.try_recv() {
                Msg::Event(Box::new(event))
            } else if let Ok(line) = self.wires.lines.lines.try_recv() {
                Msg::Line(line)
            } else {
                break;
            };
            match self.hand(msg)? {
                Turn::Quit => return Ok(Turn::Quit),
                Turn::Now => turn = Turn::Now,
                Turn::Soon => {}
            }
        }
        Ok(turn)
    }

    fn hand(&mut self, msg: Msg) -> io::Result<Turn> {
        let mut turn = Turn::Soon;
        for effect in update(&mut self.state, msg) {
            match self.carry_out(effect)? {
                Turn::Quit => return Ok(Turn::Quit),
                Turn::Now => turn = Turn::Now,
                Turn::Soon => {}
            }
        }
        Ok(turn)
    }

    fn carry_out(&mut self, effect: Effect) -> io::Result<Turn> {
        match effect {
            // An engine that is gone has said so, or will.
            Effect::Send(order) => drop(self.wires.orders.send(*order)),
            Effect::Reply { number, answer } => {
                if let Some(way) = self.answers.remove(&number) {
                    drop(way.send(answer));
                }
            }
            Effect::Bell => terminal::bell()?,
            Effect::Copy(text) => terminal::copy(&text, self.state.clipboard)?,
            Effect::Save(save) => {
                let told = self.files.clone();
                tokio::task::spawn_blocking(move || told.send(save.carry_out()));
            }
            Effect::Redraw => {
                self.screen = terminal::screen(&self.meter)?;
                return Ok(Turn::Now);
            }
            Effect::Suspend => {
                self.screen = terminal::suspend(&self.meter)?;
                self.state.size = crossterm::terminal::size()?;
                return Ok(Turn::Now);
            }
            Effect::Quit => return Ok(Turn::Quit),
        }
        Ok(Turn::Soon)
    }
}

impl Turn {
    fn or_now(self) -> Self {
        if self == Self::Quit { Self::Quit } else { Self::Now }
    }
}
