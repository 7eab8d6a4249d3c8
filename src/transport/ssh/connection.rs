//! One live connection to one server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use russh::client::{Handle, Msg};
use russh::{Channel, Disconnect};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::handler::{Client, Ended, in_words, why};

/// sshd allows ten by default (`MaxSessions`); others share the account with us.
const CHANNELS: usize = 8;
/// How long a connection that broke may take to say why.
const REASON_LIMIT: Duration = Duration::from_secs(1);

pub struct Connection {
    /// `address:port` as dialed.
    pub address: String,
    handle: Handle<Client>,
    slots: Arc<Semaphore>,
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
        Self { address, handle, slots, ended, eager, channel_limit, _jump: jump }
    }

    pub fn is_lost(&self) -> bool {
        self.handle.is_closed() || self.ended.borrow().is_some()
    }

    /// A channel for one command; waits while too many are open.
    pub async fn channel(&self) -> Result<Slot, NoChannel> {
        let permit = self.slots.clone().acquire_owned().await.map_err(|_| NoChannel::Gone)?;
        let channel = self.spare_channel().await?;
        self.eager.store(false, Ordering::Relaxed);
        Ok(Slot { channel, permit })
    }

    /// A channel beyond those for commands.
    pub async fn spare_channel(&self) -> Result<Channel<Msg>, NoChannel> {
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

    /// Waits until the connection ends, and says why.
    pub async fn ended(&self) -> String {
        why(&mut self.ended.clone()).await
    }

    /// Why it ended, for somebody who has seen that it did.
    pub async fn reason(&self) -> Option<String> {
        tokio::time::timeout(REASON_LIMIT, self.ended()).await.ok()
    }

    pub async fn close(&self) {
        self.slots.close();
        let goodbye = self.handle.disconnect(Disconnect::ByApplication, "", "en");
        let _ = tokio::time::timeout(REASON_LIMIT, goodbye).await;
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("address", &self.address).finish_non_exhaustive()
    }
}
