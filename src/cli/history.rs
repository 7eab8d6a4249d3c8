//! Past runs, read back from their journals.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Wrong;
use super::args::{Output, Place};
use super::place;
use crate::engine::journal;
use crate::headless::exit::Exit;
use crate::headless::{Teller, history};

pub fn list(place: &Place, number: usize) -> Result<Exit, Wrong> {
    let runs = journal::runs(&place::journals()?);
    let mut out = io::stdout().lock();
    if runs.is_empty() {
        eprintln!("no run is written down yet");
    }
    for run in runs.iter().take(number) {
        match journal::read(&run.join(journal::EVENTS)) {
            Ok(events) if place.output == Output::Json => {
                for event in &events {
                    writeln!(out, "{}", serde_json::to_string(event).map_err(io::Error::from)?)?;
                }
            }
            Ok(events) => writeln!(out, "{}", history::line(&events))?,
            // One journal that cannot be read hides no other.
            Err(why) => eprintln!("{why}"),
        }
    }
    Ok(Exit::Done)
}

pub async fn replay(place: &Place, run: &str, speed: f64) -> Result<Exit, Wrong> {
    let path = find(run)?;
    let events = journal::read(&path).map_err(Wrong::Failed)?;
    let waits = history::waits(&events, speed);
    let mut teller = Teller::default();
    for (event, wait) in events.iter().zip(waits) {
        if speed > 0.0 {
            tokio::time::sleep(wait).await;
        }
        if place.output == Output::Json {
            println!("{}", serde_json::to_string(event).map_err(io::Error::from)?);
        } else if let Some(line) = teller.line(event) {
            println!("{line}");
        }
    }
    Ok(Exit::Done)
}

/// A path, or a run by its name.
fn find(run: &str) -> Result<PathBuf, Wrong> {
    let path = Path::new(run);
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let state = place::journals()?;
    let named = |dir: &PathBuf| dir.file_name().is_some_and(|name| name == run);
    let found = journal::runs(&state).into_iter().find(named);
    found.map(|dir| dir.join(journal::EVENTS)).ok_or_else(|| {
        Wrong::Usage(format!(
            "there is no run `{run}` in {}: `flipside history` lists them",
            state.display()
        ))
    })
}
