//! Questions to a person, each asked once however many connections wait for the answer. No
//! connection is open meanwhile.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::keys::PublicKey;
use tokio::sync::Mutex;

use super::error::address;
use super::keys::{KeyFile, Keys, StillLocked};
use super::known_hosts::{Book, Offered, Verdict, fingerprint};
use super::settings::{Settings, UnknownKey};
use super::trust::Trust;
use crate::domain::names::HostName;
use crate::domain::secret::SecretRef;
use crate::transport::secrets;
use crate::transport::{Prompt, Prompter, Reply};

/// As often as ssh(1) asks for one passphrase.
const PASSPHRASE_TRIES: usize = 3;

/// What stands between us and a connection.
#[derive(Debug, Clone)]
pub enum Question {
    HostKey(Box<PublicKey>),
    Passphrase(PathBuf),
}

/// What was refused, and is not asked again.
#[derive(Debug, Default)]
struct Refused {
    /// By name in the known hosts file, and fingerprint.
    host_keys: HashSet<(String, String)>,
    keys: HashSet<PathBuf>,
}

pub struct Asker {
    prompter: Arc<dyn Prompter>,
    /// One question at a time: a person has one keyboard.
    turn: Mutex<Refused>,
}

impl Asker {
    pub fn new(prompter: Arc<dyn Prompter>) -> Self {
        Self { prompter, turn: Mutex::default() }
    }

    /// Lets everything be asked once more.
    pub async fn forget_refusals(&self) {
        *self.turn.lock().await = Refused::default();
    }

    /// Whether a key that no file knows is to be trusted. `Ok` if it is; it is written down then.
    pub async fn host_key(
        &self,
        host: &HostName,
        settings: &Settings,
        trust: &Trust,
        key: &PublicKey,
    ) -> Result<(), String> {
        let mut refused = self.turn.lock().await;
        // While we waited for our turn somebody may have answered.
        let book: Book = trust.book(settings)?;
        if book.judge(Offered::Key(key), 0) == Verdict::Trusted {
            return Ok(());
        }
        let fingerprint = fingerprint(key);
        let algorithm = key.algorithm().as_str().to_owned();
        let unknown = format!("its {algorithm} key {fingerprint} is in no known hosts file");
        let not_asked = match settings.unknown {
            UnknownKey::Refuse => Some("`StrictHostKeyChecking yes` forbids to accept it"),
            UnknownKey::Accept => None,
            UnknownKey::Ask => {
                let asked = (book.name.written.clone(), fingerprint.clone());
                let again = refused.host_keys.contains(&asked);
                let prompt = Prompt::UnknownHostKey {
                    host: host.clone(),
                    address: address(&settings.host, settings.port),
                    algorithm,
                    fingerprint,
                };
                let accepted = !again && matches!(self.prompter.ask(prompt).await, Reply::Accepted);
                if !accepted {
                    refused.host_keys.insert(asked);
                }
                (!accepted).then_some("it was not accepted")
            }
        };
        match not_asked {
            None => {
                trust.accept(settings, &book.name, key);
                Ok(())
            }
            Some(why) => Err(format!(
                "{unknown}, and {why}; compare it with the server's own \
                 (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` there), then connect once \
                 with ssh to write it down"
            )),
        }
    }

    /// Unlocks a key file: with the inventory's secret where there is one, else by asking.
    pub async fn passphrase(
        &self,
        path: &Path,
        secret: Option<&SecretRef>,
        keys: &Keys,
    ) -> Result<(), String> {
        let mut refused = self.turn.lock().await;
        if matches!(keys.get(path), Some(Ok(KeyFile::Open(_)))) {
            return Ok(());
        }
        let key = path.display();
        if let Some(secret) = secret {
            let passphrase = secrets::resolve(secret).await?;
            return keys.unlock(path, passphrase).await.map_err(|still| match still {
                StillLocked::WrongPassphrase => {
                    format!("the secret `{secret}` is not the passphrase of {key}")
                }
                StillLocked::Unreadable(why) => format!("{key}: {why}"),
            });
        }
        for _ in 0..PASSPHRASE_TRIES {
            if refused.keys.contains(path) {
                break;
            }
            let prompt = Prompt::Passphrase { key: key.to_string() };
            let Reply::Passphrase(passphrase) = self.prompter.ask(prompt).await else { break };
            match keys.unlock(path, passphrase).await {
                Ok(()) => return Ok(()),
                Err(StillLocked::WrongPassphrase) => {}
                Err(StillLocked::Unreadable(why)) => return Err(format!("{key}: {why}")),
            }
        }
        refused.keys.insert(path.to_owned());
        Err(format!(
            "{key} stays locked without its passphrase; add it to an agent (`ssh-add {key}`), or \
             name a secret with `passphrase:`"
        ))
    }
}

impl std::fmt::Debug for Asker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asker").finish_non_exhaustive()
    }
}
