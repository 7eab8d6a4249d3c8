//! `flipside status`: one look at every host.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Utc;

use super::Wrong;
use super::args::{Output, Place};
use super::asking::Terminal;
use super::{out, place, wire};
use crate::domain::event::{Event, What};
use crate::domain::observation::Sight;
use crate::domain::order::Order;
use crate::domain::target::Target;
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
    let mut sights: BTreeMap<Target, Sight> = BTreeMap::new();
    while sights.len() < wanted {
        let Some(Event { what, .. }) = handle.readers.events.recv().await else { break };
        if let What::Observed { target, sight } = what
            && selection.takes(&target)
        {
            sights.insert(target, sight);
        }
    }
    let _ = handle.orders.send(Order::Quit);
    let _ = engine.task.await;
    let sights: Vec<(Target, Sight)> = sights.into_iter().collect();
    match place.output {
        Output::Text => {
            out::text(status::table(&sights, Utc::now()))?;
            let heeded = here.environment.after_roll_back.is_frozen();
            out::text(status::frozen(&sights).filter(|_| heeded).unwrap_or_default())?;
        }
        Output::Json => {
            for (target, sight) in &sights {
                let row = serde_json::json!({ "target": target, "sight": sight });
                out::json(&row)?;
            }
        }
        Output::Sh | Output::Yaml => {
            return Err(Wrong::Usage("status is told as text or as JSON".to_owned()));
        }
    }
    Ok(if sights.iter().all(|(_, sight)| sight.seen().is_some()) {
        Exit::Done
    } else {
        Exit::Unknown
    })
}
