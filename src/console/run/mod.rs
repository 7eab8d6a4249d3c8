//! The loop: messages in, effects out, and a frame when there is something new to see.

mod away;
mod leave;
mod menu;

pub use menu::pick;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use crossterm::event::{Event as Input, EventStream};
use futures::StreamExt;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::dialog::SWALLOW;
use super::ground::Early;
use super::history::{Recall, Recalled};
use super::kept::Kept;
use super::key::Key;
use super::lines::LineReceiver;
use super::manners::{Touch, Visit, Window, title};
use super::meter::{self, Meter};
use super::msg::{Effect, Moment, Msg, Prompt, PromptAnswer};
use super::places::Place;
use super::setup::Setup;
use super::state::{Engine, State};
use super::terminal::{self, Guard, Screen};
use super::theme::Theme;
use super::update::{begin, play, update};
use super::view;
use crate::domain::catalog::News;
use crate::domain::event::{Event, Verdict};
use crate::domain::order::{Order, Proposal};
use crate::domain::past::Record;

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
    /// What the registry tells of releases.
    pub releases: mpsc::UnboundedReceiver<News>,
    /// Output, dropped and counted where there is too much of it.
    pub lines: LineReceiver,
    pub prompts: mpsc::UnboundedReceiver<Prompt>,
    /// Words for a newcomer. The sender may be gone from the start.
    pub guide: mpsc::UnboundedReceiver<Vec<String>>,
    /// Themes that were read again, or why they could not be. The sender may be gone.
    pub themes: mpsc::UnboundedReceiver<Result<Box<Theme>, String>>,
    /// Past runs are asked for here, and come back there.
    pub recalls: mpsc::UnboundedSender<Recall>,
    pub recalled: mpsc::UnboundedReceiver<Recalled>,
    /// What the terminal said before it was drawn on.
    pub early: Early,
    pub signals: mpsc::UnboundedReceiver<Signal>,
}

/// What the machine, or somebody at another terminal, told this process.
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
    /// A run was at work and had not ended.
    pub unfinished: bool,
    /// How the person looked at it.
    pub kept: Kept,
    /// What another console is to be opened for.
    pub next: Option<Place>,
}

/// Runs the console until the person leaves. It must be awaited on the thread that calls it, as
/// `Runtime::block_on` does, for that thread is the one whose panic gives the terminal back.
pub async fn run(setup: Setup, wires: Wires) -> io::Result<Left> {
    open(wires, |now, size| State::new(setup, now, size)).await
}

/// The same with nothing but a past run, and without an engine. It ends with the replay.
pub async fn replay(setup: Setup, record: Arc<Record>, wires: Wires) -> io::Result<Left> {
    let state = |now, size| {
        let mut state = State::new(setup, now, size);
        state.engine = Engine::Never;
        play(&mut state, record);
        state
    };
    open(wires, state).await
}

async fn open(wires: Wires, state: impl FnOnce(Moment, (u16, u16)) -> State) -> io::Result<Left> {
    let guard = Guard::take()?;
    let started = Instant::now();
    let mut state = state(moment(started), crossterm::terminal::size()?);
    state.clipboard = terminal::clipboard();
    let meter = Meter::default();
    let screen = terminal::screen(&meter)?;
    let (files, saved) = mpsc::unbounded_channel();
    let mut console = Console {
        state,
        screen,
        meter,
        wires,
        started,
        answers: BTreeMap::new(),
        asked: 0,
        open: true,
        files,
        saved,
        title: String::new(),
        visit: None,
        next: None,
    };
    let ended = console.turn().await;
    // The engine gives its locks back while the terminal is given back here.
    let _ = console.wires.orders.send(Order::Quit);
    drop(guard);
    ended?;
    console.leave().await
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
    /// What the window is titled.
    title: String,
    /// Another program that is to have the terminal.
    visit: Option<Box<Visit>>,
    /// Where to go when this console is left.
    next: Option<Place>,
}

type Saved = Result<PathBuf, String>;

/// What woke the loop.
enum Woken {
    Input(Option<io::Result<Input>>),
    Signal(Signal),
    Prompt(Prompt),
    Proposal(Proposal),
    Releases(News),
    Guide(Vec<String>),
    Event(Option<Event>),
    Line(crate::domain::event::OutputLine),
    Theme(Result<Box<Theme>, String>),
    Saved(Saved),
    Recalled(Recalled),
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
        self.draw()?;
        for effect in begin(&self.state) {
            self.carry_out(effect)?;
        }
        for key in std::mem::take(&mut self.wires.early.keys) {
            if self.hand(Msg::Key(key))? == Turn::Quit {
                return Ok(());
            }
        }
        loop {
            let woken = self.woken(Some(&mut keys), next).await;
            let mut turn = self.take(woken)?;
            if turn != Turn::Quit {
                turn = self.drain(turn)?;
            }
            if let Some(visit) = self.visit.take() {
                // Two who read the same keyboard would each get a part of it.
                drop(keys);
                turn = self.away(&visit).await?;
                keys = EventStream::new();
            }
            if turn == Turn::Quit {
                return Ok(());
            }
            if turn == Turn::Now || drawn.elapsed() >= pause {
                let before = self.meter.total();
                self.draw()?;
                drawn = Instant::now();
                next = drawn + LONGEST.min(self.until_countdown());
                // What streams by is drawn as often as the terminal's line may take it.
                pause = meter::time_of(self.meter.total() - before).clamp(SHORTEST, LONGEST);
            } else {
                next = drawn + pause;
            }
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        terminal::draw(&mut self.screen, &self.state)?;
        let title = title(&self.state);
        if title != self.title {
            if let Some(text) = self.state.setup.manners.outside.title(&title) {
                terminal::write(&text)?;
            }
            self.title = title;
        }
        Ok(())
    }

    /// A countdown on the screen is drawn, and ends, on time.
    fn until_countdown(&self) -> Duration {
        if view::is_counting(&self.state) { Duration::from_millis(100) } else { LONGEST }
    }

    /// Keys come before everything, output lines after everything.
    async fn woken(&mut self, keys: Option<&mut EventStream>, next: Instant) -> Woken {
        let wires = &mut self.wires;
        let input = async {
            match keys {
                Some(keys) => keys.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            input = input => Woken::Input(input),
            Some(signal) = wires.signals.recv() => Woken::Signal(signal),
            Some(prompt) = wires.prompts.recv() => Woken::Prompt(prompt),
            Some(proposal) = wires.proposals.recv() => Woken::Proposal(proposal),
            event = wires.events.recv(), if self.open => Woken::Event(event),
            Some(news) = wires.releases.recv() => Woken::Releases(news),
            Some(lines) = wires.guide.recv() => Woken::Guide(lines),
            Some(theme) = wires.themes.recv() => Woken::Theme(theme),
            Some(saved) = self.saved.recv() => Woken::Saved(saved),
            Some(recalled) = wires.recalled.recv() => Woken::Recalled(recalled),
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
            Woken::Input(None) => self.hand(Msg::Stop),
            Woken::Signal(signal) => self.signal(signal),
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
            Woken::Releases(news) => self.hand(Msg::Releases(Box::new(news))),
            Woken::Guide(lines) => self.hand(Msg::Guide(lines)),
            Woken::Theme(read) => self.hand(Msg::Theme(read)).map(Turn::or_now),
            Woken::Saved(saved) => self.hand(Msg::Saved(saved)).map(Turn::or_now),
            Woken::Recalled(recalled) => self.hand(Msg::Recalled(recalled)).map(Turn::or_now),
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
            Input::FocusGained => Msg::Window(Window::InFront),
            Input::FocusLost => Msg::Window(Window::Behind),
            Input::Mouse(event) => match Touch::read(*event) {
                Some(touch) => Msg::Touch(touch),
                None => return Ok(Turn::Soon),
            },
            // While somebody drags a window's edge many of them come: they share a frame.
            Input::Resize(columns, rows) => {
                return self.hand(Msg::Resize { columns: *columns, rows: *rows });
            }
        };
        self.hand(msg).map(Turn::or_now)
    }

    fn signal(&mut self, signal: Signal) -> io::Result<Turn> {
        let now = self.state.now.running;
        // What was pressed for the program that had the terminal reached this one too.
        let just_back =
            self.state.in_front_since.is_some_and(|since| now.saturating_sub(since) < SWALLOW);
        match signal {
            Signal::Interrupt | Signal::Aside if just_back => Ok(Turn::Soon),
            Signal::End => self.hand(Msg::Stop),
            Signal::Interrupt => self.hand(Msg::Key(Key::Ctrl('c'))).map(Turn::or_now),
            Signal::Aside => self.hand(Msg::Aside).map(Turn::or_now),
            Signal::Back => {
                self.back(terminal::again)?;
                Ok(Turn::Now)
            }
        }
    }

    /// The terminal is ours again, whatever was done to it meanwhile.
    fn back(&mut self, take: impl FnOnce(&Meter) -> io::Result<Screen>) -> io::Result<()> {
        self.screen = take(&self.meter)?;
        terminal::mouse(self.state.mouse)?;
        self.state.size = crossterm::terminal::size()?;
        self.title.clear();
        Ok(())
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
            // Whoever reads is gone only when the console is, too.
            Effect::Recall(recall) => drop(self.wires.recalls.send(recall)),
            Effect::Bell => terminal::write("\u{7}")?,
            Effect::Notify(words) => self.notify(&words)?,
            Effect::Mouse(mouse) => terminal::mouse(mouse)?,
            Effect::Visit(visit) => self.visit = Some(visit),
            Effect::Go(place) => {
                self.next = Some(place);
                return Ok(Turn::Quit);
            }
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
                self.back(terminal::suspend)?;
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
