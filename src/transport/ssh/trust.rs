//! Known hosts files on disk: parsed once, read again when they change, and written to when a new
//! key was accepted.

use std::collections::HashMap;
use std::fs;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use ring::rand::{SecureRandom, SystemRandom};
use russh::keys::PublicKey;

use super::known_hosts::{self, Book, KnownHosts, Name};
use super::revoked;
use super::settings::Settings;

type Stamp = (Option<SystemTime>, u64);

/// All known hosts files in use.
#[derive(Debug, Default)]
pub struct Trust {
    parsed: Mutex<HashMap<PathBuf, (Stamp, Arc<KnownHosts>)>>,
    /// Lines accepted in this run: they hold even where the file could not be written.
    accepted: Mutex<String>,
}

impl Trust {
    /// Returns the known keys of a server.
    pub fn book(&self, settings: &Settings) -> Result<Book, String> {
        let name = Name::new(&settings.host, settings.port, settings.alias.as_deref());
        let paths = settings.user_known_hosts.iter().chain(&settings.global_known_hosts);
        let mut files = paths
            .filter_map(|path| self.file(path).transpose())
            .collect::<Result<Vec<_>, String>>()?;
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        files.push(Arc::new(KnownHosts::parse(Path::new("accepted in this run"), &accepted)));
        let trusts = &settings.trusts;
        let mut bad = Vec::new();
        for path in &trusts.revoked {
            bad.extend(revoked::read(path)?);
        }
        let authorities = trusts.authorities.clone();
        Ok(Book { files, name, bad: Arc::new(bad), authorities, rsa_bits: trusts.rsa_bits })
    }

    /// A file that is not there knows nobody. One that cannot be read may hold a revocation, so it
    /// is not passed over.
    fn file(&self, path: &Path) -> Result<Option<Arc<KnownHosts>>, String> {
        let failed = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
        let meta = match fs::metadata(path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let stamp = (meta.modified().ok(), meta.len());
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, file)) = parsed.get(path)
            && *known == stamp
        {
            return Ok(Some(file.clone()));
        }
        let bytes = fs::read(path).map_err(failed)?;
        let file = Arc::new(KnownHosts::parse(path, &String::from_utf8_lossy(&bytes)));
        parsed.insert(path.to_owned(), (stamp, file.clone()));
        Ok(Some(file))
    }

    /// Makes a key known, in this run and in the first of the user's files. Where that cannot be
    /// written the key is asked about again another day, which is what ssh(1) does too; `Err` says so.
    pub fn accept(&self, settings: &Settings, name: &Name, key: &PublicKey) -> Result<(), String> {
        let plain = known_hosts::line(name, key, None);
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner).push_str(&plain);
        let Some(path) = settings.user_known_hosts.first() else { return Ok(()) };
        let mut salt = [0; 20];
        let hashed = settings.hash_known_hosts && SystemRandom::new().fill(&mut salt).is_ok();
        let line = if hashed { known_hosts::line(name, key, Some(&salt)) } else { plain };
        append(path, &line).map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// Adds a line. A directory that is made is 0700, a file 0600; a last line that lacks its newline
/// gets it first.
fn append(path: &Path, line: &str) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(dir) = path.parent()
        && !dir.exists()
    {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    let mut file =
        fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    let mut text = String::new();
    if file.metadata()?.is_file() && file.seek(SeekFrom::End(-1)).is_ok() {
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.push('\n');
        }
    }
    text.push_str(line);
    // One write, so that a second console's line cannot land in the middle of ours.
    file.write_all(text.as_bytes())
}
