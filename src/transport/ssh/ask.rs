//! Prompts to a person. Each is asked once, however many connections wait for the answer, and no connection is open
//! meanwhile.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use russh::keys::PublicKey;
use secrecy::SecretString;
use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard};

use super::error::address;
use super::keys::{KeyFile, Keys, StillLocked};
use super::known_hosts::{Book, Offered, Verdict, fingerprint};
use super::settings::{Settings, UnknownKey};
use super::trust::Trust;
use crate::base::secret_ref::SecretRef;
use crate::domain::names::HostName;
use crate::transport::secrets;
use crate::transport::{AuthPrompt, PromptReply, Prompter};

/// How often a passphrase is asked for, as with ssh(1).
const PASSPHRASE_TRIES: usize = 3;

/// What a connection needs from a person.
#[derive(Debug, Clone)]
pub enum Question {
    HostKey(Box<PublicKey>),
    Passphrase(PathBuf),
    /// The error if nobody answers.
    Password {
        otherwise: String,
    },
}

/// Refused prompts, which are not asked again.
#[derive(Debug, Default)]
struct Refused {
    /// Host keys, by the name in the known hosts file and fingerprint.
    host_keys: HashSet<(String, String)>,
    keys: HashSet<PathBuf>,
}

pub struct Asker {
    prompter: Arc<dyn Prompter>,
    /// One question at a time: a person has one keyboard.
    turn: Mutex<Refused>,
    accounts: std::sync::Mutex<Accounts>,
}

/// Logins that are typed, by `user@address:port`.
#[derive(Debug, Default)]
struct Accounts {
    /// Passwords that their servers accepted.
    passwords: HashMap<String, SecretString>,
    /// Logins without an answer, which are not asked for again.
    given_up: HashSet<String>,
    /// One login per account at a time, so that the next one knows its result.
    turns: HashMap<String, Arc<Mutex<()>>>,
}

/// The turn to ask the person. Nothing else asks while it is held.
pub struct Talk<'a> {
    prompter: &'a dyn Prompter,
    _turn: MutexGuard<'a, Refused>,
}

impl Talk<'_> {
    pub async fn ask(&mut self, prompt: AuthPrompt) -> Option<SecretString> {
        match self.prompter.ask(prompt).await {
            PromptReply::Secret(secret) => Some(secret),
            PromptReply::Accepted | PromptReply::Refused => None,
        }
    }
}

impl Asker {
    pub fn new(prompter: Arc<dyn Prompter>) -> Self {
        Self { prompter, turn: Mutex::default(), accounts: std::sync::Mutex::default() }
    }

    /// Lets all refused prompts be asked again.
    pub async fn forget_refusals(&self) {
        *self.turn.lock().await = Refused::default();
        self.accounts().given_up.clear();
    }

    pub async fn talk(&self) -> Talk<'_> {
        Talk { prompter: &*self.prompter, _turn: self.turn.lock().await }
    }

    /// Returns the turn to log in to an account by typing.
    pub async fn account(&self, account: &str) -> OwnedMutexGuard<()> {
        let turn = self.accounts().turns.entry(account.to_owned()).or_default().clone();
        turn.lock_owned().await
    }

    /// Asks a person for a password. `None`: no answer.
    pub async fn password(
        &self,
        host: &HostName,
        account: &str,
        again: bool,
    ) -> Option<SecretString> {
        if self.gave_up(account) {
            return None;
        }
        let prompt =
            AuthPrompt::Password { host: host.clone(), account: account.to_owned(), again };
        let password = self.talk().await.ask(prompt).await;
        if password.is_none() {
            self.give_up(account);
        }
        password
    }

    pub fn known_password(&self, account: &str) -> Option<SecretString> {
        self.accounts().passwords.get(account).cloned()
    }

    pub fn keep_password(&self, account: &str, password: SecretString) {
        self.accounts().passwords.insert(account.to_owned(), password);
    }

    pub fn forget_password(&self, account: &str) {
        self.accounts().passwords.remove(account);
    }

    pub fn give_up(&self, account: &str) {
        self.accounts().given_up.insert(account.to_owned());
    }

    pub fn gave_up(&self, account: &str) -> bool {
        self.accounts().given_up.contains(account)
    }

    fn accounts(&self) -> std::sync::MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks whether an unknown key is to be trusted. `Ok`: yes; the key is added to the known hosts file, and `note` gets a
    /// message if it could not be written.
    pub async fn host_key(
        &self,
        host: &HostName,
        settings: &Settings,
        trust: &Trust,
        key: &PublicKey,
        note: impl FnOnce(&str),
    ) -> Result<(), String> {
        let mut refused = self.turn.lock().await;
        // It may have been answered while this waited for its turn.
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
            UnknownKey::Ask if settings.batch => Some("`BatchMode yes` lets nobody be asked"),
            UnknownKey::Ask => {
                let asked = (book.name.written.clone(), fingerprint.clone());
                let again = refused.host_keys.contains(&asked);
                let prompt = AuthPrompt::UnknownHostKey {
                    host: host.clone(),
                    address: address(&settings.host, settings.port),
                    algorithm,
                    fingerprint: fingerprint.clone(),
                };
                let accepted =
                    !again && matches!(self.prompter.ask(prompt).await, PromptReply::Accepted);
                if !accepted {
                    refused.host_keys.insert(asked);
                }
                (!accepted).then_some("it was not accepted")
            }
        };
        match not_asked {
            None => {
                if let Err(why) = trust.accept(settings, &book.name, key) {
                    note(&format!(
                        "{host}: its key {fingerprint} was accepted and could not be written down \
                         ({why}), so it will be asked about again"
                    ));
                }
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
        batch: bool,
    ) -> Result<(), String> {
        let mut refused = self.turn.lock().await;
        if matches!(keys.get(path), Some(Ok(KeyFile::Open(_)))) {
            return Ok(());
        }
        let key = path.display();
        if let Some(secret) = secret {
            let passphrase = secrets::resolve(secret).await.map_err(|error| error.to_string())?;
            return keys.unlock(path, passphrase).await.map_err(|still| match still {
                StillLocked::WrongPassphrase => {
                    format!("the secret `{secret}` is not the passphrase of {key}")
                }
                StillLocked::Unreadable(why) => format!("{key}: {why}"),
            });
        }
        for _ in 0..PASSPHRASE_TRIES {
            if batch || refused.keys.contains(path) {
                break;
            }
            let prompt = AuthPrompt::Passphrase { key: key.to_string() };
            let PromptReply::Secret(passphrase) = self.prompter.ask(prompt).await else { break };
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
