//! `flipside status`: one look at every host.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Utc;

use super::Wrong;
use super::args::{Output, Place};
use super::asking::Terminal;
use super::{out, past_runs, place, wire};
use crate::domain::event::{Event, What};
use crate::domain::history::RunSummary;
use crate::domain::observation::{Change, Observed};
use crate::domain::order::Order;
use crate::domain::target::Target;
use crate::domain::unfinished::unfinished;
use crate::engine::Attendance;
use crate::headless::exit::Exit;
use crate::headless::status;

pub async fn show(place: &Place) -> Result<Exit, Wrong> {
    let here = place::here(place)?;
    let selection = place::selection(place);
    let members =
        here.environment.apps.get(&here.app).map(|app| app.stack(&here.stack)).unwrap_or_default();
    let wanted = members.iter().filter(|member| selection.takes(&member.target)).count();
    let (engine, mut handle) = wire::engine(&here, Arc::new(Terminal), Attendance::Unattended);
    let focus = Order::Focus { app: here.app.clone(), stack: here.stack.clone() };
    let _ = handle.orders.send(focus);
    let mut observations: BTreeMap<Target, Observed> = BTreeMap::new();
    while observations.len() < wanted {
        let Some(Event { what, .. }) = handle.readers.events.recv().await else { break };
        if let What::Observed { target, observed } = what
            && selection.takes(&target)
        {
            observations.insert(target, observed);
        }
    }
    let _ = handle.orders.send(Order::Quit);
    let _ = engine.task.await;
    let observations: Vec<(Target, Observed)> = observations.into_iter().collect();
    let seen = observations.iter().filter_map(|(_, observed)| observed.current());
    let unfinished = unfinished(&seen);
    let last = past_runs::last(&here.journals, &here.environment.name, &here.app);
    let last = last.filter(|last| !is_overtaken(last, &observations));
    match place.output {
        Output::Text => {
            out::text(status::table(&observations, Utc::now()))?;
            let heeded = here.environment.after_rollback.is_frozen();
            out::text(status::frozen(&observations).filter(|_| heeded).unwrap_or_default())?;
            out::text(unfinished.as_ref().map(status::unfinished).unwrap_or_default())?;
            let ended = last
                .as_ref()
                .and_then(|last| status::last_run(last, unfinished.as_ref(), &observations));
            out::text(ended.unwrap_or_default())?;
        }
        Output::Json => {
            for (target, observed) in &observations {
                let row = serde_json::json!({ "target": target, "observed": observed });
                out::json(&row)?;
            }
            for row in status::left_undone(unfinished.as_ref(), last.as_ref()) {
                out::json(&row)?;
            }
        }
        Output::Sh | Output::Yaml => {
            return Err(Wrong::Usage("status is told as text or as JSON".to_owned()));
        }
    }
    Ok(if observations.iter().all(|(_, observed)| observed.current().is_some()) {
        Exit::Done
    } else {
        Exit::Unknown
    })
}

/// Has somebody changed what users are on since that run?
fn is_overtaken(last: &RunSummary, observations: &[(Target, Observed)]) -> bool {
    let Some(end) = last.last else { return false };
    let changes = observations.iter().filter_map(|(_, observed)| observed.latest()?.change());
    let own = |change: &Change| {
        last.intent.as_ref().is_some_and(|intent| change.run.as_ref() == Some(&intent.run))
    };
    changes.filter(|change| !own(change)).any(|change| change.at > end)
}
