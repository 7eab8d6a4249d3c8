//! One live connection to one server.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use russh::client::{Handle, Msg};
use russh::{Channel, ChannelMsg, Disconnect};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::handler::{Client, Ended, in_words, why};
use super::pulse::{Pulse, silence as silence_of};
use super::unused::Unused;

/// sshd allows ten by default (`MaxSessions`): these, one spare, and one to end a command with.
const CHANNELS: usize = 8;
/// The pause between tries for a channel while no channel of this connection is open.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(30),
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_secs(1),
];
/// How long a refused command waits for another one to end.
const TURN: Duration = Duration::from_secs(5);
/// How long a server may be silent after it was asked for a channel, which costs it nothing.
const SILENT: Duration = Duration::from_secs(4);
/// How long to wait for the reason of a broken connection.
const REASON_LIMIT: Duration = Duration::from_secs(1);

pub struct Connection {
    /// `address:port` as dialed.
    pub address: String,
    handle: Arc<Handle<Client>>,
    pub pulse: Arc<Pulse>,
    asked: Arc<Asked>,
    slots: Arc<Semaphore>,
    /// The number of slots: fewer than at first if the server allows fewer channels.
    capacity: AtomicUsize,
    /// An open channel for the next command, which saves it a round trip.
    spare: Mutex<Option<Unused>>,
    ended: Ended,
    /// Cleared when the first channel is open; see [`Eager`](super::wire::Eager).
    eager: Arc<AtomicBool>,
    channel_limit: Duration,
    /// The server has been silent for so long that another connection is made.
    given_up: CancellationToken,
    /// The connection that this one is tunneled through, which must live as long.
    _jump: Option<Arc<Connection>>,
}

/// An open channel and its permit.
pub struct Slot {
    pub channel: Unused,
    pub permit: OwnedSemaphorePermit,
}

/// Why there is no channel.
#[derive(Debug)]
pub enum NoChannel {
    /// The connection is gone, and nothing was sent: another connection may work.
    Gone,
    /// The server does not answer.
    Silent(String),
    Refused(String),
}

/// The number of channels that were requested and are neither opened nor refused yet.
#[derive(Debug, Default)]
struct Asked(AtomicUsize);

impl Connection {
    pub fn new(
        address: String,
        handle: Handle<Client>,
        ended: Ended,
        (eager, pulse): (Arc<AtomicBool>, Arc<Pulse>),
        channel_limit: Duration,
        jump: Option<Arc<Connection>>,
    ) -> Self {
        let slots = Arc::new(Semaphore::new(CHANNELS));
        Self {
            address,
            handle: Arc::new(handle),
            pulse,
            asked: Arc::default(),
            slots,
            capacity: AtomicUsize::new(CHANNELS),
            spare: Mutex::default(),
            ended,
            eager,
            channel_limit,
            given_up: CancellationToken::new(),
            _jump: jump,
        }
    }

    pub fn is_lost(&self) -> bool {
        self.handle.is_closed() || self.ended.borrow().is_some()
    }

    /// Closes the connection for new commands. Those that wait for a slot get another connection.
    pub fn retire(&self) {
        self.slots.close();
        let spare = self.spare().take();
        drop(spare);
    }

    /// Records that the server has been silent for too long. Running commands may still finish.
    pub fn give_up(&self) {
        self.given_up.cancel();
    }

    /// Waits until the connection was given up.
    pub async fn given_up(&self) {
        self.given_up.cancelled().await;
    }

    /// Sends a request that the server must answer, without waiting: any byte is a sign of life.
    pub async fn ask_for_a_sign(&self) {
        let _ = self.handle.send_keepalive(true).await;
    }

    /// Returns a channel for one command. Waits while too many are open.
    pub async fn channel(self: &Arc<Self>) -> Result<Slot, NoChannel> {
        let mut pauses = PAUSES.iter();
        let mut refusal = None;
        loop {
            let permit = self.turn(refusal.take()).await?;
            let refused = match self.any_channel().await {
                Ok(channel) => {
                    // Many connections serve one command; a second one shows that more will follow.
                    if !self.eager.swap(false, Ordering::Relaxed) {
                        tokio::spawn(self.clone().lay_in_spare());
                    }
                    return Ok(Slot { channel, permit });
                }
                Err(NoChannel::Refused(what)) => what,
                Err(other) => return Err(other),
            };
            if self.others_run() {
                // The server allows fewer channels: from now on one command less runs at a time.
                self.capacity.fetch_sub(1, Ordering::Relaxed);
                permit.forget();
                refusal = Some(refused);
            } else if let Some(pause) = pauses.next() {
                // The server may not have freed closed channels yet.
                tokio::time::sleep(*pause).await;
            } else {
                return Err(NoChannel::Refused(refused));
            }
        }
    }

    /// Returns a permit for a command. A refused command does not wait for all others to end: a followed log never does.
    async fn turn(&self, refusal: Option<String>) -> Result<OwnedSemaphorePermit, NoChannel> {
        let turn = self.slots.clone().acquire_owned();
        let got = match refusal {
            None => turn.await,
            Some(what) => match tokio::time::timeout(TURN, turn).await {
                Ok(got) => got,
                Err(_) => return Err(NoChannel::Refused(what)),
            },
        };
        got.map_err(|_| NoChannel::Gone)
    }

    /// Returns whether slots are taken besides the one just acquired.
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
            drop(unwanted);
        }
    }

    fn spare(&self) -> MutexGuard<'_, Option<Unused>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the spare channel, or a new one beyond the slots for commands.
    pub async fn any_channel(&self) -> Result<Unused, NoChannel> {
        let spare = self.spare().take();
        if let Some(mut channel) = spare
            && channel.channel().is_some_and(still_open)
            && !self.is_lost()
        {
            return Ok(channel);
        }
        self.open().await
    }

    async fn open(&self) -> Result<Unused, NoChannel> {
        let handle = self.handle.clone();
        let opened = self.asked_for(async move { handle.channel_open_session().await });
        let began = Instant::now();
        // While other answers arrive this one may still come, so it has the whole limit.
        let silence = self.pulse.silence(SILENT.min(self.channel_limit));
        let no_answer = tokio::select! {
            biased;
            opened = opened => return match opened {
                Ok(channel) => Ok(channel),
                Err(error @ russh::Error::ChannelOpenFailure(_)) => {
                    Err(NoChannel::Refused(in_words(&error)))
                }
                Err(_) => Err(NoChannel::Gone),
            },
            () = silence => silence_of(began.elapsed()),
            () = tokio::time::sleep(self.channel_limit) => {
                format!("no answer within {:.0} s", self.channel_limit.as_secs_f64())
            }
        };
        Err(NoChannel::Silent(no_answer))
    }

    /// Requests a channel in a task of its own, since the answer may come when the caller is gone.
    async fn asked_for(
        &self,
        opening: impl Future<Output = Result<Channel<Msg>, russh::Error>> + Send + 'static,
    ) -> Result<Unused, russh::Error> {
        let (give, take) = oneshot::channel();
        let asked = self.asked.clone();
        asked.0.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            let opened = opening.await.map(Unused::new);
            let _ = give.send(opened);
            asked.0.fetch_sub(1, Ordering::Relaxed);
        });
        take.await.unwrap_or(Err(russh::Error::Disconnect))
    }

    /// Opens a stream to another server through this one. It is not a session and takes no slot.
    pub async fn tunnel(&self, host: &str, port: u16) -> Result<Unused, String> {
        let (handle, host) = (self.handle.clone(), host.to_owned());
        let opening = async move {
            handle.channel_open_direct_tcpip(host, port.into(), "127.0.0.1", 0).await
        };
        self.asked_for(opening).await.map_err(|error| match error {
            russh::Error::ChannelOpenFailure(russh::ChannelOpenFailure::ConnectFailed) => {
                "the jump host could not connect to it".to_owned()
            }
            other => in_words(&other),
        })
    }

    /// Returns a future of when and why the connection ends, which does not keep it alive.
    pub fn watch(&self) -> Ended {
        self.ended.clone()
    }

    /// Returns why the connection ended, after it did.
    pub async fn reason(&self) -> Option<String> {
        tokio::time::timeout(REASON_LIMIT, why(&mut self.watch())).await.ok()
    }

    pub async fn close(&self) {
        self.slots.close();
        let goodbye = self.handle.disconnect(Disconnect::ByApplication, "", "en");
        let _ = tokio::time::timeout(REASON_LIMIT, goodbye).await;
    }
}

impl Drop for Connection {
    /// Closes the unused connection. Unanswered requests must not keep it open.
    fn drop(&mut self) {
        if self.asked.0.load(Ordering::Relaxed) > 0 {
            self.pulse.cut();
        }
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
