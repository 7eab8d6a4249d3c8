//! Transports: the only sockets of the program. A transport carries an action to a target and says,
//! in one of five ways, how that ended.

pub mod http;
pub mod registry;
pub mod secrets;
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
    /// It never began: nothing was sent that could have had an effect.
    NotStarted(String),
    /// It began, and its status never came.
    Lost(String),
    /// The deadline passed. It was told to end; whether it did is told here.
    TimedOut {
        stopped: bool,
    },
    /// Cancelled by us. Whether it ended is told here.
    Cancelled {
        stopped: bool,
    },
}

/// Where a command's output goes, as it arrives. Never waits: a sink that is full drops and counts.
pub trait Sink: Send + Sync {
    fn take(&self, stream: Stream, bytes: &[u8]);
}

/// Limits of one command.
#[derive(Debug, Clone)]
pub struct Limits {
    pub deadline: Duration,
    pub cancel: CancellationToken,
}

/// Commands on hosts.
pub trait Shell: Send + Sync {
    fn run<'a>(
        &'a self,
        host: &'a HostName,
        command: &'a Command,
        sink: &'a dyn Sink,
        limits: Limits,
    ) -> BoxFuture<'a, Ending>;

    /// A person wants it tried again now: pauses between attempts are over, and what was refused may
    /// be asked again.
    fn try_again(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }

    /// From now on this one is told what becomes of connections.
    fn watch_connections(&self, _watcher: std::sync::Arc<dyn ConnectionWatcher>) {}

    /// From now on every secret that is read is learned by this one, and covered in what is said.
    fn share_secrets(&self, _known: KnownSecrets) {}

    /// Close every connection.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// Why a request has no answer. The two mean different things for what may have happened, as the endings of a
/// command do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Nothing reached the server that could have had an effect.
    #[error("{0}")]
    NotSent(String),
    /// The request may have arrived, and its answer did not: it was cut off, too late, or cancelled.
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

/// Requests from the console's machine.
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

    /// As [`Shell::share_secrets`].
    fn share_secrets(&self, _known: KnownSecrets) {}
}

/// What only a person can answer while a connection is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthPrompt {
    /// This host's key is in no known hosts file.
    UnknownHostKey { host: HostName, address: String, algorithm: String, fingerprint: String },
    /// This key file is encrypted.
    Passphrase { key: String },
    /// This account's password. `again`: the one that was given is not it.
    Password { host: HostName, account: String, again: bool },
    /// What the server itself wants to know before it lets this account in, in its own words.
    Answer { host: HostName, account: String, about: String, text: String, shown: bool },
}

/// The answer to a [`AuthPrompt`]. Nobody there to ask means [`PromptReply::Refused`].
#[derive(Debug, Clone)]
pub enum PromptReply {
    /// Trust the key, and write it down.
    Accepted,
    /// A passphrase, a password, an answer.
    Secret(secrecy::SecretString),
    Refused,
}

/// Who is asked.
pub trait Prompter: Send + Sync {
    fn ask(&self, prompt: AuthPrompt) -> BoxFuture<'_, PromptReply>;
}

/// What became of the connection to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionEvent {
    Connecting,
    /// Ready for commands, at this address.
    Up {
        address: String,
    },
    /// It was up and broke. The next command connects again.
    Lost {
        why: String,
    },
    /// It could not be made. The next command tries again, after a pause that grows.
    Failed {
        why: String,
    },
}

/// Who is told what becomes of connections. Called from the transport's own tasks: must not wait.
pub trait ConnectionWatcher: Send + Sync {
    fn link(&self, host: &HostName, link: &ConnectionEvent);

    /// What a person should know, though the connection is none the worse for it.
    fn note(&self, _text: &str) {}
}
