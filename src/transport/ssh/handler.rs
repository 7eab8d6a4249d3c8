//! The handler of russh's client: judges the host key, rejects channels that a server opens, and records why a
//! connection ended.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use russh::client::{self, ChannelOpenHandle, DisconnectReason, Msg, Session};
use russh::keys::{PublicKey, PublicKeyOrCertificate};
use russh::{Channel, ChannelOpenFailure, Error};
use tokio::sync::watch;

use super::known_hosts::{Book, Offered, Verdict};

/// The key that the server showed, and the verdict of the known hosts files.
#[derive(Debug, Clone)]
pub struct Shown {
    pub key: PublicKey,
    pub verdict: Verdict,
}

/// Set once, when the server shows its key.
pub type Seen = Arc<Mutex<Option<Shown>>>;
/// Set once, when the connection ends: why.
pub type Ended = watch::Receiver<Option<String>>;

#[derive(Debug)]
pub struct Client {
    book: Book,
    seen: Seen,
    ended: watch::Sender<Option<String>>,
}

impl Client {
    pub fn new(book: Book) -> (Self, Seen, Ended) {
        let seen = Seen::default();
        let (ended, watcher) = watch::channel(None);
        (Self { book, seen: seen.clone(), ended }, seen, watcher)
    }
}

/// Channels of every kind, refused: what each of them is about does not matter.
macro_rules! turn_away {
    ($($kind:ident($($about:ty),*);)*) => {$(
        async fn $kind(
            &mut self,
            _: Channel<Msg>,
            $(_: $about,)*
            reply: ChannelOpenHandle,
            _: &mut Session,
        ) -> Result<(), Error> {
            refuse(reply).await
        }
    )*};
}

impl client::Handler for Client {
    type Error = Error;

    /// Judges the key without asking a person, since no server should wait for one. An unknown key ends this connection;
    /// the next one is made when the key was accepted.
    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Error> {
        let key = shown.public_key();
        let offered = match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => Offered::Key(key),
            PublicKeyOrCertificate::Certificate(cert) => Offered::Certificate(cert),
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let verdict = self.book.judge(offered, now);
        let trusted = verdict == Verdict::Trusted;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Shown { key, verdict });
        Ok(trusted)
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Error>) -> Result<(), Error> {
        let (why, result) = match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                let said = info.message.trim().to_owned();
                let why = if said.is_empty() { format!("{:?}", info.reason_code) } else { said };
                (format!("the server ended the connection: {why}"), Ok(()))
            }
            DisconnectReason::Error(error) => (in_words(&error), Err(error)),
        };
        self.ended.send_replace(Some(why));
        result
    }

    turn_away! {
        server_channel_open_forwarded_tcpip(&str, u32, &str, u32);
        server_channel_open_forwarded_streamlocal(&str);
        server_channel_open_agent_forward();
        server_channel_open_session();
        server_channel_open_direct_tcpip(&str, u32, &str, u32);
        server_channel_open_direct_streamlocal(&str);
        server_channel_open_x11(&str, u32);
    }
}

/// We forward nothing, so no server has a reason to open a channel to us. russh accepts by default.
async fn refuse(reply: ChannelOpenHandle) -> Result<(), Error> {
    reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
    Ok(())
}

/// Returns russh's errors as text for a person who operates servers.
pub fn in_words(error: &Error) -> String {
    match error {
        Error::IO(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            "the server closed the connection".to_owned()
        }
        Error::IO(io) => io.to_string(),
        Error::HUP | Error::Disconnect => "the server closed the connection".to_owned(),
        Error::SendError | Error::RecvError => "the connection is gone".to_owned(),
        Error::KeepaliveTimeout => "the server stopped answering keepalives".to_owned(),
        Error::Version => "what answers there is no SSH server".to_owned(),
        Error::ChannelOpenFailure(ChannelOpenFailure::ConnectFailed) => {
            "the server refused another channel; its MaxSessions may be reached".to_owned()
        }
        Error::ChannelOpenFailure(ChannelOpenFailure::AdministrativelyProhibited) => {
            "the server's settings forbid it".to_owned()
        }
        other => other.to_string(),
    }
}

/// Waits for the reason of a connection's end.
pub async fn why(ended: &mut Ended) -> String {
    match ended.wait_for(Option::is_some).await {
        Ok(reason) => reason.clone().unwrap_or_default(),
        // The session ended without a reason.
        Err(_) => "the connection is gone".to_owned(),
    }
}
