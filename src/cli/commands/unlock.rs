//! `flipside unlock`: removes the locks of a run that can no longer release them.

use std::collections::BTreeMap;

use crate::cli::args::{ConfirmArgs, ScopeArgs};
use crate::cli::{CliError, confirm, engine, out, scope};
use crate::domain::event::{Event, What};
use crate::domain::lock::LockId;
use crate::domain::names::RunId;
use crate::domain::observation::Observed;
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::target::Target;
use crate::engine::EngineHandle;
use crate::headless::EventTexts;
use crate::headless::exit::Exit;

/// Observes which locks exist, then removes exactly these: a newer lock stays. With `run`, only that run's.
pub async fn remove(
    args: &ScopeArgs,
    reason: String,
    run: Option<RunId>,
    confirm: &ConfirmArgs,
) -> Result<Exit, CliError> {
    if reason.trim().is_empty() {
        return Err(CliError::Usage("--reason is empty. Say why the lock is removed.".to_owned()));
    }
    let scope = scope::resolve(args)?;
    confirm::check(args, &scope.environment, Phase::Repair, confirm)?;
    let targets = scope.targets(args);
    let (engine, mut handle) = engine::unattended(&scope);
    let (app, stack, by) = (scope.app.clone(), scope.stack.clone(), scope.operator.clone());
    let _ = handle.orders.send(Order::Focus { app: app.clone(), stack: stack.clone() });
    let observations = observe(&mut handle, &targets).await;
    let (locks, mut exit) = select(&observations, run.as_ref());
    let wanted = locks.len();
    let _ = handle.orders.send(Order::Unlock { app, stack, locks, reason, by });
    if !all_removed(&mut handle, wanted).await {
        exit = Exit::Failed;
    }
    engine::quit(engine, &handle).await;
    Ok(exit)
}

async fn observe(handle: &mut EngineHandle, targets: &[Target]) -> BTreeMap<Target, Observed> {
    let mut observations = BTreeMap::new();
    while observations.len() < targets.len() {
        let Some(Event { what, .. }) = handle.readers.events.recv().await else { break };
        if let What::Observed { target, observed } = what
            && targets.contains(&target)
        {
            observations.insert(target, observed);
        }
    }
    observations
}

/// Returns the locks to remove, and prints a line for each host where there is none to remove.
fn select(
    observations: &BTreeMap<Target, Observed>,
    run: Option<&RunId>,
) -> (Vec<(Target, LockId)>, Exit) {
    let (mut locks, mut exit) = (Vec::new(), Exit::Done);
    for (target, observed) in observations {
        let Some(seen) = observed.current() else {
            let why = observed.why_failed().unwrap_or_default();
            let _ = out::line(format!("? {target}: unknown whether it is locked: {why}"));
            exit = Exit::Unknown;
            continue;
        };
        match &seen.lock {
            None => {
                let _ = out::line(format!("  {target}: not locked"));
            }
            Some(held) if run.is_some_and(|run| !held.is_of(run)) => {
                let _ =
                    out::line(format!("⊘ {target}: locked by another run, left unchanged: {held}"));
                exit = Exit::Failed;
            }
            Some(held) => locks.push((target.clone(), held.id())),
        }
    }
    (locks, exit)
}

/// Waits for the result of `wanted` removals. Returns whether all of them succeeded.
async fn all_removed(handle: &mut EngineHandle, wanted: usize) -> bool {
    let (mut ended, mut all) = (0, true);
    let mut texts = EventTexts::default();
    while ended < wanted {
        let Some(event) = handle.readers.events.recv().await else { return false };
        let left = matches!(event.what, What::LockLeft { .. });
        let released = matches!(event.what, What::LockReleased { .. });
        if (left || released || matches!(event.what, What::Note { .. }))
            && let Some(line) = texts.line(&event)
        {
            let _ = out::line(line);
        }
        ended += usize::from(left || released);
        all &= !left;
    }
    all
}
