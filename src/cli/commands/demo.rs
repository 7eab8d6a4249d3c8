//! `flipside demo`: the real console, engine and transport, on servers inside this process.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::console;
use crate::cli::args::{AppearanceArgs, ScopeArgs};
use crate::cli::prompt_cards::CardPrompter;
use crate::cli::scope::{self, CommandScope};
use crate::cli::theme::{Startup, ThemeChooser, require_screen};
use crate::cli::{CliError, engine, out};
use crate::console::actions::ACTIONS;
use crate::console::keys::Bindings;
use crate::demo::drive::Headless;
use crate::demo::story::{Progress, play};
use crate::demo::tour::{Hint, Tour};
use crate::demo::{DemoPlatform, Fleet};
use crate::domain::event::Event;
use crate::engine::{Attendance, EngineHandle};
use crate::headless::exit::Exit;
use crate::inventory::{FoundBy, InventoryFile};

async fn start(platform: DemoPlatform, hosts: Option<u8>) -> Result<Fleet, CliError> {
    let count = hosts.unwrap_or_else(|| platform.targets());
    let kind = platform.kind_of_target();
    out::note(format_args!("starting {count} {kind} inside this process …"));
    let fleet = Fleet::start(platform, u16::from(count)).await;
    fleet.map_err(|error| CliError::Failed(error.to_string()))
}

/// Opens the console on the demo's servers, with a guided tour.
pub async fn tour(
    args: &ScopeArgs,
    platform: DemoPlatform,
    hosts: Option<u8>,
    appearance: AppearanceArgs,
) -> Result<Exit, CliError> {
    let mut chooser = ThemeChooser::new(appearance)?;
    require_screen()?;
    let fleet = start(platform, hosts).await?;
    let scope = scope(&fleet)?;
    let setup = console::setup(&scope, args, &chooser)?;
    let early = chooser.ask_terminal();
    let mut startup = Startup { chooser, early };
    let bindings = setup.keys.clone();
    let (prompts, asked) = mpsc::unbounded_channel();
    let cards = Arc::new(CardPrompter { prompts });
    let (engine, handle) =
        engine::start_with(&scope, cards, Attendance::Attended, platform.catalog());
    let (handle, events) = with_second_receiver(handle);
    let (say, guide) = mpsc::unbounded_channel();
    let left = {
        let guiding = guide_through(&fleet, &bindings, events, say);
        let showing = console::show(setup, &mut startup, handle, asked, guide);
        tokio::select! {
            left = showing => left,
            () = guiding => return Err(CliError::Failed("The demo's tour ended unexpectedly.".to_owned())),
        }
    };
    console::wait_for_cleanup(engine).await;
    let left = left?;
    // The terminal may have been closed, so a failed write is ignored.
    let _ = out::line(users(&fleet));
    Ok(left.verdict.as_ref().map_or(Exit::Done, Exit::from))
}

/// Returns the handle with a second receiver of its events.
fn with_second_receiver(
    mut handle: EngineHandle,
) -> (EngineHandle, mpsc::UnboundedReceiver<Event>) {
    let (sender, second) = mpsc::unbounded_channel();
    let (pass_on, passed_on) = mpsc::unbounded_channel();
    let mut source = std::mem::replace(&mut handle.readers.events, passed_on);
    tokio::spawn(async move {
        while let Some(event) = source.recv().await {
            // Either receiver may be gone without ending the other.
            let _ = sender.send(event.clone());
            let _ = pass_on.send(event);
        }
    });
    (handle, second)
}

/// Shows what to try next and how many requests failed. Runs until it is aborted.
async fn guide_through(
    fleet: &Fleet,
    bindings: &Bindings,
    mut events: mpsc::UnboundedReceiver<Event>,
    say: mpsc::UnboundedSender<Vec<String>>,
) {
    let mut tour = Tour::of(fleet.platform().hints());
    let mut tick = interval(Duration::from_millis(500));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Some(event) = events.recv() => tour.event(&event),
            _ = tick.tick() => tour.users_saw(fleet.load().bad()),
        }
        let stands_in = fleet.platform().stands_in();
        let about = format!("{}  ·  demo: {stands_in}", users(fleet));
        let lines = vec![hint(tour.hint(), bindings), about];
        let _ = say.send(lines);
    }
}

/// Returns the hint, with the person's own key where it differs from the one that the tour names.
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
    format!("users: {} requests, {} failed", figures.total(), figures.bad())
}

/// Runs the whole story without a screen. Fails unless every phase ended as expected and every request was answered.
pub async fn story(platform: DemoPlatform, hosts: Option<u8>) -> Result<Exit, CliError> {
    let fleet = start(platform, hosts).await?;
    let driver =
        Headless::on(&fleet, out::page()).map_err(|error| CliError::Failed(error.to_string()))?;
    play(&fleet, &driver, platform.story(), &mut |progress| {
        // If standard output is closed the run is aborted, and the story ends with an error.
        let _ = out::line(text(&progress));
    })
    .await
    .map_err(|unexpected| CliError::Failed(unexpected.to_string()))?;
    out::line(users(&fleet))?;
    Ok(Exit::Done)
}

fn text(progress: &Progress) -> String {
    match progress {
        Progress::Act { number, of, words } => format!("\n== {number}/{of} {words}"),
        Progress::Ended { phase, verdict } => format!("-- {}: {}", phase.title(), verdict.word()),
        Progress::Users { answers, errors } => {
            format!("-- users: {answers} answers, {errors} errors")
        }
        Progress::Cut { target } => format!("-- {target} is disconnected"),
        Progress::Healed { target } => format!("-- {target} is back"),
    }
}

/// Returns the scope of the demo's only app.
fn scope(fleet: &Fleet) -> Result<CommandScope, CliError> {
    let inventory = fleet.inventory().map_err(|error| CliError::Failed(error.to_string()))?;
    let path = inventory.path.clone();
    let missing = || CliError::Failed("The demo's inventory is incomplete.".to_owned());
    let environments = inventory.environments;
    let environment = environments.values().next().cloned().ok_or_else(missing)?;
    let app = environment.apps.values().next().ok_or_else(missing)?;
    let stack = app.stacks().first().copied().cloned().ok_or_else(missing)?;
    Ok(CommandScope {
        app: app.name.clone(),
        stack,
        found: InventoryFile { path, by: FoundBy::Option },
        environments,
        environment,
        operator: scope::operator(),
        journals: fleet.root().join("journals"),
    })
}
