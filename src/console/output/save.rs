//! An output becomes a file.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What is to be written, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    pub directory: PathBuf,
    pub name: String,
    /// The file that has all of it, where this console does not.
    pub whole: Option<PathBuf>,
    /// What this console has.
    pub text: String,
}

impl Save {
    /// Readable by its owner alone, as the journal is. An error names the file.
    pub fn carry_out(&self) -> Result<PathBuf, String> {
        let path = self.directory.join(&self.name);
        self.write(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
        if let Some(whole) = &self.whole {
            writeln!(file, "=== all of the run's output: {}", whole.display())?;
            match File::open(whole) {
                Ok(mut all) => drop(io::copy(&mut all, &mut file)?),
                Err(error) => writeln!(file, "=== it cannot be read: {error}")?,
            }
            writeln!(file, "=== the last lines, as the console has them")?;
        }
        file.write_all(self.text.as_bytes())?;
        file.sync_data()
    }
}
