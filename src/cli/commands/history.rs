//! `flipside history` and `flipside replay`: past runs, read from their journals.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::console;
use crate::cli::args::{AppearanceArgs, OutputFormat, ScopeArgs};
use crate::cli::theme::ThemeChooser;
use crate::cli::{CliError, out, scope};
use crate::console::app::state::Stage;
use crate::console::history::summary;
use crate::domain::history::RunRecord;
use crate::domain::journal_path;
use crate::engine::journal_reader;
use crate::headless::exit::Exit;
use crate::headless::history;

pub fn list(args: &ScopeArgs, number: usize) -> Result<Exit, CliError> {
    let journals = journal_reader::all(&scope::journals()?);
    if journals.is_empty() {
        out::note("There are no recorded runs yet.");
    }
    for journal in journals.iter().take(number) {
        match journal_reader::events(journal) {
            Ok(record) if args.output == OutputFormat::Json => json(&record)?,
            Ok(record) => out::line(history::line(&record.brief()))?,
            // A broken journal must not hide the others.
            Err(error) => out::note(error.to_string()),
        }
    }
    Ok(Exit::Done)
}

fn json(record: &RunRecord) -> Result<(), CliError> {
    record.events.iter().try_for_each(out::json)
}

/// Prints the summary that `y` copies in the console.
pub fn summarize(appearance: AppearanceArgs, run: &str) -> Result<Exit, CliError> {
    let record = journal_reader::whole(&find(run)?)?;
    let setup = console::setup_of(&record, &ThemeChooser::new(appearance)?)?;
    let stage = Stage::at_the_end(&setup, &record);
    for line in summary::of_record(stage.state(), &record) {
        out::line(line)?;
    }
    Ok(Exit::Done)
}

/// Replays a run in the console where there is a terminal, else as text.
pub async fn replay(
    args: &ScopeArgs,
    appearance: AppearanceArgs,
    run: &str,
    speed: f64,
    text: bool,
) -> Result<Exit, CliError> {
    let record = journal_reader::whole(&find(run)?)?;
    let terminal = io::stdout().is_terminal() && io::stdin().is_terminal();
    if terminal && !text && args.output == OutputFormat::Text {
        console::replay(Arc::new(record), appearance).await?;
        return Ok(Exit::Done);
    }
    print(args, &record, speed).await
}

/// Prints the events of a run.
pub async fn show(args: &ScopeArgs, run: &str) -> Result<Exit, CliError> {
    let record = journal_reader::whole(&find(run)?)?;
    print(args, &record, 0.0).await
}

async fn print(args: &ScopeArgs, record: &RunRecord, speed: f64) -> Result<Exit, CliError> {
    if args.output == OutputFormat::Json {
        json(record)?;
        return Ok(Exit::Done);
    }
    for (wait, line) in history::replay(record, speed) {
        if speed > 0.0 {
            tokio::time::sleep(wait).await;
        }
        out::line(line)?;
    }
    Ok(Exit::Done)
}

/// Finds a journal by its path or by its run's name.
fn find(run: &str) -> Result<PathBuf, CliError> {
    let path = Path::new(run);
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let events = journal_path::events(path);
    if events.is_file() {
        return Ok(events);
    }
    let state = scope::journals()?;
    let found = journal_reader::all(&state)
        .into_iter()
        .find(|journal| journal_reader::name(journal) == run);
    found.ok_or_else(|| {
        CliError::Usage(format!(
            "There is no run `{run}` in {}. `flipside history` lists the runs.",
            state.display()
        ))
    })
}
