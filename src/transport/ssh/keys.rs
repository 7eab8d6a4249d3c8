//! Key files. Each is read once and, if it is encrypted, decoded once, however many hosts take it.
//!
//! They are read where they are wanted: a local file of a few lines, and most of those that are
//! looked for are not there, takes microseconds, and to hand it to another thread takes more.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use russh::keys::{Certificate, PrivateKey, PublicKey};
use secrecy::{ExposeSecret, SecretString};

/// The content of an identity's file.
#[derive(Debug, Clone)]
pub enum KeyFile {
    Open(Arc<PrivateKey>),
    /// Encrypted. Its public half is in the file itself, or in `KEY.pub`, or unknown.
    Locked(Option<PublicKey>),
    /// The public half only: an agent holds the other.
    Public(PublicKey),
}

impl KeyFile {
    pub fn public(&self) -> Option<&PublicKey> {
        match self {
            Self::Open(key) => Some(key.public_key()),
            Self::Locked(public) => public.as_ref(),
            Self::Public(key) => Some(key),
        }
    }

    /// Returns the file's name with what is unusual about its content.
    pub fn described(&self, path: &Path) -> String {
        let path = path.display();
        match self {
            Self::Open(_) => path.to_string(),
            Self::Locked(_) => format!("{path} (encrypted)"),
            Self::Public(_) => format!("{path} (public half only, and no agent holds the other)"),
        }
    }
}

/// Why a key stays locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StillLocked {
    WrongPassphrase,
    Unreadable(String),
}

#[derive(Debug, Default)]
pub struct Keys {
    files: Mutex<HashMap<PathBuf, KeyFile>>,
}

impl Keys {
    /// `None` if there is no such file.
    pub fn get(&self, path: &Path) -> Option<Result<KeyFile, String>> {
        let mut files = self.files();
        if let Some(file) = files.get(path) {
            return Some(Ok(file.clone()));
        }
        let loaded = match fs::read_to_string(path) {
            Ok(text) => load(path, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(KeyFile::Public(public_beside(path)?))
            }
            Err(error) => Err(format!("{}: {error}", path.display())),
        };
        if let Ok(file) = &loaded {
            files.insert(path.to_owned(), file.clone());
        }
        Some(loaded)
    }

    /// Decodes an encrypted key. The key derivation takes some 100 ms of a core by design, so it is
    /// done beside the runtime.
    pub async fn unlock(&self, path: &Path, passphrase: SecretString) -> Result<(), StillLocked> {
        let file = path.to_owned();
        let decode = move || russh::keys::load_secret_key(file, Some(passphrase.expose_secret()));
        let decoded = tokio::task::spawn_blocking(decode)
            .await
            .map_err(|error| StillLocked::Unreadable(error.to_string()))?;
        match decoded {
            Ok(key) => {
                self.files().insert(path.to_owned(), KeyFile::Open(Arc::new(key)));
                Ok(())
            }
            Err(russh::keys::Error::IO(error)) => Err(StillLocked::Unreadable(error.to_string())),
            // The formats tell a wrong passphrase in many ways: bad padding, bad checksum, bad key.
            Err(_) => Err(StillLocked::WrongPassphrase),
        }
    }

    fn files(&self) -> MutexGuard<'_, HashMap<PathBuf, KeyFile>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn load(path: &Path, text: &str) -> Result<KeyFile, String> {
    if !text.contains("PRIVATE KEY-----") {
        let public = russh::keys::load_public_key(path);
        return public
            .map(KeyFile::Public)
            .map_err(|_| format!("{} holds no key that is known here", path.display()));
    }
    match russh::keys::decode_secret_key(text, None) {
        Ok(key) => Ok(KeyFile::Open(Arc::new(key))),
        Err(russh::keys::Error::KeyIsEncrypted) => {
            let inside = PrivateKey::from_openssh(text).ok().map(|key| key.public_key().clone());
            let public = match inside {
                None => public_beside(path),
                some => some,
            };
            Ok(KeyFile::Locked(public))
        }
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// `KEY.pub`.
fn public_beside(path: &Path) -> Option<PublicKey> {
    let text = fs::read_to_string(with_suffix(path, ".pub")).ok()?;
    PublicKey::from_openssh(text.trim()).ok()
}

/// A user certificate. `None` if there is no such file.
pub fn certificate(path: &Path) -> Option<Result<Certificate, String>> {
    match fs::read_to_string(path) {
        Ok(text) => Some(
            Certificate::from_openssh(text.trim())
                .map_err(|error| format!("{}: {error}", path.display())),
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => Some(Err(format!("{}: {error}", path.display()))),
    }
}

pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
