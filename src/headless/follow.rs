//! Follows one run to its end and answers what it asks.

use std::io::{self, Write};

use tokio::sync::mpsc;

use super::text::{self, Teller};
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
    /// The sign-off of a verification: yes, or no with a note.
    fn sign_off(&mut self, question: &crate::domain::plan::Question) -> (bool, Option<String>);
    /// A batch waits until told: go on?
    fn go_on(&mut self) -> bool;
}

/// The channels of one run.
#[derive(Debug)]
pub struct Follow {
    pub events: mpsc::UnboundedReceiver<Event>,
    pub lines: mpsc::Receiver<OutputLine>,
    pub orders: mpsc::UnboundedSender<Order>,
    pub by: Operator,
}

/// Tells everything until the run ends. `None`: the engine went away without a verdict.
pub async fn follow(
    wires: &mut Follow,
    format: Format,
    answers: &mut dyn Answers,
    out: &mut dyn Write,
) -> io::Result<Option<Verdict>> {
    let mut teller = Teller::default();
    loop {
        tokio::select! {
            // Output first: a line that was printed before a step ended is told before its end.
            biased;
            Some(line) = wires.lines.recv() => tell_line(format, line, out)?,
            event = wires.events.recv() => {
                let Some(event) = event else { return Ok(None) };
                // What is in the channel already was printed before this was said.
                while let Ok(line) = wires.lines.try_recv() {
                    tell_line(format, line, out)?;
                }
                tell(format, &mut teller, &event, out)?;
                answer(wires, &event.what, answers);
                if let What::RunEnded { verdict } = event.what {
                    return Ok(Some(verdict));
                }
            }
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
            writeln!(out, "{}", serde_json::to_string(&event)?)
        }
    }
}

fn tell(format: Format, teller: &mut Teller, event: &Event, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => match teller.line(event) {
            Some(line) => writeln!(out, "{line}"),
            None => Ok(()),
        },
        Format::Json => writeln!(out, "{}", serde_json::to_string(event)?),
    }
}

fn answer(wires: &Follow, what: &What, answers: &mut dyn Answers) {
    let by = wires.by.clone();
    let order = match what {
        What::Asked { question } => {
            let (yes, note) = answers.sign_off(question);
            Order::Answer { yes, by, note }
        }
        What::Pausing { pause: Pause::UntilTold } if answers.go_on() => Order::Resume { by },
        What::Pausing { pause: Pause::UntilTold } => Order::Abort { by },
        _ => return,
    };
    // An engine that is gone is noticed at the next event.
    let _ = wires.orders.send(order);
}
