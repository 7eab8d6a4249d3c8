//! Receives messages, by priority.

use std::io;

use crossterm::event::{Event as Input, EventStream};
use futures::StreamExt;
use tokio::time::{Instant, sleep_until};

use super::{Console, Saved, Signal, Turn, moment};
use crate::console::app::msg::{Msg, Prompt};
use crate::console::dialog::SWALLOW;
use crate::console::history::HistoryReply;
use crate::console::integration::{MouseInput, Window};
use crate::console::keys::key::Key;
use crate::console::terminal;
use crate::console::theme::Theme;
use crate::domain::catalog::CatalogReply;
use crate::domain::event::{Event, OutputLine};
use crate::domain::order::Proposal;

/// The number of messages after which keys are checked again.
const AT_MOST: usize = 512;

/// What woke the loop.
pub(super) enum Woken {
    Input(Option<io::Result<Input>>),
    Signal(Signal),
    Prompt(Prompt),
    Proposal(Proposal),
    Releases(CatalogReply),
    Guide(Vec<String>),
    Event(Option<Event>),
    Line(OutputLine),
    Theme(Result<Box<Theme>, String>),
    Saved(Saved),
    HistoryReply(HistoryReply),
    Skipped,
    Time,
}

impl Console {
    /// Waits for the next message. Keys have the highest priority, output lines the lowest.
    pub(super) async fn woken(&mut self, keys: Option<&mut EventStream>, next: Instant) -> Woken {
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
            Some(history_replies) = wires.history_replies.recv() => Woken::HistoryReply(history_replies),
            () = sleep_until(next) => Woken::Time,
            Some(line) = wires.lines.lines.recv() => Woken::Line(line),
            Ok(()) = wires.lines.skipped.changed() => Woken::Skipped,
        }
    }

    pub(super) fn take(&mut self, woken: Woken) -> io::Result<Turn> {
        // Only this message brings the time into the console.
        if self.hand(Msg::Tick(moment(self.started)))? == Turn::Quit {
            return Ok(Turn::Quit);
        }
        match woken {
            Woken::Input(Some(input)) => self.input(&input?),
            // No key can arrive any more.
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
            Woken::HistoryReply(history_replies) => {
                self.hand(Msg::HistoryReply(history_replies)).map(Turn::or_now)
            }
            Woken::Time => Ok(Turn::Soon),
        }
    }

    pub(super) fn input(&mut self, input: &Input) -> io::Result<Turn> {
        let msg = match input {
            Input::Key(event) if self.wires.early.late.swallows(event) => return Ok(Turn::Soon),
            Input::Key(event) => match Key::read(event) {
                Some(key) => Msg::Key(key),
                None => return Ok(Turn::Soon),
            },
            Input::Paste(text) => Msg::Paste(text.clone()),
            Input::FocusGained => Msg::Window(Window::InFront),
            Input::FocusLost => Msg::Window(Window::Behind),
            Input::Mouse(event) => match MouseInput::read(*event) {
                Some(touch) => Msg::MouseInput(touch),
                None => return Ok(Turn::Soon),
            },
            // While a window's edge is dragged, many of these events share a frame.
            Input::Resize(columns, rows) => {
                return self.hand(Msg::Resize { columns: *columns, rows: *rows });
            }
        };
        self.hand(msg).map(Turn::or_now)
    }

    pub(super) fn signal(&mut self, signal: Signal) -> io::Result<Turn> {
        let now = self.state.now.running;
        // Keys for the program that had the terminal reached this process too.
        let just_back = self
            .state
            .terminal
            .in_front_since
            .is_some_and(|since| now.saturating_sub(since) < SWALLOW);
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

    pub(super) fn prompt(&mut self, prompt: Prompt) -> io::Result<Turn> {
        self.asked += 1;
        self.answers.insert(self.asked, prompt.answer);
        self.hand(Msg::Prompt { number: self.asked, card: prompt.card }).map(Turn::or_now)
    }

    pub(super) fn skipped(&mut self) -> io::Result<Turn> {
        for (target, lines) in self.wires.lines.newly_skipped() {
            self.hand(Msg::Skipped { target, lines })?;
        }
        Ok(Turn::Soon)
    }

    /// Takes waiting messages before the next frame, but not so many that a key would wait.
    pub(super) fn drain(&mut self, mut turn: Turn) -> io::Result<Turn> {
        // While lines are always waiting, the skipped count would never be read.
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
}
