//! `flipside unlock`: takes a lock away whose run cannot give it back any more.

use std::sync::Arc;

use super::Wrong;
use super::args::{Place, Sure};
use super::asking::{self, Terminal};
use super::{place, wire};
use crate::domain::event::What;
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::target::Target;
use crate::engine::Attendance;
use crate::headless::Teller;
use crate::headless::exit::Exit;

pub async fn remove(place: &Place, reason: String, sure: &Sure) -> Result<Exit, Wrong> {
    let here = place::here(place)?;
    asking::make_sure(&here.environment, Phase::Repair, sure)?;
    let selection = place::selection(place);
    let members =
        here.environment.apps.get(&here.app).map(|app| app.stack(&here.stack)).unwrap_or_default();
    let targets: Vec<Target> = members
        .iter()
        .map(|member| member.target.clone())
        .filter(|target| selection.takes(target))
        .collect();
    let mut left = targets.len();
    let (engine, mut handle) = wire::engine(&here, Arc::new(Terminal), Attendance::Unattended);
    let (app, stack, by) = (here.app.clone(), here.stack.clone(), here.operator.clone());
    let _ = handle.orders.send(Order::Unlock { app, stack, targets, reason, by });
    let mut exit = Exit::Done;
    let mut teller = Teller::default();
    while left > 0 {
        let Some(event) = handle.readers.events.recv().await else { break };
        match &event.what {
            What::LockReleased { .. } => left -= 1,
            What::LockLeft { .. } => {
                left -= 1;
                exit = Exit::Failed;
            }
            _ => {}
        }
        if let Some(line) = teller.line(&event) {
            println!("{line}");
        }
    }
    let _ = handle.orders.send(Order::Quit);
    let _ = engine.task.await;
    Ok(exit)
}
