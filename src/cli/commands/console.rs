//! Shows the console, connected to an engine or with a past run.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::cli::args::{AppearanceArgs, ScopeArgs};
use crate::cli::runs::AppJournals;
use crate::cli::scope::CommandScope;
use crate::cli::theme::{Startup, ThemeChooser, require_screen};
use crate::cli::{CliError, keys, out, preferences, runs, signals};
use crate::console;
use crate::console::Channels;
use crate::console::app::msg::Prompt;
use crate::console::app::preferences::Preferences;
use crate::console::app::scope::scopes;
use crate::console::app::setup::Setup;
use crate::console::history::environment_of;
use crate::console::output::lines::LineReceiver;
use crate::console::read_only::{Access, Because};
use crate::console::screen::glyphs::Glyphs;
use crate::console::theme::Theme;
use crate::domain::history::RunRecord;
use crate::engine::{Engine, EngineHandle};

/// Waits until the engine has released its locks. Returns false if the person interrupted the wait.
pub async fn wait_for_cleanup(engine: Engine) -> bool {
    tokio::select! {
        _ = engine.task => true,
        () = signals::interrupted() => {
            out::note("Quit without waiting for cleanup; a host may still be locked.");
            false
        }
    }
}

/// Runs the console until the person leaves, then writes the preferences.
pub async fn show(
    setup: Setup,
    startup: &mut Startup,
    handle: EngineHandle,
    prompts: mpsc::UnboundedReceiver<Prompt>,
    guide: mpsc::UnboundedReceiver<Vec<String>>,
) -> Result<console::Left, CliError> {
    let lines = LineReceiver::new(handle.readers.lines, handle.readers.skipped);
    let (signal_sender, signals) = mpsc::unbounded_channel();
    let forwarding = tokio::spawn(signals::forward(signal_sender));
    let glyphs = startup.chooser.glyphs();
    let (theme_sender, themes) = mpsc::unbounded_channel();
    let theme = startup.chooser.first(&theme_sender);
    let watching = tokio::spawn(startup.chooser.clone().watch(theme_sender));
    let (journals, environment, app) =
        (setup.journals.clone(), setup.environment.name.clone(), setup.app.clone());
    let (history_requests, history_replies) = runs::serve(AppJournals {
        root: journals.clone().unwrap_or_default(),
        environment: environment.clone(),
        app: app.clone(),
    });
    let channels = Channels {
        orders: handle.orders,
        events: handle.readers.events,
        proposals: handle.proposals,
        releases: handle.releases,
        lines,
        prompts,
        guide,
        themes,
        history_requests,
        history_replies,
        early: std::mem::take(&mut startup.early),
        signals,
    };
    // Boxed because the future holds the console's whole state.
    let left = Box::pin(console::run(Setup { theme, glyphs, ..setup }, channels)).await;
    watching.abort();
    forwarding.abort();
    let left = left?;
    let written =
        journals.map(|journals| preferences::write(&journals, &environment, &app, &left.kept));
    if let Some(Err(why)) = written {
        out::note(format_args!("flipside: The console's preferences could not be saved: {why}"));
    }
    Ok(left)
}

/// Shows a past run in the console, without an engine and without connections.
pub async fn replay(record: Arc<RunRecord>, appearance: AppearanceArgs) -> Result<(), CliError> {
    let mut chooser = ThemeChooser::new(appearance)?;
    require_screen()?;
    let setup = setup_of(&record, &chooser)?;
    let (signal_sender, signals) = mpsc::unbounded_channel();
    let forwarding = tokio::spawn(signals::forward(signal_sender));
    let glyphs = chooser.glyphs();
    let early = chooser.ask_terminal();
    let (theme_sender, themes) = mpsc::unbounded_channel();
    let theme = chooser.first(&theme_sender);
    let watching = tokio::spawn(chooser.watch(theme_sender));
    let (history_requests, _) = mpsc::unbounded_channel();
    let (_, history_replies) = mpsc::unbounded_channel();
    let channels = Channels {
        orders: mpsc::unbounded_channel().0,
        events: mpsc::unbounded_channel().1,
        proposals: mpsc::unbounded_channel().1,
        releases: mpsc::unbounded_channel().1,
        lines: LineReceiver::silent(),
        prompts: mpsc::unbounded_channel().1,
        guide: mpsc::unbounded_channel().1,
        themes,
        history_requests,
        history_replies,
        early,
        signals,
    };
    let setup = Setup { theme, glyphs, ..setup };
    let left = Box::pin(console::replay(setup, record, channels)).await;
    watching.abort();
    forwarding.abort();
    left?;
    Ok(())
}

/// Returns the setup of a console that shows one past run.
pub fn setup_of(record: &RunRecord, chooser: &ThemeChooser) -> Result<Setup, CliError> {
    let Some(intent) = record.intent() else {
        let file = record.journal.display();
        let first = record.damage.first();
        let why = first.map_or(String::new(), |it| format!(" (line {}: {})", it.line, it.what));
        return Err(CliError::Failed(format!("{file} does not record the start of a run{why}.")));
    };
    Ok(Setup {
        access: Access::ReadOnly(Because::Replay),
        keys: keys::bindings()?,
        environment: environment_of(intent),
        app: intent.app.clone(),
        stack: intent.stack.clone(),
        operator: intent.by.clone(),
        journals: None,
        kept: Ok(Preferences::default()),
        theme: Theme::default(),
        glyphs: Glyphs::UNICODE,
        integration: chooser.integration(),
        scopes: Vec::new(),
    })
}

/// Returns the setup of a console for a scope. Theme and glyphs follow once the terminal has been asked.
pub fn setup(
    scope: &CommandScope,
    args: &ScopeArgs,
    chooser: &ThemeChooser,
) -> Result<Setup, CliError> {
    let started = if args.read_only { Access::ReadOnly(Because::Started) } else { Access::Full };
    Ok(Setup {
        access: Access::at_start(&scope.environment, started),
        keys: keys::bindings()?,
        environment: scope.environment.clone(),
        app: scope.app.clone(),
        stack: scope.stack.clone(),
        operator: scope.operator.clone(),
        journals: Some(scope.journals.clone()),
        kept: preferences::read(&scope.journals, &scope.environment.name, &scope.app),
        theme: Theme::default(),
        glyphs: Glyphs::UNICODE,
        integration: chooser.integration(),
        scopes: scopes(&scope.environments),
    })
}
