//! Puts a message on the message line.

use super::state::State;
use crate::console::messages::Message;
use crate::console::screen::glyphs::Mark;

impl State {
    pub fn say(&mut self, mark: Mark, text: impl Into<String>) {
        let text = self.in_keys(&text.into());
        let (since, at) = (self.now.running, self.now.at);
        self.messages.push(Message { mark, text, since, at });
    }
}
