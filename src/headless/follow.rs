//! Follows one run to its end and answers what it asks.

use std::io::{self, Write};

use tokio::sync::mpsc;

use super::text::{self, EventTexts};
use crate::base::text::escape_json;
use crate::domain::event::{Event, OutputLine, Verdict, What};
use crate::domain::order::Order;
use crate::domain::plan::{Operator, Pause};

/// How it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    /// One JSON object a line: the event stream itself, lines of output among it.
    Json,
}

/// Who answers what a run asks.
pub trait Answers {
    /// The sign-off of a verification.
    fn sign_off(&mut self, question: &crate::domain::plan::Question) -> SignOff;
    /// A batch waits until told: go on?
    fn go_on(&mut self) -> bool;
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignOff {
    Yes(Option<String>),
    No(Option<String>),
    /// Nobody is there to ask, and what to do about it.
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

/// Writes everything until the run ends. `None`: the engine went away without a verdict.
///
/// When `out` goes away (`| head`, a closed terminal), the writing ends and not the run: it is aborted as
/// by a hang-up, and followed until it has given its locks back.
pub async fn follow(
    wires: &mut Follow,
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
            Some(line) = wires.lines.recv() => {
                page.line(line);
                None
            }
            event = wires.events.recv() => {
                let event = event?;
                // What is in the channel already was printed before this was said.
                while let Ok(line) = wires.lines.try_recv() {
                    page.line(line);
                }
                page.event(&event);
                if page.is_read() {
                    answer(wires, &event.what, answers);
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
            // An engine that is gone is noticed at the next event.
            let _ = wires.orders.send(Order::Abort { by: wires.by.clone() });
        }
    }
}

/// What is written, as long as it can be.
struct Page<'o> {
    format: Format,
    texts: EventTexts,
    /// `None`: it went away.
    out: Option<&'o mut dyn Write>,
}

impl Page<'_> {
    fn is_read(&self) -> bool {
        self.out.is_some()
    }

    fn line(&mut self, line: OutputLine) {
        let format = self.format;
        self.write(|out, _| tell_line(format, line, out));
    }

    fn event(&mut self, event: &Event) {
        let format = self.format;
        self.write(|out, texts| tell(format, texts, event, out));
    }

    fn write(&mut self, write: impl FnOnce(&mut dyn Write, &mut EventTexts) -> io::Result<()>) {
        let Some(out) = &mut self.out else { return };
        if write(&mut **out, &mut self.texts).and_then(|()| out.flush()).is_err() {
            self.out = None;
        }
    }
}

fn tell_line(format: Format, line: OutputLine, out: &mut dyn Write) -> io::Result<()> {
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

fn tell(
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

fn answer(wires: &Follow, what: &What, answers: &mut dyn Answers) {
    let by = wires.by.clone();
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
    // An engine that is gone is noticed at the next event.
    let _ = wires.orders.send(order);
}
