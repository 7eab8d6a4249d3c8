//! One event in words for people: the plain log, the console's timeline and the replay say the same.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Choice, Event, Verdict, What};
use super::lock::HeldLock;
use super::observation::Observed;
use super::outcome::Outcome;
use super::plan::{Pause, Plan, Selection};
use super::target::Target;

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventText<'a> {
    /// `None`: it is about the run.
    pub who: Option<&'a Target>,
    pub tone: Tone,
    pub words: String,
    /// Warnings that come with it.
    pub more: Vec<String>,
}

/// How it is meant. Each reader has its own sign for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Work,
    /// It was so already.
    AlreadyDone,
    Ok,
    Warn,
    Bad,
    Unknown,
}

impl Tone {
    /// Does a person look for these first?
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Bad | Self::Unknown)
    }
}

impl From<&Outcome> for Tone {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Ok,
            Outcome::Failed { .. } => Self::Bad,
            Outcome::Unknown { .. } => Self::Unknown,
        }
    }
}

/// Tells a run's events one after another, and nothing twice.
#[derive(Debug, Default)]
pub struct EventTexts {
    /// In later rounds, what is already so was just done and told.
    round: u32,
    /// Whom the run is about: others are looked at too, and what they are like is no news.
    meant: Selection,
    /// What was last said of how a target looks. Every look would say it again.
    looks: BTreeMap<Target, String>,
    /// Every plan of the run has them, the last one too, after which there is nothing to be warned of.
    warned: BTreeSet<String>,
}

impl EventTexts {
    /// `None`: a person learns nothing from it.
    pub fn tell<'a>(&mut self, event: &'a Event) -> Option<EventText<'a>> {
        match &event.what {
            What::Planned { round, .. } => self.round = *round,
            What::StepSkipped { .. } if self.round > 1 => return None,
            What::RunStarted { intent, .. } => self.meant.clone_from(&intent.selection),
            What::Observed { target, .. } if !self.meant.takes(target) => return None,
            _ => {}
        }
        if let What::Observed { target, observed } = &event.what {
            return self.looked_at(target, observed);
        }
        let mut event_text = of_a_target(&event.what).or_else(|| of_the_run(&event.what))?;
        event_text.more.retain(|warning| self.warned.insert(warning.clone()));
        Some(event_text)
    }

    fn looked_at<'a>(&mut self, target: &'a Target, observed: &Observed) -> Option<EventText<'a>> {
        let Some(event_text) = observation(target, observed) else {
            self.looks.remove(target);
            return None;
        };
        let before = self.looks.insert(target.clone(), event_text.words.clone());
        (before.as_ref() != Some(&event_text.words)).then_some(event_text)
    }
}

/// What is about one target.
fn of_a_target(what: &What) -> Option<EventText<'_>> {
    let (who, tone, words) = match what {
        What::LockHeld { target, holder } => {
            (Some(target), Tone::Plain, format!("locked by {holder}"))
        }
        What::LockLeft { target, why } => (
            Some(target),
            Tone::Plain,
            format!(
                "the lock could not be given back: {why}. Once {target} can be reached, `flipside unlock --only {target} --reason \"…\"` removes it"
            ),
        ),
        What::StepStarted { target, step, .. } => {
            let words = format!("{} ({}/{})", step.title, step.number, step.of);
            (Some(target), Tone::Work, words)
        }
        What::StepSkipped { target, step, why, .. } => {
            (Some(target), Tone::AlreadyDone, format!("{}: already so, {why}", step.title))
        }
        What::StepEnded { target, step, outcome, took, .. } => {
            let took = took.as_secs_f64();
            let words = format!("{} {took:.2} s{}", step.title, because(outcome));
            (Some(target), Tone::from(outcome), words)
        }
        What::ConnectionLost { target, why } => {
            (Some(target), Tone::Unknown, format!("connection lost: {why}"))
        }
        What::OutputCut { target, lines, bytes } => {
            (Some(target), Tone::Warn, output_cut(*lines, *bytes))
        }
        What::ConnectionBack { target } => {
            (Some(target), Tone::Ok, "connection is back".to_owned())
        }
        What::Chosen { target, choice, by } => {
            (Some(target), Tone::Plain, format!("{by} chose: {}", choice_word(*choice)))
        }
        What::WorkerDied { target, why } => {
            (target.as_ref(), Tone::Unknown, format!("a part of Flipside itself failed: {why}"))
        }
        _ => return None,
    };
    Some(EventText { who, tone, words, more: Vec::new() })
}

/// What is about the run.
fn of_the_run(what: &What) -> Option<EventText<'_>> {
    let (tone, words) = match what {
        What::RunStarted { intent, .. } => {
            let release = intent.subject();
            let reason =
                intent.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let words = format!(
                "{}{release}: {} in {}, run {}{reason}",
                intent.phase.title(),
                intent.app,
                intent.environment,
                intent.run
            );
            (Tone::Plain, words)
        }
        What::Planned { round, plan } => return Some(planned(*round, plan)),
        What::StageStarted { stage, of, name } => {
            (Tone::Plain, format!("── {name} ({}/{of})", stage + 1))
        }
        What::Pausing { pause: Pause::For(wait) } => {
            (Tone::Plain, format!("pausing for {} s before the next batch", wait.as_secs()))
        }
        What::Pausing { pause: Pause::UntilResumed } => {
            (Tone::Plain, "pausing until told to go on".to_owned())
        }
        What::Paused { by } => (Tone::Plain, format!("paused by {by}")),
        What::Resumed { by } => (Tone::Plain, format!("resumed by {by}")),
        What::AbortAsked { by } => (Tone::Plain, format!("{by} aborts")),
        What::Answered { yes, by, note } => {
            let note = note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
            let word = if *yes { "signed off" } else { "did not sign off" };
            (Tone::Plain, format!("{by} {word}{note}"))
        }
        What::HookStarted { command, .. } => (Tone::Plain, format!("hook: {command}")),
        What::HookEnded { command, outcome, .. } => {
            (Tone::from(outcome), format!("hook: {command}{}", because(outcome)))
        }
        What::Notified { to, outcome } => {
            (Tone::from(outcome), format!("told {to}{}", because(outcome)))
        }
        What::JournalLost { why } => (Tone::Bad, journal_lost(why)),
        What::Note { text } => (Tone::Plain, text.clone()),
        What::RunEnded { verdict } => ended(verdict),
        // What else there is, the verdict or another event says as well.
        _ => return None,
    };
    Some(EventText { who: None, tone, words, more: Vec::new() })
}

fn observation<'a>(target: &'a Target, observed: &Observed) -> Option<EventText<'a>> {
    let (tone, words) = match observed {
        Observed::Current(seen) => (Tone::Warn, seen.drift.first()?.in_words()),
        Observed::Failed { why, .. } => (Tone::Unknown, format!("not seen: {why}")),
    };
    Some(EventText { who: Some(target), tone, words, more: Vec::new() })
}

fn planned(round: u32, plan: &Plan) -> EventText<'static> {
    let to_do = plan.steps().filter(|(_, step)| step.is_to_do()).count();
    let so = plan.steps().count() - to_do;
    let words = match (to_do, round) {
        (0, 1) => format!("nothing is left to do: all {so} steps are already so"),
        (0, _) => "a last look: nothing is left to do".to_owned(),
        _ => format!("plan {}: {to_do} steps to do, {so} already so", plan.basis),
    };
    EventText { who: None, tone: Tone::Plain, words, more: plan.warnings.clone() }
}

fn because(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => String::new(),
        Outcome::Failed { why } => format!(": {why}"),
        Outcome::Unknown { why } => format!(": UNKNOWN: {why}"),
    }
}

pub fn choice_word(choice: Choice) -> &'static str {
    match choice {
        Choice::Retry => "retry",
        Choice::Skip => "skip",
        Choice::Revert => "revert this one",
        Choice::RevertAll => "revert all",
    }
}

/// How much of a host's output is not in its file.
pub fn output_cut(lines: u64, bytes: u64) -> String {
    let (lines, mib) =
        (if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") }, bytes >> 20);
    format!(
        "{lines} ({mib} MiB) of its output are not kept: it printed more than a run keeps of a host"
    )
}

/// The operator's disk is full, and users go back all the same.
pub fn journal_lost(why: &str) -> String {
    format!(
        "THE JOURNAL IS LOST: {why}. The roll back goes on, and what it does from here on is not written down"
    )
}

/// The verdict in words, with what to do where something is.
pub fn ended(verdict: &Verdict) -> (Tone, String) {
    let names =
        |targets: &[Target]| targets.iter().map(Target::name).collect::<Vec<_>>().join(", ");
    match verdict {
        Verdict::Done => (Tone::Ok, "done".to_owned()),
        Verdict::Refused { why } => (Tone::Bad, format!("refused, nothing was changed: {why}")),
        Verdict::Locked { target, holder } => {
            let remedy = holder.remedy(target);
            let words =
                format!("locked, nothing was changed: {target} is held by {holder}. {remedy}");
            (Tone::Bad, words)
        }
        Verdict::LockLost { target, holder } => (Tone::Bad, lock_lost(target, holder.as_deref())),
        Verdict::Partly { done, failed, unknown } => {
            let mut text = format!(
                "partly: done on {}",
                if done.is_empty() { "none".to_owned() } else { names(done) }
            );
            if !failed.is_empty() {
                text.push_str(&format!("; not on {}", names(failed)));
            }
            if !unknown.is_empty() {
                text.push_str(&format!("; UNKNOWN on {}", names(unknown)));
            }
            (Tone::Bad, text + ". The same command does what is left to do")
        }
        Verdict::Failed { why, failed } if failed.is_empty() => {
            (Tone::Bad, format!("failed: {why}"))
        }
        Verdict::Failed { why, failed } => {
            (Tone::Bad, format!("failed on {}: {why}", names(failed)))
        }
        Verdict::Unknown { unknown } => {
            let words = format!("unknown on {}: `flipside status` looks again", names(unknown));
            (Tone::Unknown, words)
        }
        Verdict::Aborted { by } => {
            (Tone::Bad, format!("aborted by {by}: `flipside status` says what is true now"))
        }
    }
}

/// A run that ended because its lock was taken from it.
pub fn lock_lost(target: &Target, holder: Option<&HeldLock>) -> String {
    let now = match holder {
        Some(holder) => format!("it is held by {holder} now"),
        None => "it is gone".to_owned(),
    };
    format!(
        "this run lost its lock on {target}: {now}. It changed nothing more, on any host; `flipside status` says what is true"
    )
}
