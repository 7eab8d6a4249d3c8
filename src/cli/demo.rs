//! `flipside demo`: the same console, engine and transport, on servers inside this process.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::Wrong;
use super::console::{self, Cards};
use super::place::{self, Here};
use super::wire;
use crate::demo::Fleet;
use crate::engine::Attendance;
use crate::headless::exit::Exit;
use crate::inventory::{By, Found};

pub async fn run(hosts: u8) -> Result<Exit, Wrong> {
    eprintln!("starting {hosts} servers inside this process …");
    let fleet =
        Fleet::start(u16::from(hosts)).await.map_err(|error| Wrong::Failed(error.to_string()))?;
    let here = here(&fleet)?;
    let (prompts, asked) = mpsc::unbounded_channel();
    let (engine, handle) = wire::engine(&here, Arc::new(Cards { prompts }), Attendance::Attended);
    let left = console::show(&here, handle, asked).await;
    let _ = engine.task.await;
    let left = left?;
    let figures = fleet.load();
    println!(
        "users sent {} requests meanwhile, {} of them went wrong",
        figures.total(),
        figures.bad()
    );
    Ok(left.verdict.as_ref().map_or(Exit::Done, Exit::from))
}

/// The fleet as a command would find it in an inventory.
pub fn here(fleet: &Fleet) -> Result<Here, Wrong> {
    let inventory = fleet.inventory().map_err(|error| Wrong::Failed(error.to_string()))?;
    let path = inventory.path.clone();
    let missing = || Wrong::Failed("the demo's own inventory is not whole".to_owned());
    let environment = inventory.environments.into_values().next().ok_or_else(missing)?;
    let app = environment.apps.values().next().ok_or_else(missing)?;
    let stack = app.stacks().first().copied().cloned().ok_or_else(missing)?;
    Ok(Here {
        app: app.name.clone(),
        stack,
        found: Found { path, by: By::Option },
        environment,
        operator: place::operator(),
        journals: fleet.root().join("journals"),
    })
}
