//! The file in which it is kept how a person looked at an app: beside the app's journals.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::console::preferences::Preferences;
use crate::domain::names::{AppName, EnvName};

fn file(journals: &Path, environment: &EnvName, app: &AppName) -> PathBuf {
    journals.join(environment.as_str()).join(app.as_str()).join("console.json")
}

/// `Err`: there is one, and it cannot be read.
pub fn read(journals: &Path, environment: &EnvName, app: &AppName) -> Result<Preferences, String> {
    let file = file(journals, environment, app);
    let told = |why: String| format!("{}: {why}", file.display());
    match fs::read_to_string(&file) {
        Ok(text) => Preferences::read(&text).map_err(told),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Preferences::default()),
        Err(error) => Err(told(error.to_string())),
    }
}

/// Whole or not at all, and for its owner alone.
pub fn write(
    journals: &Path,
    environment: &EnvName,
    app: &AppName,
    kept: &Preferences,
) -> Result<(), String> {
    let file = file(journals, environment, app);
    put(&file, kept).map_err(|error| format!("{}: {error}", file.display()))
}

fn put(file: &Path, kept: &Preferences) -> std::io::Result<()> {
    let Some(dir) = file.parent() else { return Ok(()) };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    // Such files are made readable and writable by their owner alone.
    let mut whole = tempfile::NamedTempFile::new_in(dir)?;
    whole.write_all(kept.text().as_bytes())?;
    whole.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn place() -> (EnvName, AppName) {
        (EnvName::new("production").unwrap(), AppName::new("shop").unwrap())
    }

    #[test]
    fn it_is_found_again_and_is_its_owners_alone() {
        let (dir, (environment, app)) = (tempfile::tempdir().unwrap(), place());
        assert_eq!(read(dir.path(), &environment, &app), Ok(Preferences::default()));
        let kept = Preferences {
            chosen: Some("web-02".to_owned()),
            cut_lines: true,
            ..Preferences::default()
        };
        write(dir.path(), &environment, &app, &kept).unwrap();
        assert_eq!(read(dir.path(), &environment, &app), Ok(kept));
        let mode = fs::metadata(file(dir.path(), &environment, &app)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_broken_one_is_told_with_its_name() {
        let (dir, (environment, app)) = (tempfile::tempdir().unwrap(), place());
        write(dir.path(), &environment, &app, &Preferences::default()).unwrap();
        fs::write(file(dir.path(), &environment, &app), "{ \"sort\": ").unwrap();
        let why = read(dir.path(), &environment, &app).unwrap_err();
        assert!(why.contains("console.json: EOF"), "{why}");
    }
}
