//! A person's own keys: `flipside/keys.yaml` in the configuration directory, where there is one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::Wrong;
use crate::console::keys::{Bindings, read};

/// `$XDG_CONFIG_HOME/flipside/keys.yaml`. Without a home there is no such place.
fn path() -> Option<PathBuf> {
    let base = etcetera::base_strategy::choose_base_strategy().ok()?;
    Some(base.config_dir().join("flipside").join("keys.yaml"))
}

pub fn bindings() -> Result<Bindings, Wrong> {
    let Some(path) = path() else { return Ok(Bindings::default()) };
    match std::fs::read_to_string(&path) {
        Ok(text) => of_text(&path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Bindings::default()),
        Err(error) => Err(Wrong::Usage(format!("{}: cannot be read: {error}", path.display()))),
    }
}

/// A console whose keys are not those that its person wrote down does not open.
fn of_text(path: &Path, text: &str) -> Result<Bindings, Wrong> {
    read(path, text)
        .map_err(|problems| Wrong::Usage(format!("the keys are not as they can be:\n\n{problems}")))
}
