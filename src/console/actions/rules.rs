//! Whether an action is possible now, and why not.

use super::id::{ActionId, Reason};
use crate::console::app::run_state::Leaving;
use crate::console::app::state::{Engine, State};
use crate::domain::deploy::Doing;
use crate::domain::phase::Phase;

fn no(reason: impl Into<String>) -> Result<(), Reason> {
    Err(Reason(reason.into()))
}

#[expect(clippy::unnecessary_wraps, reason = "it has the shape of every other rule")]
pub fn always(_: &State) -> Result<(), Reason> {
    Ok(())
}

fn heard(state: &State) -> Result<(), Reason> {
    match state.engine {
        Engine::There => {}
        Engine::Gone => return no("the engine has stopped"),
        Engine::Never => return no("this is a replay"),
    }
    if state.run.pending_rollback.is_some() {
        return no("the rollback is about to start");
    }
    if state.run.leaving == Leaving::WhenEnded {
        return no("the console is closing");
    }
    Ok(())
}

fn writable(state: &State) -> Result<(), Reason> {
    heard(state)?;
    match state.access.why_not(&state.setup.environment.name) {
        Some(why) => no(why),
        None => Ok(()),
    }
}

fn no_run(state: &State) -> Result<(), Reason> {
    match state.running() {
        Some(intent) => {
            let (phase, key) = (intent.phase.title(), state.key_word(ActionId::Abort));
            no(format!("{phase} is running: {key} ends it"))
        }
        None => Ok(()),
    }
}

/// Only what the console itself knows for sure forbids a phase here. Whether the servers allow it
/// is asked of the servers: the card shows their answer.
pub fn can_start(state: &State) -> Result<(), Reason> {
    writable(state)?;
    no_run(state)
}

/// A freeze is as old as the last observation, which is made every few seconds.
pub fn can_go_live(state: &State) -> Result<(), Reason> {
    can_start(state)?;
    match state.freeze() {
        Some(freeze) => no(format!("go-live is FROZEN {freeze}; :unfreeze REASON lifts it")),
        None => Ok(()),
    }
}

/// Verifying changes nothing that runs, so a read-only environment lets it pass.
pub fn can_verify(state: &State) -> Result<(), Reason> {
    heard(state)?;
    if state.run.deploy.question.is_some() { Ok(()) } else { no_run(state) }
}

/// To a release that a person names: it needs no record of where users came from.
pub fn can_roll_back_to(state: &State) -> Result<(), Reason> {
    writable(state)?;
    no_run(state)
}

pub fn can_roll_back(state: &State) -> Result<(), Reason> {
    writable(state)?;
    let Some(intent) = state.running() else {
        return match state.why_no_rollback() {
            Some(why) => no(state.in_keys(&why)),
            None => Ok(()),
        };
    };
    match intent.phase {
        Phase::Rollback => no("a rollback is already running"),
        phase if phase.switches_traffic() || state.stuck().next().is_some() => Ok(()),
        phase => {
            let (phase, key) = (phase.title(), state.key_word(ActionId::Abort));
            no(format!("{phase} does not change what users reach: {key} ends it"))
        }
    }
}

pub fn needs_lock(state: &State) -> Result<(), Reason> {
    can_start(state)?;
    if state.locks().is_empty() { no("no lock was observed") } else { Ok(()) }
}

pub fn needs_run(state: &State) -> Result<(), Reason> {
    if state.running().is_some() { Ok(()) } else { no("no run is in progress") }
}

pub fn needs_stuck(state: &State) -> Result<(), Reason> {
    match state.chosen_target() {
        Some(target) if state.is_stuck(target) => Ok(()),
        Some(target) => no(format!("{target} has no failed or unknown step")),
        None => no("no host is chosen"),
    }
}

pub fn can_revert(state: &State) -> Result<(), Reason> {
    needs_stuck(state)?;
    writable(state)
}

/// The lines of a step come first: a log beside them would hide them.
pub fn can_tail(state: &State) -> Result<(), Reason> {
    let Some(host) = state.chosen_host() else { return no("no host is chosen") };
    match host.progress {
        Some(progress) if state.running().is_some() && progress.doing == Doing::Working => {
            no("a step is running there and prints its own output")
        }
        _ => Ok(()),
    }
}

/// A run can be narrowed to any target by its name.
pub fn can_mark(state: &State) -> Result<(), Reason> {
    state.chosen_target().map_or_else(|| no("no host is chosen"), |_| Ok(()))
}

pub fn can_visit(state: &State) -> Result<(), Reason> {
    match state.chosen_target() {
        Some(target) if target.host().is_some() => Ok(()),
        Some(target) => no(format!("{target} is not a server")),
        None => no("no host is chosen"),
    }
}

/// The run lives in this console.
pub fn can_go(state: &State) -> Result<(), Reason> {
    if state.setup.scopes.len() < 2 {
        return no("the inventory has no other environment");
    }
    no_run(state)
}

pub fn can_suspend(state: &State) -> Result<(), Reason> {
    if state.running().is_some() {
        return no("a run is in progress and would stop half-way with the console");
    }
    Ok(())
}
