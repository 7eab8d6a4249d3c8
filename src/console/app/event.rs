//! What happened, as the engine tells it.

use chrono::{DateTime, Utc};

use super::msg::Effect;
use super::orders;
use super::setup::HostEntry;
use super::state::State;
use super::verdict::verdict_text;
use crate::base::text::sentences;
use crate::console::actions::ActionId;
use crate::console::dialog::Dialog;
use crate::console::fleet;
use crate::console::history::highlights;
use crate::console::leave;
use crate::console::output;
use crate::console::output::follow_log;
use crate::console::plan::PlanCard;
use crate::console::screen::glyphs::Mark;
use crate::console::sign_off;
use crate::domain::event::{Event, StepMark, Verdict, What};
use crate::domain::event_text::{journal_lost, output_cut};
use crate::domain::outcome::Outcome;
use crate::domain::phase::Phase;
use crate::domain::plan;
use crate::domain::target::Target;

pub fn event(state: &mut State, event: &Event) -> Vec<Effect> {
    state.run.deploy.apply(event);
    highlights::hear(state, event);
    state.run.phase_bar.hear(&event.what);
    match &event.what {
        What::RunStarted { intent, .. } => {
            orders::begun(state, &intent.run);
            state.run.unfinished_shown = true;
            // The engine stops what it follows when a run begins.
            state.output.followed = None;
            // The person who started it has read the earlier messages; `!` still lists them.
            state.messages.read_all();
            state.say(Mark::Work, format!("{} has begun", intent.phase.title()));
        }
        What::StepStarted { target, step, .. } => {
            // Only now is it another story: a run that is refused changes nothing.
            if let Some(phase) = state.running().map(|intent| intent.phase) {
                state.run.phase_bar.begin(phase);
            }
            note_switch(state, target, step, event.at);
            let mut effects = follow_log::makes_room(state, target);
            effects.extend(leave::update::steps_ended(state));
            return effects;
        }
        What::StepEnded { target, step, outcome, took, .. } => {
            note_switch(state, target, step, event.at);
            if outcome.is_done() && step.effect == plan::Effect::Switches {
                state.run.switch_took.insert(target.clone(), *took);
            }
            let mut effects = step_ended(state, target, step, outcome);
            effects.extend(leave::update::steps_ended(state));
            return effects;
        }
        What::Output(line) => output::update::line(state, line.clone()),
        What::Asked { .. } => {
            if state.dialogs.is_empty() {
                sign_off::open(state);
            }
            return state.call("the run waits for a sign-off");
        }
        What::Answered { .. } => {
            state.dialogs.retain(|open| !matches!(open.dialog, Dialog::SignOff(_)));
        }
        What::Refused { refusal } => {
            let intent = state.running().filter(|_| state.dialogs.is_empty()).cloned();
            if let Some(intent) = intent {
                let card = PlanCard::refused(intent, refusal.clone());
                state.open(Dialog::Plan(Box::new(card)));
            }
        }
        What::RunEnded { verdict } => return run_ended(state, verdict),
        What::Paused { by } => {
            let key = state.key_word(ActionId::Pause);
            state.say(Mark::Warn, format!("paused by {by}: {key} resumes"));
        }
        What::WorkerDied { .. } => {
            report(state, &event.what);
            return state.call("part of the engine failed");
        }
        What::Observed { .. } => say_unfinished(state),
        other => report(state, other),
    }
    leave::update::steps_ended(state)
}

/// Reports an incomplete phase of an earlier run, once every host has been observed or has failed to answer.
fn say_unfinished(state: &mut State) {
    let asked = |member: &HostEntry| state.run.deploy.observations.contains_key(&member.target);
    if state.run.unfinished_shown || !state.fleet.members.iter().all(asked) {
        return;
    }
    state.run.unfinished_shown = true;
    let Some(found) = state.unfinished() else { return };
    let who = found.who().unwrap_or_default();
    state.say(Mark::Warn, sentences([found.what().as_str(), &who, &found.remedy()]));
}

fn note_switch(state: &mut State, target: &Target, step: &StepMark, at: DateTime<Utc>) {
    if step.effect == plan::Effect::Switches {
        state.run.switched_at.insert(target.clone(), at);
    }
}

/// A failure brings its host to the front; its output goes to the first failing line by itself.
fn step_ended(
    state: &mut State,
    target: &Target,
    step: &StepMark,
    outcome: &Outcome,
) -> Vec<Effect> {
    let Some(why) = outcome.why() else { return Vec::new() };
    let mark = match outcome {
        Outcome::Unknown { .. } => Mark::Unknown,
        _ => Mark::Bad,
    };
    let already_stuck = state.stuck().any(|(stuck, _)| stuck != target);
    // The first one keeps the place, and so does an output that a person reads.
    if state.place_of(target).is_some() && !already_stuck && fleet::update::has_keys(state) {
        state.fleet.chosen = Some(target.clone());
    }
    let word = outcome.word().to_uppercase();
    let words = format!("{target}: {} {word}: {why}", step.title);
    state.say(mark, words.clone());
    state.call(words)
}

fn run_ended(state: &mut State, verdict: &Verdict) -> Vec<Effect> {
    let deploy = state.run.deploy.clone();
    state.run.phase_bar.end(&deploy);
    state.dialogs.retain(|open| !is_of_the_run(&open.dialog));
    let phase = deploy.intent.as_ref().map(|intent| intent.phase);
    // What was meant was perhaps found out only by looking.
    let planned = deploy.plan.as_ref().map(|plan| &plan.intent);
    let subject = planned.or(deploy.intent.as_ref()).map(plan::Intent::subject).unwrap_or_default();
    let (mark, words) = verdict_text(verdict);
    let mut words = format!("{}{subject}: {words}", phase.map_or("the run", Phase::title));
    if matches!(verdict, Verdict::Locked { .. }) {
        let key = state.key_word(ActionId::Unlock);
        words = format!("{words}. If that run cannot end: {key} removes its lock, with a reason");
    }
    state.say(mark, words.clone());
    if phase.is_some_and(|phase| leave::update::run_ended(state, phase, verdict)) {
        return vec![Effect::Quit];
    }
    state.call(words)
}

/// Such a card has nothing left to be about.
fn is_of_the_run(dialog: &Dialog) -> bool {
    use crate::console::rollback::RollbackMethod;
    match dialog {
        Dialog::SignOff(_) | Dialog::Ask(_) | Dialog::Quit { .. } | Dialog::LeaveNow => true,
        Dialog::Rollback(card) => matches!(card.method, RollbackMethod::RevertAll { .. }),
        _ => false,
    }
}

/// Shows events that need only a message.
fn report(state: &mut State, what: &What) {
    let (mark, text) = match what {
        What::LockHeld { target, holder } => (Mark::Bad, format!("{target} is locked by {holder}")),
        What::LockLeft { target, why } => {
            (Mark::Warn, format!("the lock on {target} could not be released: {why}"))
        }
        What::Resumed { by } => (Mark::Work, format!("{by} resumed the run")),
        What::AbortAsked { by } => (Mark::Warn, format!("{by} ends the run")),
        What::ConnectionLost { target, why } => {
            (Mark::Unknown, format!("{target}: connection lost: {why}"))
        }
        What::ConnectionBack { target } => (Mark::Ok, format!("{target} can be reached again")),
        What::WorkerDied { target, why } => {
            let place = target.as_ref().map_or("the engine", Target::name);
            (Mark::Unknown, format!("{place}: part of the engine failed: {why}"))
        }
        What::HookEnded { hook: what, outcome, .. } | What::Notified { to: what, outcome }
            if !outcome.is_done() =>
        {
            (Mark::Warn, format!("{what}: {outcome}"))
        }
        What::OutputCut { target, lines, bytes } => {
            (Mark::Warn, format!("{target}: {}", output_cut(*lines, *bytes)))
        }
        What::JournalLost { why } => (Mark::Bad, journal_lost(why)),
        What::Note { text } => (Mark::Ok, text.clone()),
        _ => return,
    };
    state.say(mark, text);
}
