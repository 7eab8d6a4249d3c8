//! What was said on the message line: the newest, the errors that are still to be read, and the past.

pub mod card;

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::console::screen::glyphs::Mark;

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

#[derive(Debug, Clone, Default)]
pub struct Messages {
    /// The newest, as long as it is on the screen.
    pub newest: Option<Message>,
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

    pub fn push(&mut self, message: Message) {
        self.keep(&message);
        let unread = &mut self.unread;
        unread.extend(self.newest.take().filter(Message::is_error));
        unread.retain(|unread| unread.text != message.text);
        let too_many = unread.len().saturating_sub(KEPT);
        unread.drain(..too_many);
        self.newest = Some(message);
    }

    /// Takes away the newest message, and shows the error before it, if there is one. Returns `false`
    /// where there was nothing to read.
    pub fn read(&mut self) -> bool {
        let read = self.newest.take().is_some();
        self.newest = self.unread.pop();
        read || self.newest.is_some()
    }

    pub fn read_all(&mut self) {
        self.unread.clear();
        self.newest = None;
    }

    /// Takes away the messages that are no longer true.
    pub fn withdraw(&mut self, is: impl Fn(&str) -> bool) {
        self.unread.retain(|message| !is(&message.text));
        self.newest.take_if(|message| is(&message.text));
        self.uncover();
    }

    /// Takes away good news that is old.
    pub fn forget_old(&mut self, now: Duration) {
        self.newest.take_if(|message| {
            !message.stays() && now.saturating_sub(message.since) > GOOD_NEWS_STAYS
        });
        self.uncover();
    }

    fn uncover(&mut self) {
        if self.newest.is_none() {
            self.newest = self.unread.pop();
        }
    }
}
