//! An order to an engine that is there for nothing else.

use std::sync::Arc;

use super::args::Place;
use super::asking::Terminal;
use super::place::{self, Here};
use super::wire;
use crate::domain::event::Event;
use crate::domain::order::Order;
use crate::domain::target::Target;
use crate::engine::Attendance;

/// The targets that are meant.
pub fn targets(here: &Here, place: &Place) -> Vec<Target> {
    let selection = place::selection(place);
    let app = here.environment.apps.get(&here.app);
    let members = app.map(|app| app.stack(&here.stack)).unwrap_or_default();
    let targets = members.into_iter().map(|member| member.target.clone());
    targets.filter(|target| selection.takes(target)).collect()
}

/// Gives the order, and hears events until so many of them were what it was given for.
pub async fn run(here: &Here, order: Order, wanted: usize, mut is: impl FnMut(Event) -> bool) {
    let (engine, mut handle) = wire::engine(here, Arc::new(Terminal), Attendance::Unattended);
    let _ = handle.orders.send(order);
    let mut heard = 0;
    while heard < wanted {
        let Some(event) = handle.readers.events.recv().await else { break };
        heard += usize::from(is(event));
    }
    let _ = handle.orders.send(Order::Quit);
    // Every connection is closed before we go.
    let _ = engine.task.await;
}
