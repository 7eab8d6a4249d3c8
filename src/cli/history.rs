//! Past runs, read back from their journals: as a list, as a summary, told again.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Wrong;
use super::args::{Looks, Output, Place};
use super::theme::Chooser;
use super::{console, out, place};
use crate::console::history::Stage;
use crate::console::summary;
use crate::domain::history::RunRecord;
use crate::engine::{journal, journal_reader};
use crate::headless::exit::Exit;
use crate::headless::history;

pub fn list(place: &Place, number: usize) -> Result<Exit, Wrong> {
    let journals = journal_reader::all(&place::journals()?);
    if journals.is_empty() {
        out::note("no run is written down yet");
    }
    for journal in journals.iter().take(number) {
        match journal_reader::events(journal) {
            Ok(record) if place.output == Output::Json => json(&record)?,
            Ok(record) => out::line(history::line(&record.brief()))?,
            // One journal that cannot be read hides no other.
            Err(why) => out::note(why),
        }
    }
    Ok(Exit::Done)
}

fn json(record: &RunRecord) -> Result<(), Wrong> {
    record.events.iter().try_for_each(out::json)
}

/// What happened in it, as `y` copies it in the console.
pub fn summarize(looks: Looks, run: &str) -> Result<Exit, Wrong> {
    let record = journal_reader::whole(&find(run)?).map_err(Wrong::Failed)?;
    let setup = console::setup_of(&record, &Chooser::new(looks)?)?;
    let stage = Stage::at_the_end(&setup, &record);
    for line in summary::of_record(stage.state(), &record) {
        out::line(line)?;
    }
    Ok(Exit::Done)
}

/// On the console's screen where there is one, else as text.
pub async fn replay(
    place: &Place,
    looks: Looks,
    run: &str,
    speed: f64,
    text: bool,
) -> Result<Exit, Wrong> {
    let record = journal_reader::whole(&find(run)?).map_err(Wrong::Failed)?;
    let terminal = io::stdout().is_terminal() && io::stdin().is_terminal();
    if terminal && !text && place.output == Output::Text {
        console::replay(Arc::new(record), looks).await?;
        return Ok(Exit::Done);
    }
    tell(place, &record, speed).await
}

/// As text.
pub async fn tell_again(place: &Place, run: &str) -> Result<Exit, Wrong> {
    let record = journal_reader::whole(&find(run)?).map_err(Wrong::Failed)?;
    tell(place, &record, 0.0).await
}

async fn tell(place: &Place, record: &RunRecord, speed: f64) -> Result<Exit, Wrong> {
    if place.output == Output::Json {
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

/// A path, or a run by its name.
fn find(run: &str) -> Result<PathBuf, Wrong> {
    let path = Path::new(run);
    if path.is_file() {
        return Ok(path.to_owned());
    }
    if path.join(journal::EVENTS).is_file() {
        return Ok(path.join(journal::EVENTS));
    }
    let state = place::journals()?;
    let found = journal_reader::all(&state)
        .into_iter()
        .find(|journal| journal_reader::name(journal) == run);
    found.ok_or_else(|| {
        Wrong::Usage(format!(
            "there is no run `{run}` in {}: `flipside history` lists them",
            state.display()
        ))
    })
}
