//! Reads and writes the console's preferences for an app, in a file beside the app's journals.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use crate::console::app::preferences::Preferences;
use crate::domain::journal_path;
use crate::domain::names::{AppName, EnvName};

/// Reads the preferences; the default ones where there is no file.
///
/// # Errors
/// When there is a file that cannot be read.
pub fn read(journals: &Path, environment: &EnvName, app: &AppName) -> Result<Preferences, String> {
    let file = journal_path::preferences(journals, environment, app);
    let with_path = |why: String| format!("{}: {why}", file.display());
    match fs::read_to_string(&file) {
        Ok(text) => Preferences::read(&text).map_err(with_path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Preferences::default()),
        Err(error) => Err(with_path(error.to_string())),
    }
}

/// Replaces the file atomically. Only its owner may read it.
pub fn write(
    journals: &Path,
    environment: &EnvName,
    app: &AppName,
    preferences: &Preferences,
) -> Result<(), String> {
    let file = journal_path::preferences(journals, environment, app);
    replace(&file, preferences).map_err(|error| format!("{}: {error}", file.display()))
}

fn replace(file: &Path, preferences: &Preferences) -> std::io::Result<()> {
    let Some(dir) = file.parent() else { return Ok(()) };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    // `tempfile` creates files with mode 0600.
    let mut temporary = tempfile::NamedTempFile::new_in(dir)?;
    temporary.write_all(preferences.text().as_bytes())?;
    temporary.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names() -> (EnvName, AppName) {
        (EnvName::new("production").unwrap(), AppName::new("shop").unwrap())
    }

    #[test]
    fn preferences_are_read_back_and_readable_by_their_owner_only() {
        let (dir, (environment, app)) = (tempfile::tempdir().unwrap(), names());
        assert_eq!(read(dir.path(), &environment, &app), Ok(Preferences::default()));
        let written = Preferences {
            chosen: Some("web-02".to_owned()),
            cut_lines: true,
            ..Preferences::default()
        };
        write(dir.path(), &environment, &app, &written).unwrap();
        assert_eq!(read(dir.path(), &environment, &app), Ok(written));
        let mode = fs::metadata(journal_path::preferences(dir.path(), &environment, &app))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn error_for_a_broken_file_names_the_file() {
        let (dir, (environment, app)) = (tempfile::tempdir().unwrap(), names());
        write(dir.path(), &environment, &app, &Preferences::default()).unwrap();
        fs::write(journal_path::preferences(dir.path(), &environment, &app), "{ \"sort\": ")
            .unwrap();
        let why = read(dir.path(), &environment, &app).unwrap_err();
        assert!(why.contains("console.json: EOF"), "{why}");
    }
}
