//! `flipside demo`: the same console, engine and transport, on servers inside this process.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::args::{Looks, Place};
use super::console::{self, Cards, Opening};
use super::place::{self, Here};
use super::theme::Chooser;
use super::wire;
use super::{Wrong, out};
use crate::console::actions::ACTIONS;
use crate::console::keys::Bindings;
use crate::demo::Fleet;
use crate::demo::catalog::Embedded;
use crate::demo::drive::Headless;
use crate::demo::story::{STORY, Told, play};
use crate::demo::tour::{Hint, Tour};
use crate::domain::event::Event;
use crate::engine::{Attendance, EngineHandle};
use crate::headless::exit::Exit;
use crate::inventory::{FoundBy, InventoryFile};

const STANDS_IN: &str = "demo: docker and nginx are stand-ins; SSH, HTTP and scripts are real";

async fn start(hosts: u8) -> Result<Fleet, Wrong> {
    out::note(format_args!("starting {hosts} servers inside this process …"));
    Fleet::start(u16::from(hosts)).await.map_err(|error| Wrong::Failed(error.to_string()))
}

/// With the console, and a tour for whoever is here for the first time.
pub async fn tour(place: &Place, hosts: u8, looks: Looks) -> Result<Exit, Wrong> {
    let mut chooser = Chooser::new(looks)?;
    console::fits_a_console()?;
    let fleet = start(hosts).await?;
    let here = here(&fleet)?;
    let setup = console::setup(&here, place, &chooser)?;
    let early = chooser.ask_terminal();
    let mut opening = Opening { chooser, early };
    let bindings = setup.keys.clone();
    let (prompts, asked) = mpsc::unbounded_channel();
    let (cards, registry) = (Arc::new(Cards { prompts }), Arc::new(Embedded::new(Utc::now())));
    let (engine, handle) = wire::engine_with(&here, cards, Attendance::Attended, registry);
    let (handle, heard) = overheard(handle);
    let (say, guide) = mpsc::unbounded_channel();
    let left = {
        let guiding = guide_through(&fleet, &bindings, heard, say);
        let showing = console::show(setup, &mut opening, handle, asked, guide);
        tokio::select! {
            left = showing => left,
            () = guiding => return Err(Wrong::Failed("the demo ended by itself".to_owned())),
        }
    };
    console::ended(engine).await;
    let left = left?;
    // The terminal may be gone with whoever was at it.
    let _ = out::line(users(&fleet));
    Ok(left.verdict.as_ref().map_or(Exit::Done, Exit::from))
}

/// The same handle, whose events somebody else hears too.
fn overheard(mut handle: EngineHandle) -> (EngineHandle, mpsc::UnboundedReceiver<Event>) {
    let (events, heard) = mpsc::unbounded_channel();
    let (pass_on, passed_on) = mpsc::unbounded_channel();
    let mut source = std::mem::replace(&mut handle.readers.events, passed_on);
    tokio::spawn(async move {
        while let Some(event) = source.recv().await {
            // The tour may be over; the console may be left. Neither holds up the other.
            let _ = events.send(event.clone());
            let _ = pass_on.send(event);
        }
    });
    (handle, heard)
}

/// Says what to try next, and how users fare. It does not end by itself.
async fn guide_through(
    fleet: &Fleet,
    bindings: &Bindings,
    mut heard: mpsc::UnboundedReceiver<Event>,
    say: mpsc::UnboundedSender<Vec<String>>,
) {
    let mut tour = Tour::default();
    let mut tick = interval(Duration::from_millis(500));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Some(event) = heard.recv() => tour.heard(&event),
            _ = tick.tick() => tour.users_saw(fleet.load().bad()),
        }
        let lines = vec![hint(tour.hint(), bindings), format!("{}  ·  {STANDS_IN}", users(fleet))];
        let _ = say.send(lines);
    }
}

/// The tour names the table's own keys; whoever has others is told theirs.
fn hint(hint: Hint, bindings: &Bindings) -> String {
    let action =
        ACTIONS.iter().find(|action| action.keys.first().is_some_and(|key| key.word() == hint.key));
    match action.map(|action| bindings.word(action.id)).filter(|own| own != hint.key) {
        Some(own) => format!("{} (Your key for {} is {own}.)", hint.words, hint.key),
        None => hint.words.to_owned(),
    }
}

fn users(fleet: &Fleet) -> String {
    let figures = fleet.load();
    format!("users: {} requests, {} went wrong", figures.total(), figures.bad())
}

/// The whole story without a screen. Done only if it went as told, and every request was answered.
pub async fn story(hosts: u8) -> Result<Exit, Wrong> {
    let fleet = start(hosts).await?;
    let driver =
        Headless::on(&fleet, out::page()).map_err(|error| Wrong::Failed(error.to_string()))?;
    play(&fleet, &driver, &STORY, &mut |told| {
        // A run that nobody reads is aborted; the story then ends as not told.
        let _ = out::line(words(&told));
    })
    .await
    .map_err(|not_as_told| Wrong::Failed(not_as_told.to_string()))?;
    out::line(users(&fleet))?;
    Ok(Exit::Done)
}

fn words(told: &Told) -> String {
    match told {
        Told::Act { number, of, words } => format!("\n== {number}/{of} {words}"),
        Told::Ended { phase, verdict } => format!("-- {}: {}", phase.title(), verdict.word()),
        Told::Users { answers, errors } => format!("-- users: {answers} answers, {errors} errors"),
        Told::Cut { host } => format!("-- {host} is cut off"),
        Told::Healed { host } => format!("-- {host} is back"),
    }
}

/// The fleet as a command would find it in an inventory.
fn here(fleet: &Fleet) -> Result<Here, Wrong> {
    let inventory = fleet.inventory().map_err(|error| Wrong::Failed(error.to_string()))?;
    let path = inventory.path.clone();
    let missing = || Wrong::Failed("the demo's own inventory is not whole".to_owned());
    let environments = inventory.environments;
    let environment = environments.values().next().cloned().ok_or_else(missing)?;
    let app = environment.apps.values().next().ok_or_else(missing)?;
    let stack = app.stacks().first().copied().cloned().ok_or_else(missing)?;
    Ok(Here {
        app: app.name.clone(),
        stack,
        found: InventoryFile { path, by: FoundBy::Option },
        environments,
        environment,
        operator: place::operator(),
        journals: fleet.root().join("journals"),
    })
}
