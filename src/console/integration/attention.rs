//! Calls a person whose attention is needed and who may be away.

use std::time::Duration;

use super::{Notify, Window};
use crate::console::app::msg::Effect;
use crate::console::app::state::State;

/// The time in which further calls are combined: twelve hosts that fail together are one call.
const QUIET: Duration = Duration::from_secs(2);

impl State {
    /// Calls a person for this reason, unless the console is in front.
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
        self.notify(words.into())
    }

    /// Repeats combined calls after the quiet time, if nobody came meanwhile.
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
        self.notify(match count {
            1 => words,
            many => format!("{words} (and {} more)", many - 1),
        })
    }

    fn is_to_call(&self) -> bool {
        self.setup.integration.notify != Notify::Off && self.terminal.window != Window::InFront
    }

    /// Returns the effects of a call. If the terminal does not report its focus, only the bell rings, since a notification
    /// could cover what is being read.
    fn notify(&self, words: String) -> Vec<Effect> {
        match (self.setup.integration.notify, self.terminal.window) {
            (Notify::All, Window::Behind) | (_, Window::Lent) => {
                vec![Effect::Bell, Effect::Notify(words)]
            }
            _ => vec![Effect::Bell],
        }
    }
}
