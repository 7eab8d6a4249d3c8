//! One live connection to one server.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use russh::client::{Handle, Msg};
use russh::{Channel, ChannelMsg, Disconnect};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::handler::{Client, Ended, in_words, why};

/// sshd allows ten by default (`MaxSessions`): these, one spare, and one to end a command with.
const CHANNELS: usize = 8;
/// Between tries for a channel where none of ours is open.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(30),
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_secs(1),
];
/// How long a connection that broke may take to say why.
const REASON_LIMIT: Duration = Duration::from_secs(1);

pub struct Connection {
    /// `address:port` as dialed.
    pub address: String,
    handle: Handle<Client>,
    slots: Arc<Semaphore>,
    /// Slots there are: fewer than at first where a server allows fewer channels.
    capacity: AtomicUsize,
    /// Open, and waiting for the next command: it saves that one a round trip.
    spare: Mutex<Option<Channel<Msg>>>,
    ended: Ended,
    /// Cleared when the first channel is open; see [`Eager`](super::wire::Eager).
    eager: Arc<AtomicBool>,
    channel_limit: Duration,
    /// What this one is tunneled through, kept for as long as it lives.
    _jump: Option<Arc<Connection>>,
}

/// An open channel and its place among the others.
pub struct Slot {
    pub channel: Channel<Msg>,
    pub permit: OwnedSemaphorePermit,
}

/// Why there is no channel.
#[derive(Debug)]
pub enum NoChannel {
    /// The connection is gone: nothing was sent, another connection may do.
    Gone,
    Refused(String),
}

impl Connection {
    pub fn new(
        address: String,
        handle: Handle<Client>,
        ended: Ended,
        eager: Arc<AtomicBool>,
        channel_limit: Duration,
        jump: Option<Arc<Connection>>,
    ) -> Self {
        let slots = Arc::new(Semaphore::new(CHANNELS));
        Self {
            address,
            handle,
            slots,
            capacity: AtomicUsize::new(CHANNELS),
            spare: Mutex::default(),
            ended,
            eager,
            channel_limit,
            _jump: jump,
        }
    }

    pub fn is_lost(&self) -> bool {
        self.handle.is_closed() || self.ended.borrow().is_some()
    }

    /// A channel for one command; waits while too many are open.
    pub async fn channel(self: &Arc<Self>) -> Result<Slot, NoChannel> {
        let mut pauses = PAUSES.iter();
        loop {
            let permit = self.slots.clone().acquire_owned().await.map_err(|_| NoChannel::Gone)?;
            let refused = match self.any_channel().await {
                Ok(channel) => {
                    // Many connections are made for one command; a second one shows that more come.
                    if !self.eager.swap(false, Ordering::Relaxed) {
                        tokio::spawn(self.clone().lay_in_spare());
                    }
                    return Ok(Slot { channel, permit });
                }
                Err(NoChannel::Gone) => return Err(NoChannel::Gone),
                Err(refused) => refused,
            };
            if self.others_run() {
                // A server that allows fewer: from now on one command less at a time.
                self.capacity.fetch_sub(1, Ordering::Relaxed);
                permit.forget();
            } else if let Some(pause) = pauses.next() {
                // It may not have done away yet with what we have closed.
                tokio::time::sleep(*pause).await;
            } else {
                return Err(refused);
            }
        }
    }

    /// Whether slots are taken besides the one just acquired.
    fn others_run(&self) -> bool {
        self.capacity.load(Ordering::Relaxed) > self.slots.available_permits() + 1
    }

    async fn lay_in_spare(self: Arc<Self>) {
        let roomy = self.capacity.load(Ordering::Relaxed) == CHANNELS;
        let wanted = || roomy && self.spare().is_none() && !self.slots.is_closed();
        if wanted()
            && let Ok(channel) = self.open().await
        {
            let unwanted = if wanted() { self.spare().replace(channel) } else { Some(channel) };
            if let Some(channel) = unwanted {
                let _ = channel.close().await;
            }
        }
    }

    fn spare(&self) -> MutexGuard<'_, Option<Channel<Msg>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The spare channel, or a new one, beyond those for commands.
    pub async fn any_channel(&self) -> Result<Channel<Msg>, NoChannel> {
        let spare = self.spare().take();
        if let Some(mut channel) = spare
            && still_open(&mut channel)
            && !self.is_lost()
        {
            return Ok(channel);
        }
        self.open().await
    }

    async fn open(&self) -> Result<Channel<Msg>, NoChannel> {
        let opening = self.handle.channel_open_session();
        match tokio::time::timeout(self.channel_limit, opening).await {
            Ok(Ok(channel)) => Ok(channel),
            Ok(Err(error @ russh::Error::ChannelOpenFailure(_))) => {
                Err(NoChannel::Refused(in_words(&error)))
            }
            Ok(Err(_)) => Err(NoChannel::Gone),
            Err(_) => Err(NoChannel::Refused(format!(
                "no answer within {:.0} s",
                self.channel_limit.as_secs_f64()
            ))),
        }
    }

    /// A stream to another server, opened from this one. It is no session and takes no slot.
    pub async fn tunnel(&self, host: &str, port: u16) -> Result<Channel<Msg>, String> {
        let opened = self.handle.channel_open_direct_tcpip(host, port.into(), "127.0.0.1", 0).await;
        opened.map_err(|error| match error {
            russh::Error::ChannelOpenFailure(russh::ChannelOpenFailure::ConnectFailed) => {
                "the jump host could not connect to it".to_owned()
            }
            other => in_words(&other),
        })
    }

    /// Tells when and why the connection ends, without keeping it.
    pub fn watch(&self) -> Ended {
        self.ended.clone()
    }

    /// Why it ended, for somebody who has seen that it did.
    pub async fn reason(&self) -> Option<String> {
        tokio::time::timeout(REASON_LIMIT, why(&mut self.watch())).await.ok()
    }

    pub async fn close(&self) {
        self.slots.close();
        let goodbye = self.handle.disconnect(Disconnect::ByApplication, "", "en");
        let _ = tokio::time::timeout(REASON_LIMIT, goodbye).await;
    }
}

/// A server may close a channel that nobody used for long (`ChannelTimeout`).
fn still_open(channel: &mut Channel<Msg>) -> bool {
    while let Some(message) = channel.wait().now_or_never() {
        if matches!(message, None | Some(ChannelMsg::Close | ChannelMsg::Eof)) {
            return false;
        }
    }
    true
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("address", &self.address).finish_non_exhaustive()
    }
}
