//! `flipside unlock`: removes a lock whose run cannot give it back any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::args::{Place, Sure};
use super::asking::Terminal;
use super::{Wrong, asking, errand, out, place, wire};
use crate::domain::event::{Event, What};
use crate::domain::lock::LockId;
use crate::domain::names::RunId;
use crate::domain::observation::Observed;
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::target::Target;
use crate::engine::{Attendance, EngineHandle};
use crate::headless::EventTexts;
use crate::headless::exit::Exit;

/// Looks which locks there are, and removes these and no newer ones; with `run`, only that run's.
pub async fn remove(
    place: &Place,
    reason: String,
    run: Option<RunId>,
    sure: &Sure,
) -> Result<Exit, Wrong> {
    if reason.trim().is_empty() {
        return Err(Wrong::Usage("--reason is empty: say why the lock is removed".to_owned()));
    }
    let here = place::here(place)?;
    asking::make_sure(place, &here.environment, Phase::Repair, sure)?;
    let targets = errand::targets(&here, place);
    let (engine, mut handle) = wire::engine(&here, Arc::new(Terminal), Attendance::Unattended);
    let (app, stack, by) = (here.app.clone(), here.stack.clone(), here.operator.clone());
    let _ = handle.orders.send(Order::Focus { app: app.clone(), stack: stack.clone() });
    let observations = looked(&mut handle, &targets).await;
    let (locks, mut exit) = meant(&observations, run.as_ref());
    let wanted = locks.len();
    let _ = handle.orders.send(Order::Unlock { app, stack, locks, reason, by });
    if !removed(&mut handle, wanted).await {
        exit = Exit::Failed;
    }
    let _ = handle.orders.send(Order::Quit);
    // Every connection is closed before we go.
    let _ = engine.task.await;
    Ok(exit)
}

async fn looked(handle: &mut EngineHandle, targets: &[Target]) -> BTreeMap<Target, Observed> {
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

/// The locks to remove, with a line about each host that has none, or another.
fn meant(
    observations: &BTreeMap<Target, Observed>,
    run: Option<&RunId>,
) -> (Vec<(Target, LockId)>, Exit) {
    let (mut locks, mut exit) = (Vec::new(), Exit::Done);
    for (target, observed) in observations {
        let Some(seen) = observed.current() else {
            let why = observed.why_failed().unwrap_or_default();
            let _ = out::line(format!("? {target}: not known whether it is locked: {why}"));
            exit = Exit::Unknown;
            continue;
        };
        match &seen.lock {
            None => {
                let _ = out::line(format!("  {target}: not locked"));
            }
            Some(held) if run.is_some_and(|run| !held.is_of(run)) => {
                let _ = out::line(format!("⊘ {target}: another lock, which stays: {held}"));
                exit = Exit::Failed;
            }
            Some(held) => locks.push((target.clone(), held.id())),
        }
    }
    (locks, exit)
}

/// Waits until `wanted` locks are removed. `false`: one is still there.
async fn removed(handle: &mut EngineHandle, wanted: usize) -> bool {
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
