//! One event as a line of plain text, the host first, so that `grep web1` tells one host's story.

use crate::domain::event::{Choice, Event, OutputLine, Stream, Verdict, What};
use crate::domain::observation::Sight;
use crate::domain::outcome::Outcome;
use crate::domain::plan::{Pause, Plan, Selection};
use crate::domain::target::Target;

/// Tells a run's events one after another, and nothing twice.
#[derive(Debug, Default)]
pub struct Teller {
    /// In later rounds, what is already so was just done and told.
    round: u32,
    /// Whom the run is about: others are looked at too, and what they are like is no news.
    meant: Selection,
}

impl Teller {
    /// The event's line; `None`: a person learns nothing from it.
    pub fn line(&mut self, event: &Event) -> Option<String> {
        match &event.what {
            What::Planned { round, .. } => self.round = *round,
            What::StepSkipped { .. } if self.round > 1 => return None,
            What::RunStarted { intent, .. } => self.meant.clone_from(&intent.selection),
            What::Observed { target, .. } if !self.meant.takes(target) => return None,
            _ => {}
        }
        let (who, text) = told(&event.what)?;
        Some(format!("{}  {who:<10}  {text}", event.at.format("%H:%M:%S%.3f")))
    }
}

/// A line of a host's output. What Flipside itself says in between is told by its events already.
pub fn output(line: &OutputLine) -> Option<String> {
    let mark = match line.stream {
        Stream::Stdout => '|',
        Stream::Stderr => '!',
        Stream::Own => return None,
    };
    Some(format!(
        "{}  {:<10}  {mark} {}",
        line.at.format("%H:%M:%S%.3f"),
        line.target.name(),
        line.text
    ))
}

fn told(what: &What) -> Option<(&str, String)> {
    match what {
        What::LockTaken { .. }
        | What::LockReleased { .. }
        | What::StageEnded { .. }
        // The verdict says it again, and is the last line.
        | What::Refused { .. }
        | What::Output(_)
        | What::Asked { .. } => None,
        What::Observed { target, sight } => observed(target, sight),
        What::LockHeld { target, holder } => Some((target.name(), format!("locked by {holder}"))),
        What::LockLeft { target, why } => Some((
            target.name(),
            format!(
                "the lock could not be given back: {why}. `flipside unlock --only {target}` removes it"
            ),
        )),
        What::StepStarted { target, step, .. } => {
            Some((target.name(), format!("▶ {} ({}/{})", step.title, step.number, step.of)))
        }
        What::StepSkipped { target, step, why, .. } => {
            Some((target.name(), format!("= {}: already so, {why}", step.title)))
        }
        What::StepEnded { target, step, outcome, took, .. } => Some((
            target.name(),
            format!(
                "{} {} {:.2} s{}",
                glyph(outcome),
                step.title,
                took.as_secs_f64(),
                because(outcome)
            ),
        )),
        What::ConnectionLost { target, why } => {
            Some((target.name(), format!("? connection lost: {why}")))
        }
        What::ConnectionBack { target } => Some((target.name(), "✔ connection is back".to_owned())),
        What::Chosen { target, choice, by } => {
            Some((target.name(), format!("{by} chose: {}", choice_word(*choice))))
        }
        What::WorkerDied { target, why } => Some((
            target.as_ref().map_or("flipside", Target::name),
            format!("? a part of Flipside itself failed: {why}"),
        )),
        _ => Some(("flipside", of_the_run(what)?)),
    }
}

/// What is about the run, not about one target.
fn of_the_run(what: &What) -> Option<String> {
    Some(match what {
        What::RunStarted { intent, .. } => {
            let release =
                intent.release.as_ref().map(|release| format!(" {release}")).unwrap_or_default();
            format!(
                "{}{release}: {} in {}, run {}",
                intent.phase.title(),
                intent.app,
                intent.environment,
                intent.run
            )
        }
        What::Planned { round, plan } => planned(*round, plan),
        What::StageStarted { stage, of, name } => format!("── {name} ({}/{of})", stage + 1),
        What::Pausing { pause: Pause::For(wait) } => {
            format!("pausing for {} s before the next batch", wait.as_secs())
        }
        What::Pausing { pause: Pause::UntilTold } => "pausing until told to go on".to_owned(),
        What::Paused { by } => format!("paused by {by}"),
        What::Resumed { by } => format!("resumed by {by}"),
        What::AbortAsked { by } => format!("{by} aborts"),
        What::Answered { yes, by, note } => {
            let note = note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
            format!("{by} {}{note}", if *yes { "signed off" } else { "did not sign off" })
        }
        What::HookStarted { command, .. } => format!("hook: {command}"),
        What::HookEnded { command, outcome, .. } => {
            format!("{} hook: {command}{}", glyph(outcome), because(outcome))
        }
        What::Notified { to, outcome } => {
            format!("{} told {to}{}", glyph(outcome), because(outcome))
        }
        What::Note { text } => text.clone(),
        What::RunEnded { verdict } => ended(verdict),
        _ => return None,
    })
}

fn observed<'a>(target: &'a Target, sight: &Sight) -> Option<(&'a str, String)> {
    match sight {
        Sight::Seen(seen) => {
            let drift = seen.drift.first()?;
            Some((target.name(), format!("⚠ {}", drift.in_words())))
        }
        Sight::Unseen { why, .. } => Some((target.name(), format!("? not seen: {why}"))),
    }
}

fn planned(round: u32, plan: &Plan) -> String {
    let to_do = plan.steps().filter(|(_, step)| step.is_to_do()).count();
    let so = plan.steps().count() - to_do;
    let warnings: String =
        plan.warnings.iter().map(|warning| format!("\n{:>26}⚠ {warning}", "")).collect();
    match (to_do, round) {
        (0, 1) => format!("nothing is left to do: all {so} steps are already so{warnings}"),
        (0, _) => format!("a last look: nothing is left to do{warnings}"),
        _ => format!("plan {}: {to_do} steps to do, {so} already so{warnings}", plan.basis),
    }
}

fn glyph(outcome: &Outcome) -> char {
    match outcome {
        Outcome::Done => '✔',
        Outcome::Failed { .. } => '✖',
        Outcome::Unknown { .. } => '?',
    }
}

fn because(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => String::new(),
        Outcome::Failed { why } => format!(": {why}"),
        Outcome::Unknown { why } => format!(": UNKNOWN: {why}"),
    }
}

fn choice_word(choice: Choice) -> &'static str {
    match choice {
        Choice::Retry => "retry",
        Choice::Skip => "skip",
        Choice::Revert => "revert this one",
        Choice::RevertAll => "revert all",
    }
}

/// The verdict in words, with what to do where something is.
pub fn ended(verdict: &Verdict) -> String {
    let names =
        |targets: &[Target]| targets.iter().map(Target::name).collect::<Vec<_>>().join(", ");
    match verdict {
        Verdict::Done => "✔ done".to_owned(),
        Verdict::Refused { why } => format!("✖ refused, nothing was changed: {why}"),
        Verdict::Locked { target, holder } => {
            format!("✖ locked, nothing was changed: {target} is held by {holder}")
        }
        Verdict::Partly { done, failed, unknown } => {
            let mut text = format!(
                "✖ partly: done on {}",
                if done.is_empty() { "none".to_owned() } else { names(done) }
            );
            if !failed.is_empty() {
                text.push_str(&format!("; not on {}", names(failed)));
            }
            if !unknown.is_empty() {
                text.push_str(&format!("; UNKNOWN on {}", names(unknown)));
            }
            text + ". The same command does what is left to do"
        }
        Verdict::Failed { why, .. } => format!("✖ failed: {why}"),
        Verdict::Unknown { unknown } => {
            format!("? unknown on {}: `flipside status` looks again", names(unknown))
        }
        Verdict::Aborted { by } => {
            format!("✖ aborted by {by}: `flipside status` says what is true now")
        }
    }
}
