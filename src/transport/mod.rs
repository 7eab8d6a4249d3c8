//! Transports: the only sockets of the program. A transport carries an action to a target and reports how it ended, as
//! an [`Ending`] or as [`Unanswered`].

mod exchange;
pub mod http;
mod local_file;
pub mod registry;
pub mod secrets;
pub mod sources;
pub mod ssh;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::command::Command;
use crate::domain::event::Stream;
use crate::domain::http::{Request, Response};
use crate::domain::known_secrets::KnownSecrets;
use crate::domain::names::HostName;

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How a command on a host ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Exited(i32),
    /// Killed by a signal, by its name without `SIG`.
    Signalled(String),
    /// It never started: nothing was sent that could have had an effect.
    NotStarted(String),
    /// It started, and its status never arrived.
    Lost(String),
    /// The deadline passed, and the command was signalled to end. `stopped`: it did end.
    TimedOut {
        stopped: bool,
    },
    /// It was sent a file and took no byte of it for this long, and was signalled to end. `stopped`: it did end.
    Stalled {
        after: Duration,
        stopped: bool,
    },
    /// It was cancelled from this side. `stopped`: it did end.
    Cancelled {
        stopped: bool,
    },
}

/// Receives a command's output as it arrives. It must never wait: a full sink drops output and counts it.
pub trait Sink: Send + Sync {
    fn take(&self, stream: Stream, bytes: &[u8]);

    /// Takes a line of the transport's own, such as the progress of an upload.
    fn note(&self, _text: &str) {}
}

/// Limits of one command.
#[derive(Debug, Clone)]
pub struct Limits {
    pub deadline: Duration,
    pub cancel: CancellationToken,
}

/// Runs commands on hosts.
pub trait Shell: Send + Sync {
    fn run<'a>(
        &'a self,
        host: &'a HostName,
        command: &'a Command,
        sink: &'a dyn Sink,
        limits: Limits,
    ) -> BoxFuture<'a, Ending>;

    /// Ends the pauses between connection attempts, and lets refused prompts be asked again, because a person asked for
    /// another try.
    fn try_again(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }

    /// Sets the watcher of connection events.
    fn watch_connections(&self, _watcher: std::sync::Arc<dyn ConnectionWatcher>) {}

    /// Sets where secrets are added when they are read, so that they are redacted in all texts.
    fn share_secrets(&self, _known: KnownSecrets) {}

    /// Closes every connection.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// Why a request has no answer. As for the endings of a command, the variants differ in what may have happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Nothing reached the server that could have had an effect.
    #[error("{0}")]
    NotSent(String),
    /// The request may have arrived, but its answer did not: it was cut off, too late, or cancelled.
    #[error("{0}")]
    Lost(String),
}

impl Unanswered {
    pub fn why(&self) -> &str {
        match self {
            Self::NotSent(why) | Self::Lost(why) => why,
        }
    }
}

/// Sends requests from the console's machine.
pub trait Web: Send + Sync {
    fn request<'a>(
        &'a self,
        request: &'a Request,
        limits: Limits,
    ) -> BoxFuture<'a, Result<Response, Unanswered>>;

    /// Sends the lines of a log to the sink as they arrive, and connects again when the connection breaks. Ends when the
    /// server ends the log ([`Ending::Exited`] with 0) or refuses it ([`Ending::NotStarted`]), or with the limits.
    fn follow<'a>(
        &'a self,
        _request: &'a Request,
        _sink: &'a dyn Sink,
        _limits: Limits,
    ) -> BoxFuture<'a, Ending> {
        Box::pin(async { Ending::NotStarted("logs over HTTP are not available here".to_owned()) })
    }

    /// Reads everything that the request needs from this machine: its secrets, certificates and authorities. Sends nothing.
    ///
    /// # Errors
    /// The first thing that cannot be read or used, as text.
    fn check<'a>(&'a self, _request: &'a Request) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    /// Does the same as [`Shell::share_secrets`].
    fn share_secrets(&self, _known: KnownSecrets) {}
}

/// A question to a person while a connection is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthPrompt {
    /// This host's key is in no known hosts file.
    UnknownHostKey { host: HostName, address: String, algorithm: String, fingerprint: String },
    /// This key file is encrypted.
    Passphrase { key: String },
    /// This account's password. `again`: the password given before was wrong.
    Password { host: HostName, account: String, again: bool },
    /// The server's own question before it accepts this account.
    Answer { host: HostName, account: String, about: String, text: String, shown: bool },
}

/// The answer to an [`AuthPrompt`]. If nobody is there to ask, it is [`PromptReply::Refused`].
#[derive(Debug, Clone)]
pub enum PromptReply {
    /// Trust the key, and add it to the known hosts file.
    Accepted,
    /// A passphrase, a password, an answer.
    Secret(secrecy::SecretString),
    Refused,
}

/// Asks a person.
pub trait Prompter: Send + Sync {
    fn ask(&self, prompt: AuthPrompt) -> BoxFuture<'_, PromptReply>;
}

/// A change of the connection to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionEvent {
    Connecting,
    /// Ready for commands, at this address.
    Up {
        address: String,
    },
    /// The connection broke. The next command connects again.
    Lost {
        why: String,
    },
    /// The connection could not be made. The next command tries again, after a growing pause.
    Failed {
        why: String,
    },
}

/// Receives connection events. It is called from the transport's own tasks and must not wait.
pub trait ConnectionWatcher: Send + Sync {
    fn link(&self, host: &HostName, link: &ConnectionEvent);

    /// Reports a remark for a person that does not affect the connection.
    fn note(&self, _text: &str) {}
}
