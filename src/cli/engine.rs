//! Starts engines for commands.

use std::sync::Arc;

use chrono::Utc;

use super::scope::CommandScope;
use super::terminal::TerminalPrompter;
use crate::domain::event::Event;
use crate::domain::order::Order;
use crate::engine::{Attendance, Engine, EngineConfig, EngineHandle};
use crate::transport::Prompter;
use crate::transport::http::Http;
use crate::transport::sources::{Catalog, Sources};
use crate::transport::ssh::Ssh;

/// Starts an engine for a text command, whose prompts go to the terminal.
pub fn unattended(scope: &CommandScope) -> (Engine, EngineHandle) {
    start(scope, Arc::new(TerminalPrompter), Attendance::Unattended)
}

/// Starts an engine that asks real sources of releases.
pub fn start(
    scope: &CommandScope,
    prompter: Arc<dyn Prompter>,
    attendance: Attendance,
) -> (Engine, EngineHandle) {
    start_with(scope, prompter, attendance, Arc::new(Sources::new()))
}

pub fn start_with(
    scope: &CommandScope,
    prompter: Arc<dyn Prompter>,
    attendance: Attendance,
    catalog: Arc<dyn Catalog>,
) -> (Engine, EngineHandle) {
    let environment = scope.environment.clone();
    let hosts = environment.hosts.values().cloned().collect();
    Engine::start(EngineConfig {
        environment,
        shell: Arc::new(Ssh::new(hosts, prompter)),
        web: Arc::new(Http::new()),
        catalog,
        clock: Arc::new(Utc::now),
        journals: scope.journals.clone(),
        inventory: scope.found.path.display().to_string(),
        attendance,
    })
}

/// Sends one order to an engine of its own, passes its events to `take`, and ends the engine once `take` returned
/// true for `wanted` of them.
pub async fn run_order(
    scope: &CommandScope,
    order: Order,
    wanted: usize,
    mut take: impl FnMut(Event) -> bool,
) {
    let (engine, mut handle) = unattended(scope);
    let _ = handle.orders.send(order);
    let mut taken = 0;
    while taken < wanted {
        let Some(event) = handle.readers.events.recv().await else { break };
        taken += usize::from(take(event));
    }
    quit(engine, &handle).await;
}

/// Ends an engine and waits until it has released its locks and closed its connections.
pub async fn quit(engine: Engine, handle: &EngineHandle) {
    let _ = handle.orders.send(Order::Quit);
    let _ = engine.task.await;
}
