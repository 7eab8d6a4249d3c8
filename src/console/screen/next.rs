//! The line NEXT: what happens without a key, what is held and why, and the key of the rollback.

use super::paint;
use crate::console::actions::{ActionId, find_action};
use crate::console::app::run_state::Leaving;
use crate::console::app::state::State;
use crate::console::dialog::Dialog;
use crate::console::fleet::{Letters, RollbackReadiness, named};
use crate::domain::event::Verdict;
use crate::domain::phase::Phase;
use crate::domain::plan::{Pause, Plan, Selection};
use crate::domain::unfinished::Unfinished;

pub fn words(state: &State) -> String {
    if let Some(Dialog::Rollback(card)) = state.dialogs.last().map(|open| &open.dialog)
        && let Some(left) = card.left(state.now.running)
    {
        return format!("the rollback starts automatically in {left} s; Esc stops it");
    }
    if state.run.leaving == Leaving::AfterSteps {
        let key = state.key_word(ActionId::Pause);
        return format!(
            "the running steps end, then the run, then the console closes; {key} cancels that"
        );
    }
    if state.run.leaving == Leaving::WhenEnded {
        return "the run is being ended; then the console closes".to_owned();
    }
    if state.run.pending_rollback.is_some() {
        return "the run is being ended; then users are rolled back".to_owned();
    }
    if state.running().is_none() {
        return idle(state);
    }
    if state.run.deploy.question.is_some() {
        let key = state.key_word(ActionId::Verify);
        return format!("HELD: the run waits for a sign-off; {key} opens it");
    }
    if state.run.deploy.paused {
        let key = state.key_word(ActionId::Pause);
        return format!("HELD: paused, no further step starts; {key} resumes");
    }
    match state.stuck().count() {
        0 => at_work(state),
        many => held(state, many),
    }
}

fn held(state: &State, stuck: usize) -> String {
    let waiting = state.fleet.counted(stuck);
    let wait = if stuck == 1 { "waits" } else { "wait" };
    let goes_on = state.running().is_some_and(|intent| intent.policy.goes_on_after(stuck));
    let others = if goes_on { "the others continue" } else { "no other one starts" };
    format!("HELD: {waiting} {wait} for you, {others}")
}

fn idle(state: &State) -> String {
    if state.fleet.members.is_empty() {
        return "nothing: no server of this environment carries the app".to_owned();
    }
    let unfinished = state.unfinished();
    // Nobody is led forward to a release that is being left.
    if let Some(found) = unfinished.as_ref().filter(|found| found.phase == Phase::Rollback) {
        return left_undone(state, found);
    }
    if let Some(mixed) = state.mixed() {
        return mixed;
    }
    let moved = unfinished.as_ref().filter(|found| found.phase != Phase::Prepare);
    if let Some(found) = moved {
        return left_undone(state, found);
    }
    if let Some(last) = state.run.phase_bar.last().filter(|last| last.verdict != Verdict::Done) {
        let word = if last.reverted { "failed, and was reverted" } else { last.verdict.word() };
        let (phase, word) = (last.phase.title(), format!("ended {word}"));
        let onward = if last.reverted { "starts again" } else { "continues" };
        let again =
            key_of(state, last.phase).map_or(String::new(), |key| format!(", {key} {onward}"));
        return format!("waiting for you: {phase} {word}{again}");
    }
    if let Some(freeze) = state.freeze() {
        // What to do first: the rest of the line may not be seen.
        let at = freeze.at.map(|at| format!(" at {}", paint::when(at, state.now.at)));
        let (by, at, why) = (&freeze.by, at.unwrap_or_default(), freeze.why());
        return format!("go-live is FROZEN, :unfreeze lifts it; {by}{at}: {why}");
    }
    if let Some(found) = &unfinished {
        return left_undone(state, found);
    }
    if let Selection::Only(marked) = state.selection() {
        let (some, all) = (marked.len(), state.fleet.members.len());
        return format!("waiting for you: upper-case keys act on the {some} marked of {all}");
    }
    if state.is_anything_known() {
        offered(state)
    } else {
        "observing the servers; this changes nothing".to_owned()
    }
}

/// The keys come first: the rest of the line may not be seen.
fn left_undone(state: &State, found: &Unfinished) -> String {
    let (phase, tag) = (found.phase.title(), &found.tag);
    let of = if found.phase == Phase::Rollback { "from" } else { "of" };
    let frozen = state.freeze().is_some() && found.phase == Phase::GoLive;
    let onward = key_of(state, found.phase).filter(|_| !frozen);
    let back = match found.phase {
        Phase::Prepare => Some((ActionId::Abandon, "discards it")),
        Phase::GoLive => Some((ActionId::Rollback, "sends users back")),
        _ => None,
    };
    let back = back.filter(|(id, _)| may(state, *id));
    let mut ways: Vec<String> = onward.map(|key| format!("{key} continues")).into_iter().collect();
    ways.extend(back.map(|(id, words)| format!("{} {words}", state.key_word(id))));
    let ways = if ways.is_empty() { String::new() } else { format!(" ({})", ways.join(", ")) };
    format!("{phase} {of} {tag} is NOT COMPLETE{ways}: {}", found.left())
}

fn may(state: &State, id: ActionId) -> bool {
    find_action(id).is_some_and(|action| action.possible(state).is_ok())
}

/// Returns the keys that continue from here and are possible now.
fn offered(state: &State) -> String {
    let ways = match state.rollback_readiness() {
        RollbackReadiness::Prepared(tag) if state.is_signed_off(&tag) => {
            vec![(ActionId::GoLive, format!("sends users to {tag}"))]
        }
        RollbackReadiness::Prepared(tag) => vec![
            (ActionId::Verify, format!("checks {tag}")),
            (ActionId::GoLive, "sends users to it".to_owned()),
        ],
        RollbackReadiness::Left { tag, .. } => vec![(ActionId::Abandon, format!("discards {tag}"))],
        // Finish would make a rollback cold, so it is not suggested.
        RollbackReadiness::Open { .. } => Vec::new(),
        RollbackReadiness::Nowhere
        | RollbackReadiness::NoRecord { .. }
        | RollbackReadiness::Unproven { .. }
        | RollbackReadiness::Cold(_)
        | RollbackReadiness::NotKnown => {
            if state.fleet.can.passive_side {
                vec![(ActionId::Prepare, "prepares a release".to_owned())]
            } else {
                vec![(ActionId::GoLive, "sends users to a release".to_owned())]
            }
        }
    };
    let ways = ways.into_iter().filter(|(id, _)| may(state, *id));
    let ways: Vec<String> =
        ways.map(|(id, words)| format!("{} {words}", state.key_word(id))).collect();
    if ways.is_empty() {
        "waiting for you".to_owned()
    } else {
        format!("waiting for you: {}", ways.join(", "))
    }
}

/// Returns the key that starts the phase again, which skips what is already done.
fn key_of(state: &State, phase: Phase) -> Option<String> {
    let id = match phase {
        Phase::Prepare => ActionId::Prepare,
        Phase::Verify => ActionId::Verify,
        Phase::GoLive => ActionId::GoLive,
        Phase::Rollback => ActionId::Rollback,
        Phase::Abandon => ActionId::Abandon,
        Phase::Finish => ActionId::Finish,
        Phase::Repair | Phase::Setup | Phase::Unfreeze => return None,
    };
    may(state, id).then(|| state.key_word(id))
}

fn at_work(state: &State) -> String {
    let Some((number, of, name)) = &state.run.deploy.stage else {
        return "the run observes its servers, then plans".to_owned();
    };
    let then = state.run.deploy.plan.as_ref().and_then(|plan| following(plan, *number));
    let then = then.map_or("a final check".to_owned(), |next| format!("{next:?}"));
    let hold = match &state.run.deploy.pausing {
        Some(Pause::For(time)) => format!("waits {} before", paint::span(*time)),
        Some(Pause::UntilResumed) => {
            format!("HELD before the next: {} resumes;", state.key_word(ActionId::Pause))
        }
        None => "running:".to_owned(),
    };
    format!("{hold} stage {} of {of} {name:?}, then {then}", number + 1)
}

/// Returns the next stage with work.
fn following(plan: &Plan, stage: usize) -> Option<&str> {
    let next = plan.stages.iter().skip(stage + 1).find(|stage| stage.has_work())?;
    Some(&next.name)
}

/// Returns the right end of the line.
pub fn rollback_hint(state: &State) -> String {
    let blocked = find_action(ActionId::Rollback).and_then(|action| action.possible(state).err());
    let key = state.key_word(ActionId::Rollback);
    if state.running().is_some() {
        return match blocked {
            Some(_) => String::new(),
            None => format!("{key} rolls this run back "),
        };
    }
    let asks = format!("{key} roll back (asks the servers) ");
    match state.rollback_readiness() {
        RollbackReadiness::Left { back, of, .. } if back < of && blocked.is_none() => asks,
        RollbackReadiness::Unproven { .. } if blocked.is_none() => asks,
        RollbackReadiness::Open { color, release, ready, .. } if blocked.is_none() => {
            let to = named(&color, release.as_ref(), Letters::Long);
            format!("{key} ROLL BACK {} to {to} ", state.fleet.counted(ready))
        }
        _ => String::new(),
    }
}
