//! `flipside` without a command: the console, or the first steps of a person who has no inventory.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{console, demo};
use crate::cli::args::{AppearanceArgs, ScopeArgs};
use crate::cli::onboarding::StartChoice;
use crate::cli::prompt_cards::CardPrompter;
use crate::cli::theme::{Startup, ThemeChooser, require_screen};
use crate::cli::{CliError, engine, onboarding, out};
use crate::console::terminal::background::Early;
use crate::demo::DemoPlatform;
use crate::engine::Attendance;
use crate::headless::exit::Exit;

/// Opens the console, and another one each time the person chooses another environment, app or stack.
pub async fn open(args: &ScopeArgs, appearance: AppearanceArgs) -> Result<Exit, CliError> {
    let mut chooser = ThemeChooser::new(appearance.clone())?;
    // A missing inventory is reported before a missing terminal.
    let early = if require_screen().is_ok() { chooser.ask_terminal() } else { Early::default() };
    let mut startup = Startup { chooser, early };
    let mut scope = match onboarding::choose_start(args, &mut startup).await? {
        StartChoice::Console(scope) => *scope,
        StartChoice::Demo => {
            return Box::pin(demo::tour(args, DemoPlatform::default(), None, appearance)).await;
        }
        StartChoice::Leave(lines) => {
            let exit = if lines.is_empty() { Exit::Done } else { Exit::Usage };
            for line in lines {
                out::line(line)?;
            }
            return Ok(exit);
        }
    };
    require_screen()?;
    let mut setup = console::setup(&scope, args, &startup.chooser)?;
    loop {
        let (prompts, received) = mpsc::unbounded_channel();
        let prompter = Arc::new(CardPrompter { prompts });
        let (engine, handle) = engine::start(&scope, prompter, Attendance::Attended);
        let (_, no_guide) = mpsc::unbounded_channel();
        let left = console::show(setup.clone(), &mut startup, handle, received, no_guide).await;
        // The engine releases its locks and closes its connections before the process ends.
        let cleaned_up = console::wait_for_cleanup(engine).await;
        let left = left?;
        let exit = left.verdict.as_ref().map_or(Exit::Done, Exit::from);
        let Some(next) = left.next.filter(|_| cleaned_up) else { return Ok(exit) };
        out::line(format_args!("-- now {} of {}", next.app, next.environment))?;
        scope = scope.at(&next)?;
        setup = console::setup(&scope, args, &startup.chooser)?;
    }
}
