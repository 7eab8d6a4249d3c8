//! The loop: messages in, effects out, and a frame when something changed.

mod away;
mod carry;
mod channels;
mod intake;
mod leave;
mod menu;

pub use channels::{Channels, Left, Signal};
pub use menu::pick;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use crossterm::event::EventStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::integration::{ShellSession, title};
use super::terminal;
use super::terminal::{Guard, Screen};
use crate::console::app::msg::{Moment, Msg, PromptAnswer};
use crate::console::app::scope::ConsoleScope;
use crate::console::app::setup::Setup;
use crate::console::app::state::{Engine, State};
use crate::console::app::update::begin;
use crate::console::history::playback::play;
use crate::console::screen;
use crate::console::terminal::meter;
use crate::console::terminal::meter::Meter;
use crate::domain::history::RunRecord;
use crate::domain::order::Order;

/// At most thirty frames a second, and at least one, since clocks and ages change.
const SHORTEST: Duration = Duration::from_millis(33);
const LONGEST: Duration = Duration::from_secs(1);

/// Runs the console until the person leaves. It must be awaited on the thread that calls it, as
/// `Runtime::block_on` does, since only a panic of that thread restores the terminal.
pub async fn run(setup: Setup, wires: Channels) -> io::Result<Left> {
    Box::pin(open(wires, |now, size| State::new(setup, now, size))).await
}

/// Runs a console that shows only a past run, without an engine. It ends with the replay.
pub async fn replay(setup: Setup, record: Arc<RunRecord>, wires: Channels) -> io::Result<Left> {
    let state = |now, size| {
        let mut state = State::new(setup, now, size);
        state.engine = Engine::Never;
        play(&mut state, record);
        state
    };
    Box::pin(open(wires, state)).await
}

async fn open(
    wires: Channels,
    state: impl FnOnce(Moment, (u16, u16)) -> State,
) -> io::Result<Left> {
    let guard = Guard::take()?;
    let started = Instant::now();
    let mut state = state(moment(started), crossterm::terminal::size()?);
    state.terminal.clipboard = terminal::clipboard();
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
    // The engine releases its locks while the terminal is restored here.
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
    wires: Channels,
    started: Instant,
    /// The channels for the answers to open prompts.
    answers: BTreeMap<u64, oneshot::Sender<PromptAnswer>>,
    asked: u64,
    /// Whether the engine is running.
    open: bool,
    /// Files are written by other tasks, which send their results here.
    files: mpsc::UnboundedSender<Saved>,
    saved: mpsc::UnboundedReceiver<Saved>,
    /// The window's current title.
    title: String,
    /// The program to lend the terminal to.
    visit: Option<Box<ShellSession>>,
    /// The scope of the next console.
    next: Option<ConsoleScope>,
}

type Saved = Result<PathBuf, String>;

/// Whether the loop continues, and how soon it draws.
#[derive(PartialEq, Eq)]
enum Turn {
    Quit,
    /// At once, because a person waits for it.
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
                // Two readers of the same keyboard would each get a part of the input.
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
                // Streaming output is drawn only as often as the terminal's connection can take it.
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
            if let Some(text) = self.state.setup.integration.outside.title(&title) {
                terminal::write(&text)?;
            }
            self.title = title;
        }
        Ok(())
    }

    /// A countdown on the screen is drawn, and ends, on time.
    fn until_countdown(&self) -> Duration {
        if screen::is_counting(&self.state) { Duration::from_millis(100) } else { LONGEST }
    }

    /// Takes the terminal back and restores its modes, whatever changed meanwhile.
    fn back(&mut self, take: impl FnOnce(&Meter) -> io::Result<Screen>) -> io::Result<()> {
        self.screen = take(&self.meter)?;
        terminal::mouse(self.state.terminal.mouse)?;
        self.state.screen.size = crossterm::terminal::size()?;
        self.title.clear();
        Ok(())
    }
}

impl Turn {
    fn or_now(self) -> Self {
        if self == Self::Quit { Self::Quit } else { Self::Now }
    }
}
