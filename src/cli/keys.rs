//! The key bindings of `flipside/keys.yaml` in the configuration directory.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{CliError, theme};
use crate::console::keys::{Bindings, read};

/// Returns the path of `keys.yaml`; `None` without a home directory.
fn path() -> Option<PathBuf> {
    Some(theme::config_dir()?.join("keys.yaml"))
}

/// Reads the person's key bindings; the default ones where there is no file.
pub fn bindings() -> Result<Bindings, CliError> {
    let Some(path) = path() else { return Ok(Bindings::default()) };
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Bindings::default()),
        Err(error) => Err(CliError::Usage(format!("{} cannot be read: {error}.", path.display()))),
    }
}

/// A mistake in the file keeps the console from opening: keys must not do something else than the person expects.
fn parse(path: &Path, text: &str) -> Result<Bindings, CliError> {
    read(path, text)
        .map_err(|problems| CliError::Usage(format!("The key bindings are invalid.\n\n{problems}")))
}
