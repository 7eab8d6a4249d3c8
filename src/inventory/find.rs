//! Finds the inventory file: by option, by variable, in this directory, or in the configuration directory.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

/// The environment variable that names the file.
pub const VARIABLE: &str = "FLIPSIDE_INVENTORY";

/// The inventory file and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryFile {
    pub path: PathBuf,
    pub by: FoundBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    Option,
    Variable,
    Directory,
    Config,
}

impl fmt::Display for FoundBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Option => "-i",
            Self::Variable => "$FLIPSIDE_INVENTORY",
            Self::Directory => "this directory",
            Self::Config => "the configuration directory",
        })
    }
}

/// Every path that was tried; none of them exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound(pub Vec<(FoundBy, PathBuf)>);

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "No inventory was found. Tried:")?;
        for (by, path) in &self.0 {
            writeln!(f, "  {}  ({by})", path.display())?;
        }
        match self.0.as_slice() {
            [(FoundBy::Option | FoundBy::Variable, _)] => {
                write!(f, "It was named explicitly, so no other path was tried.")
            }
            _ => write!(f, "Name one with `-i FILE` or ${VARIABLE}."),
        }
    }
}

impl std::error::Error for NotFound {}

/// Finds the inventory. A file that was named must exist: falling back to another one could mean another fleet.
pub fn find(
    explicit: Option<&Path>,
    variable: Option<&OsStr>,
    cwd: &Path,
    config: Option<&Path>,
) -> Result<InventoryFile, NotFound> {
    let variable = variable.filter(|value| !value.is_empty()).map(Path::new);
    let named = explicit.map(|path| (FoundBy::Option, path));
    let named = named.or_else(|| variable.map(|path| (FoundBy::Variable, path)));
    let paths = match named {
        Some((by, path)) => vec![(by, path.to_owned())],
        None => std::iter::once((FoundBy::Directory, cwd.join("inventory.yaml")))
            .chain(config.map(|dir| (FoundBy::Config, dir.join("flipside/inventory.yaml"))))
            .collect(),
    };
    let exists = |(_, path): &&(FoundBy, PathBuf)| cwd.join(path).exists();
    match paths.iter().find(exists) {
        Some((by, path)) => Ok(InventoryFile { path: path.clone(), by: *by }),
        None => Err(NotFound(paths)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_is_never_replaced_by_another() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("inventory.yaml"), "").unwrap();
        let found = |explicit: Option<&str>, variable: Option<&str>| {
            find(explicit.map(Path::new), variable.map(OsStr::new), dir.path(), None)
        };
        assert_eq!(found(None, None).unwrap().by, FoundBy::Directory);
        assert_eq!(found(None, Some("")).unwrap().by, FoundBy::Directory);
        assert_eq!(found(Some("inventory.yaml"), Some("x")).unwrap().by, FoundBy::Option);
        let missing = found(None, Some("other.yaml")).unwrap_err();
        assert_eq!(missing.0, [(FoundBy::Variable, PathBuf::from("other.yaml"))]);
    }

    #[test]
    fn every_path_that_was_tried_is_reported() {
        let (empty, config) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let missing = find(None, None, empty.path(), Some(config.path())).unwrap_err();
        assert_eq!(missing.0.len(), 2);
        std::fs::create_dir(config.path().join("flipside")).unwrap();
        std::fs::write(config.path().join("flipside/inventory.yaml"), "").unwrap();
        let found = find(None, None, empty.path(), Some(config.path())).unwrap();
        assert_eq!(found.by, FoundBy::Config);
    }
}
