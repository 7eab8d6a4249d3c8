//! The lines above and below a step's output, for the console and the host's file.

use std::time::Duration;

use crate::domain::event::StepMark;
use crate::domain::outcome::Outcome;
use crate::domain::plan::{Action, Effect};

pub fn begins(step: &StepMark, action: &Action) -> String {
    let StepMark { number, of, title, deadline, .. } = step;
    // Only what is true of every step of the kind: whether a change of the database can be repeated depends on its author.
    let repeat = match (step.effect, action) {
        (Effect::ReadOnly, _) => "changes nothing",
        // What a request leaves behind when it fails depends on its server.
        (Effect::Switches, Action::Request(_)) => "moves users",
        (_, Action::Request(_)) => "changes something",
        (Effect::Changes | Effect::Replaces, _) => "a repeat does only what is left",
        (Effect::Switches, _) => "all or nothing, can be repeated",
    };
    format!("{number} of {of}: {title}; at most {} s; {repeat}", deadline.as_secs())
}

pub fn ended(outcome: &Outcome, exit: Option<i32>, took: Duration) -> String {
    let took = format!("{:.2} s", took.as_secs_f64());
    match (outcome, exit) {
        (Outcome::Done, Some(code)) => format!("done, exit {code}, {took}"),
        (Outcome::Done, None) => format!("done, {took}"),
        // The reason contains the exit code if there was one.
        (Outcome::Failed { why }, _) => format!("FAILED after {took}: {why}"),
        (Outcome::Unknown { why }, _) => format!("UNKNOWN after {took}: {why}"),
    }
}
