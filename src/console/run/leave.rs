//! After the terminal was given back: how things stand, on the normal screen, where it stays.

use std::io::{self, Write};

use super::{Console, Left, Signal, moment};
use crate::console::app::msg::Msg;
use crate::console::app::preferences::Preferences;
use crate::console::app::state::Engine;
use crate::console::app::update::update;
use crate::console::history::summary;

impl Console {
    /// A run that is at work is being ended by the engine, and how it ended is worth waiting for: the
    /// engine gives its locks back in the same time.
    pub(super) async fn leave(mut self) -> io::Result<Left> {
        let unfinished = self.state.run.deploy.is_running();
        if unfinished && self.open {
            say(&[summary::ending(&self.state)]);
            self.hear_the_end().await;
        }
        self.state.now = moment(self.started);
        if self.state.engine != Engine::Never {
            say(&summary::at_the_end(&self.state));
        }
        let kept = Preferences::of(&self.state);
        Ok(Left {
            verdict: self.state.run.deploy.verdict.clone(),
            unfinished,
            next: self.next,
            kept,
        })
    }

    /// Takes events in until the run has ended, or a person will not wait.
    async fn hear_the_end(&mut self) {
        while self.state.run.deploy.is_running() {
            tokio::select! {
                event = self.wires.events.recv() => match event {
                    // There is nobody any more to carry out what comes of it.
                    Some(event) => drop(update(&mut self.state, Msg::Event(Box::new(event)))),
                    None => return,
                },
                signal = self.wires.signals.recv() => match signal {
                    Some(Signal::Aside | Signal::Back) => {}
                    _ => return,
                },
            }
        }
    }
}

/// The terminal may be gone.
fn say(lines: &[String]) {
    let mut out = io::stdout();
    for line in lines {
        if writeln!(out, "{line}").is_err() {
            return;
        }
    }
}
