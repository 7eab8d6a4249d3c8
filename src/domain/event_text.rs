//! The text of each event, as people read it. The plain log, the console's timeline and the replay use the same words.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Choice, Event, Verdict, What};
use super::lock::HeldLock;
use super::observation::Observed;
use super::outcome::Outcome;
use super::plan::{LeftOut, Pause, Plan, Selection};
use super::target::Target;

/// The text of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventText<'a> {
    /// The target that the event is about. `None`: the event is about the whole run.
    pub target: Option<&'a Target>,
    pub tone: Tone,
    pub text: String,
    /// Warnings that belong to the event, such as those of a plan.
    pub warnings: Vec<String>,
}

/// The kind of message. Each reader shows its own sign for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Work,
    /// Nothing had to be done.
    AlreadyDone,
    Ok,
    Warn,
    Bad,
    Unknown,
}

impl Tone {
    /// Returns whether the message reports a failure or an unknown outcome.
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

/// Converts the events of a run to texts, one after another, and leaves out repetitions.
#[derive(Debug, Default)]
pub struct EventTexts {
    /// The round at work. From the second one on, a step that is already done was done in an earlier round, and its text was
    /// shown then.
    round: u32,
    /// The targets that the run is about. Others are observed too, but their state is not shown.
    selection: Selection,
    /// The last text about the state of each target. Every observation would repeat it.
    last_texts: BTreeMap<Target, String>,
    /// The warnings that were shown. Every plan of a run carries them, also the last one.
    warned: BTreeSet<String>,
}

impl EventTexts {
    /// Returns the text of the next event. `None`: the event has nothing new for a person.
    pub fn next<'a>(&mut self, event: &'a Event) -> Option<EventText<'a>> {
        match &event.what {
            What::Planned { round, .. } => self.round = *round,
            What::StepSkipped { .. } if self.round > 1 => return None,
            What::RunStarted { intent, .. } => self.selection.clone_from(&intent.selection),
            What::Observed { target, .. } if !self.selection.takes(target) => return None,
            _ => {}
        }
        if let What::Observed { target, observed } = &event.what {
            return self.observed(target, observed);
        }
        let mut text = about_target(&event.what).or_else(|| about_run(&event.what))?;
        text.warnings.retain(|warning| self.warned.insert(warning.clone()));
        Some(text)
    }

    fn observed<'a>(&mut self, target: &'a Target, observed: &Observed) -> Option<EventText<'a>> {
        let Some(text) = observation(target, observed) else {
            self.last_texts.remove(target);
            return None;
        };
        let before = self.last_texts.insert(target.clone(), text.text.clone());
        (before.as_ref() != Some(&text.text)).then_some(text)
    }
}

/// Returns the text of an event about one target.
fn about_target(what: &What) -> Option<EventText<'_>> {
    let (target, tone, text) = match what {
        What::LockHeld { target, holder } => {
            (Some(target), Tone::Plain, format!("locked by {holder}"))
        }
        What::LockLeft { target, why } => (Some(target), Tone::Warn, lock_left(target, why)),
        What::StepStarted { target, step, .. } => {
            let text = format!("{} ({}/{})", step.title, step.number, step.of);
            (Some(target), Tone::Work, text)
        }
        What::StepSkipped { target, step, why, .. } => {
            (Some(target), Tone::AlreadyDone, format!("{}: already done, {why}", step.title))
        }
        What::StepEnded { target, step, outcome, took, .. } => {
            let took = took.as_secs_f64();
            let text = format!("{} {took:.2} s{}", step.title, because(outcome));
            (Some(target), Tone::from(outcome), text)
        }
        What::ConnectionLost { target, why } => {
            (Some(target), Tone::Unknown, format!("connection lost: {why}"))
        }
        What::OutputCut { target, lines, bytes } => {
            (Some(target), Tone::Warn, output_cut(*lines, *bytes))
        }
        What::ConnectionBack { target } => {
            (Some(target), Tone::Ok, "connection restored".to_owned())
        }
        What::Chosen { target, choice, by } => {
            (Some(target), Tone::Plain, format!("{by} chose: {}", choice_word(*choice)))
        }
        What::WorkerDied { target, why } => {
            (target.as_ref(), Tone::Unknown, format!("internal error in Flipside: {why}"))
        }
        _ => return None,
    };
    Some(EventText { target, tone, text, warnings: Vec::new() })
}

/// Returns the text of an event about the whole run.
fn about_run(what: &What) -> Option<EventText<'_>> {
    let (tone, text) = match what {
        What::RunStarted { intent, .. } => {
            let release = intent.subject();
            let reason =
                intent.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let text = format!(
                "{}{release}: {} in {}, run {}{reason}",
                intent.phase.title(),
                intent.app,
                intent.environment,
                intent.run
            );
            (Tone::Plain, text)
        }
        What::Planned { round, plan } => return Some(planned(*round, plan)),
        What::StageStarted { stage, of, name } => {
            (Tone::Plain, format!("── {name} ({}/{of})", stage + 1))
        }
        What::Pausing { pause: Pause::For(wait) } => {
            (Tone::Plain, format!("pausing for {} s before the next batch", wait.as_secs()))
        }
        What::Pausing { pause: Pause::UntilResumed } => {
            (Tone::Plain, "paused before the next batch until the run is resumed".to_owned())
        }
        What::Paused { by } => (Tone::Plain, format!("paused by {by}")),
        What::Resumed { by } => (Tone::Plain, format!("resumed by {by}")),
        What::AbortAsked { by } => (Tone::Plain, format!("{by} asked to abort the run")),
        What::Answered { yes, by, note } => {
            let note = note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
            let word = if *yes { "signed off" } else { "did not sign off" };
            (Tone::Plain, format!("{by} {word}{note}"))
        }
        What::HookStarted { hook, .. } => (Tone::Plain, format!("hook: {hook}")),
        What::HookEnded { hook, outcome, .. } => {
            (Tone::from(outcome), format!("hook: {hook}{}", because(outcome)))
        }
        What::Notified { to, outcome } => {
            (Tone::from(outcome), format!("notification to {to}{}", because(outcome)))
        }
        What::JournalLost { why } => (Tone::Bad, journal_lost(why)),
        What::Note { text } => (Tone::Plain, text.clone()),
        What::RunEnded { verdict } => ended(verdict),
        // The verdict, or another event, says the same.
        _ => return None,
    };
    Some(EventText { target: None, tone, text, warnings: Vec::new() })
}

fn observation<'a>(target: &'a Target, observed: &Observed) -> Option<EventText<'a>> {
    let (tone, text) = match observed {
        Observed::Current(observation) => (Tone::Warn, observation.drift.first()?.in_words()),
        Observed::Failed { why, .. } => (Tone::Unknown, format!("not observed: {why}")),
    };
    Some(EventText { target: Some(target), tone, text, warnings: Vec::new() })
}

fn planned(round: u32, plan: &Plan) -> EventText<'static> {
    let to_do = plan.steps().filter(|(_, step)| step.is_to_do()).count();
    let already_done = plan.steps().count() - to_do;
    let except = plan.except_left_out();
    let text = match (to_do, round) {
        (0, 1) => format!("nothing to do{except}: all {already_done} steps are already done"),
        (0, _) => format!("final observation: nothing is left to do{except}"),
        _ => format!("plan {}: {to_do} steps to do, {already_done} already done", plan.basis),
    };
    // Journals of earlier versions have the targets that are left out among the warnings.
    let left_out = plan.left_out.iter().map(LeftOut::in_words);
    let warnings = plan.warnings.iter().cloned().chain(left_out).collect();
    EventText { target: None, tone: Tone::Plain, text, warnings }
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

/// Returns how to remove a lock that stayed on a host.
fn lock_left(target: &Target, why: &str) -> String {
    format!(
        "still locked: {why}. When {target} can be reached again, `flipside unlock --only {target} --reason \"…\"` removes the lock"
    )
}

/// Returns how much of a host's output is not in its file.
pub fn output_cut(lines: u64, bytes: u64) -> String {
    let lines = if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
    let mib = bytes >> 20;
    format!(
        "{lines} ({mib} MiB) of output were not kept: the host printed more than a run keeps of one host"
    )
}

/// Returns the warning that the operator's disk is full while a rollback continues.
pub fn journal_lost(why: &str) -> String {
    format!("THE JOURNAL IS LOST: {why}. The rollback continues, but is no longer recorded.")
}

/// Returns the text of a verdict: what is done and what is not, and what to do next.
pub fn ended(verdict: &Verdict) -> (Tone, String) {
    match verdict {
        Verdict::Done => (Tone::Ok, "Done.".to_owned()),
        Verdict::Refused { why } => (Tone::Bad, format!("Refused, nothing was changed: {why}")),
        Verdict::Locked { target, holder } => {
            let remedy = holder.remedy(target);
            let text =
                format!("Locked, nothing was changed: {target} is held by {holder}. {remedy}");
            (Tone::Bad, text)
        }
        Verdict::LockLost { target, holder } => (Tone::Bad, lock_lost(target, holder.as_deref())),
        Verdict::Partly { done, failed, unknown } => (Tone::Bad, partly(done, failed, unknown)),
        Verdict::Failed { why, failed } if failed.is_empty() => {
            (Tone::Bad, format!("Failed: {why}"))
        }
        Verdict::Failed { why, failed } => {
            (Tone::Bad, format!("Failed on {}: {why}", names(failed)))
        }
        Verdict::Unknown { unknown } => {
            let on = names(unknown);
            (Tone::Unknown, format!("The outcome is UNKNOWN on {on}. {STATUS}"))
        }
        Verdict::Aborted { by } => (Tone::Bad, format!("Aborted by {by}. {STATUS}")),
    }
}

const STATUS: &str = "Run `flipside status` to see the current state.";

/// `Partially completed: done on web1, failed on web2. Run the same command again to finish.`
fn partly(done: &[Target], failed: &[Target], unknown: &[Target]) -> String {
    let parts: Vec<String> = [("done", done), ("failed", failed), ("UNKNOWN", unknown)]
        .into_iter()
        .filter(|(_, targets)| !targets.is_empty())
        .map(|(word, targets)| format!("{word} on {}", names(targets)))
        .collect();
    let how = if done.is_empty() { "Not completed" } else { "Partially completed" };
    format!("{how}: {}. Run the same command again to finish.", parts.join(", "))
}

/// Returns the text about a run that ended because its lock was taken from it.
pub fn lock_lost(target: &Target, holder: Option<&HeldLock>) -> String {
    let now = match holder {
        Some(holder) => format!("it is now held by {holder}"),
        None => "the lock is gone".to_owned(),
    };
    format!(
        "This run lost its lock on {target}: {now}. It changed nothing more on any host. {STATUS}"
    )
}

fn names(targets: &[Target]) -> String {
    targets.iter().map(Target::name).collect::<Vec<_>>().join(", ")
}
