//! What was said on the message line: the newest, the errors that are still to be read, and the past.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::glyphs::Mark;
use super::state::State;

/// The message line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub mark: Mark,
    pub text: String,
    /// When it came, by the running time and by the clock.
    pub since: Duration,
    pub at: DateTime<Utc>,
}

impl Message {
    pub fn is_error(&self) -> bool {
        matches!(self.mark, Mark::Bad | Mark::Unknown)
    }

    /// Bad news does not go by itself.
    fn stays(&self) -> bool {
        self.is_error() || self.mark == Mark::Warn
    }
}

/// So many are kept.
pub const KEPT: usize = 200;
/// Good news leaves by itself. Bad news stays until somebody read it.
const GOOD_NEWS_STAYS: Duration = Duration::from_secs(8);

/// What was said before the newest message.
#[derive(Debug, Clone, Default)]
pub struct Messages {
    /// Errors that nobody said to have read, oldest first.
    unread: Vec<Message>,
    /// Everything that was said, oldest first, the newest too.
    past: VecDeque<Message>,
}

impl Messages {
    /// The last error that something newer was said after, and how many there are before it.
    pub fn unread(&self) -> Option<(&Message, usize)> {
        let last = self.unread.last()?;
        Some((last, self.unread.len() - 1))
    }

    pub fn past(&self) -> &VecDeque<Message> {
        &self.past
    }

    /// What is said over and over is one line of the past.
    fn keep(&mut self, message: &Message) {
        if self.past.back().is_some_and(|last| last.text == message.text) {
            self.past.pop_back();
        } else if self.past.len() == KEPT {
            self.past.pop_front();
        }
        self.past.push_back(message.clone());
    }
}

impl State {
    pub fn say(&mut self, mark: Mark, text: impl Into<String>) {
        let now = self.now;
        let text = self.in_keys(&text.into());
        let message = Message { mark, text, since: now.running, at: now.at };
        self.messages.keep(&message);
        let unread = &mut self.messages.unread;
        unread.extend(self.message.take().filter(Message::is_error));
        unread.retain(|unread| unread.text != message.text);
        let too_many = unread.len().saturating_sub(KEPT);
        unread.drain(..too_many);
        self.message = Some(message);
    }

    /// The newest was read; the error before it, if there is one, can be seen again. False: there was
    /// nothing to read.
    pub fn read_message(&mut self) -> bool {
        let read = self.message.take().is_some();
        self.message = self.messages.unread.pop();
        read || self.message.is_some()
    }

    /// All of it was seen at once.
    pub fn read_messages(&mut self) {
        self.messages.unread.clear();
        self.message = None;
    }

    /// What it says is no longer so.
    pub fn withdraw_message(&mut self, is: impl Fn(&str) -> bool) {
        self.messages.unread.retain(|message| !is(&message.text));
        self.message.take_if(|message| is(&message.text));
        self.uncover_message();
    }

    /// Forgets good news that is old.
    pub fn forget_old_message(&mut self) {
        let now = self.now.running;
        self.message.take_if(|message| {
            !message.stays() && now.saturating_sub(message.since) > GOOD_NEWS_STAYS
        });
        self.uncover_message();
    }

    fn uncover_message(&mut self) {
        if self.message.is_none() {
            self.message = self.messages.unread.pop();
        }
    }
}
