//! Where the files of a run are. Only this module knows their names.
//!
//! ```text
//! JOURNALS/ENVIRONMENT/APP/console.json        what the console's operator prefers
//! JOURNALS/ENVIRONMENT/APP/RUN/journal.jsonl   one event per line; on disk before the event's effect starts
//! JOURNALS/ENVIRONMENT/APP/RUN/TARGET.log      the target's output (limited by cap.rs), each line with its time and sign
//! JOURNALS/ENVIRONMENT/APP/RUN/.reserve        during the run: space for its events on a full disk
//! ```

use std::path::{Path, PathBuf};

use super::names::{AppName, EnvName};
use super::plan::Intent;

/// The name of the event file within a run's directory.
pub const EVENTS: &str = "journal.jsonl";

const OUTPUT: &str = ".log";

/// Returns the directory of an app's runs.
pub fn app(journals: &Path, environment: &EnvName, app: &AppName) -> PathBuf {
    journals.join(environment.as_str()).join(app.as_str())
}

/// Returns the directory of a run.
pub fn run(journals: &Path, intent: &Intent) -> PathBuf {
    app(journals, &intent.environment, &intent.app).join(intent.run.as_str())
}

/// Returns the file of the console's preferences for an app.
pub fn preferences(journals: &Path, environment: &EnvName, name: &AppName) -> PathBuf {
    app(journals, environment, name).join("console.json")
}

/// Returns the event file in a run's directory.
pub fn events(run: &Path) -> PathBuf {
    run.join(EVENTS)
}

/// Returns the file for a target's output in a run's directory.
pub fn output(run: &Path, target: &str) -> PathBuf {
    run.join(format!("{target}{OUTPUT}"))
}

/// Returns the name of the target whose output a file has. `None`: it is another file.
pub fn target_of_output(file: &Path) -> Option<&str> {
    file.file_name()?.to_str()?.strip_suffix(OUTPUT)
}

/// Returns the file in a run's directory that reserves space.
pub fn reserve(run: &Path) -> PathBuf {
    run.join(".reserve")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_of_an_output_file_is_read_from_its_name() {
        let run = Path::new("/state/production/shop/20260824T080000Z-aaaaaa");
        let file = output(run, "web-1");
        assert_eq!(file, run.join("web-1.log"));
        assert_eq!(target_of_output(&file), Some("web-1"));
        assert_eq!(target_of_output(&events(run)), None);
    }
}
