//! Follows one run to its end and answers what it asks.

use std::io::{self, Write};

use tokio::sync::mpsc;

use super::text::{self, EventTexts};
use crate::base::text::escape_json;
use crate::domain::event::{Event, OutputLine, Verdict, What};
use crate::domain::order::Order;
use crate::domain::plan::{Operator, Pause};

/// The format in which a run is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    /// One JSON object per line: the event stream itself, with the lines of output in it.
    Json,
}

/// Answers the questions of a run.
pub trait Answers {
    /// Answers the question for a sign-off.
    fn sign_off(&mut self, question: &crate::domain::plan::Question) -> SignOff;
    /// Answers whether the next batch may start.
    fn go_on(&mut self) -> bool;
}

/// The answer to the question for a sign-off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignOff {
    Yes(Option<String>),
    No(Option<String>),
    /// Nobody is there to ask. The text says what to do.
    Nobody(String),
}

/// The channels of one run.
#[derive(Debug)]
pub struct Follow {
    pub events: mpsc::UnboundedReceiver<Event>,
    pub lines: mpsc::Receiver<OutputLine>,
    pub orders: mpsc::UnboundedSender<Order>,
    pub by: Operator,
}

/// Prints a run until it ends. `None`: the engine ended without a verdict.
///
/// If `out` is closed (`| head`, a closed terminal), the run is aborted as by a hang-up, and followed until it has
/// released its locks.
pub async fn follow(
    channels: &mut Follow,
    format: Format,
    answers: &mut dyn Answers,
    out: &mut dyn Write,
) -> Option<Verdict> {
    let mut page = Page { format, texts: EventTexts::default(), out: Some(out) };
    loop {
        let was_read = page.is_read();
        let ended = tokio::select! {
            // Output first: a line that was printed before a step ended is written before its end.
            biased;
            Some(line) = channels.lines.recv() => {
                page.line(line);
                None
            }
            event = channels.events.recv() => {
                let event = event?;
                // Lines that are already in the channel were printed before this event.
                while let Ok(line) = channels.lines.try_recv() {
                    page.line(line);
                }
                page.event(&event);
                if page.is_read() {
                    answer(channels, &event.what, answers);
                }
                match event.what {
                    What::RunEnded { verdict } => Some(verdict),
                    _ => None,
                }
            }
        };
        if ended.is_some() {
            return ended;
        }
        if was_read && !page.is_read() {
            // If the engine is gone, the next receive ends the loop.
            let _ = channels.orders.send(Order::Abort { by: channels.by.clone() });
        }
    }
}

/// The output of a run, until its reader goes away.
struct Page<'o> {
    format: Format,
    texts: EventTexts,
    /// `None`: the output was closed.
    out: Option<&'o mut dyn Write>,
}

impl Page<'_> {
    fn is_read(&self) -> bool {
        self.out.is_some()
    }

    fn line(&mut self, line: OutputLine) {
        let format = self.format;
        self.write(|out, _| write_line(format, line, out));
    }

    fn event(&mut self, event: &Event) {
        let format = self.format;
        self.write(|out, texts| write_event(format, texts, event, out));
    }

    fn write(&mut self, write: impl FnOnce(&mut dyn Write, &mut EventTexts) -> io::Result<()>) {
        let Some(out) = &mut self.out else { return };
        if write(&mut **out, &mut self.texts).and_then(|()| out.flush()).is_err() {
            self.out = None;
        }
    }
}

fn write_line(format: Format, line: OutputLine, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => match text::output(&line) {
            Some(line) => writeln!(out, "{line}"),
            None => Ok(()),
        },
        Format::Json => {
            let event = Event { seq: 0, at: line.at, run: None, what: What::Output(line) };
            writeln!(out, "{}", escape_json(&serde_json::to_string(&event)?))
        }
    }
}

fn write_event(
    format: Format,
    texts: &mut EventTexts,
    event: &Event,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => match texts.line(event) {
            Some(line) => writeln!(out, "{line}"),
            None => Ok(()),
        },
        Format::Json => writeln!(out, "{}", escape_json(&serde_json::to_string(event)?)),
    }
}

fn answer(channels: &Follow, what: &What, answers: &mut dyn Answers) {
    let by = channels.by.clone();
    let order = match what {
        What::Asked { question } => match answers.sign_off(question) {
            SignOff::Yes(note) => Order::Answer { yes: true, by, note },
            SignOff::No(note) => Order::Answer { yes: false, by, note },
            SignOff::Nobody(why) => Order::LeaveOpen { why },
        },
        What::Pausing { pause: Pause::UntilResumed } if answers.go_on() => Order::Resume { by },
        What::Pausing { pause: Pause::UntilResumed } => Order::Abort { by },
        _ => return,
    };
    // If the engine is gone, the next receive ends the loop.
    let _ = channels.orders.send(order);
}
