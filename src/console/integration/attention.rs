//! A person is needed, and may be looking elsewhere.

use std::time::Duration;

use super::{Notify, Window};
use crate::console::msg::Effect;
use crate::console::state::State;

/// Twelve hosts that fail together are one call.
const QUIET: Duration = Duration::from_secs(2);

impl State {
    /// Somebody is needed, and this is why. Whoever looks sees it anyway.
    pub fn call(&mut self, words: impl Into<String>) -> Vec<Effect> {
        if !self.is_to_call() {
            return Vec::new();
        }
        let now = self.now.running;
        if self.terminal.calls.last.is_some_and(|last| now.saturating_sub(last) < QUIET) {
            let before = self.terminal.calls.waiting.take().map_or(0, |(count, _)| count);
            self.terminal.calls.waiting = Some((before + 1, words.into()));
            return Vec::new();
        }
        self.terminal.calls.last = Some(now);
        self.told(words.into())
    }

    /// What waited, once it is quiet again, if nobody came meanwhile.
    pub fn call_again(&mut self) -> Vec<Effect> {
        let now = self.now.running;
        let quiet = self.terminal.calls.last.is_none_or(|last| now.saturating_sub(last) >= QUIET);
        let Some((count, words)) = self.terminal.calls.waiting.take_if(|_| quiet) else {
            return Vec::new();
        };
        if !self.is_to_call() {
            return Vec::new();
        }
        self.terminal.calls.last = Some(now);
        self.told(match count {
            1 => words,
            many => format!("{words} (and {} more)", many - 1),
        })
    }

    fn is_to_call(&self) -> bool {
        self.setup.integration.notify != Notify::Off && self.terminal.window != Window::InFront
    }

    /// Where the terminal does not tell who looks, words could stand over what is being read.
    fn told(&self, words: String) -> Vec<Effect> {
        match (self.setup.integration.notify, self.terminal.window) {
            (Notify::All, Window::Behind) | (_, Window::Lent) => {
                vec![Effect::Bell, Effect::Notify(words)]
            }
            _ => vec![Effect::Bell],
        }
    }
}
