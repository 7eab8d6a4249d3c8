//! The words over a step's output and below it, as the console and the host's file have them.

use std::time::Duration;

use crate::domain::event::StepMark;
use crate::domain::outcome::Outcome;
use crate::domain::plan::Effect;

pub fn begins(step: &StepMark) -> String {
    let StepMark { number, of, title, deadline, .. } = step;
    // Only what holds of every step is said: a migration is as safe as whoever wrote it made it.
    let repeat = match step.effect {
        Effect::ReadOnly => "only looks",
        Effect::Changes | Effect::Replaces => "a repeat does only what is left",
        Effect::Switches => "all or nothing, can be repeated",
    };
    format!("{number} of {of}: {title}; at most {} s; {repeat}", deadline.as_secs())
}

pub fn ended(outcome: &Outcome, exit: Option<i32>, took: Duration) -> String {
    let took = format!("{:.2} s", took.as_secs_f64());
    match (outcome, exit) {
        (Outcome::Done, Some(code)) => format!("done, exit {code}, {took}"),
        (Outcome::Done, None) => format!("done, {took}"),
        // Where there was an exit code, the reason tells it.
        (Outcome::Failed { why }, _) => format!("FAILED after {took}: {why}"),
        (Outcome::Unknown { why }, _) => format!("UNKNOWN after {took}: {why}"),
    }
}
