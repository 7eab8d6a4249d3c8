//! One command on one channel: from the first byte of its input to its status.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom, SystemRandom};
use russh::client::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, Slot};
use super::stop::Remote;
use crate::domain::command::RunAs;
use crate::domain::event::Stream;
use crate::transport::{Ending, Sink};

/// How long saying goodbye to a channel may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// What a command is fed, ready to be sent.
#[derive(Debug)]
pub enum Input {
    Empty,
    Text(String),
    Secret(SecretString),
}

/// How long the rest of the output of a command that has ended may take, where nothing else limits it.
const REST: Duration = Duration::from_secs(5);

pub struct Job<'a> {
    pub line: String,
    pub run_as: RunAs,
    pub input: Input,
    pub sink: &'a dyn Sink,
    pub until: Until,
}

/// How long it is waited for.
#[derive(Debug, Clone)]
pub enum Until {
    /// It is ended at this time, or once it is cancelled.
    Ended(Instant, CancellationToken),
    /// Nothing ends it, not even that nobody waits for it any more. Once it is cancelled it is heard only for as
    /// long as its server gives a sign of life: others must not wait for a network that is cut.
    ByItself(CancellationToken),
}

impl Job<'_> {
    fn may_be_ended(&self) -> bool {
        matches!(self.until, Until::Ended(..))
    }
}

/// What was heard of a channel so far.
#[derive(Default)]
pub struct Heard {
    pub status: Option<Ending>,
    /// The channel itself was closed, and not just the connection under it. A server closes it when
    /// nobody holds the command's output open any more.
    pub closed: bool,
}

enum Impatience {
    Cancelled,
    TimedOut,
    /// It goes on there to its end, and nobody hears it.
    Unheard,
}

impl Heard {
    /// `false`: nothing more will come.
    pub fn take(&mut self, message: Option<ChannelMsg>, sink: &dyn Sink) -> bool {
        match message {
            None => return false,
            Some(ChannelMsg::Data { data }) => sink.take(Stream::Stdout, &data),
            Some(ChannelMsg::ExtendedData { data, .. }) => sink.take(Stream::Stderr, &data),
            Some(ChannelMsg::ExitStatus { exit_status }) => {
                // POSIX has statuses up to 255; a larger one is a fault of the server's.
                let status = i32::try_from(exit_status).unwrap_or(i32::MAX);
                self.status = Some(Ending::Exited(status));
            }
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                self.status = Some(Ending::Signalled(name(signal_name)));
            }
            // Only the request to run was to be answered. The server may leave the channel open.
            Some(ChannelMsg::Failure) => {
                self.status = Some(Ending::NotStarted(
                    "the server refused to run a command; is the login limited to something else?"
                        .to_owned(),
                ));
                return false;
            }
            Some(ChannelMsg::Close) => {
                self.closed = true;
                return false;
            }
            // End of output, window changes and the like. More may follow, a status too.
            Some(_) => {}
        }
        true
    }
}

/// Runs the command to its end, or to the end of our patience.
pub async fn run(connection: &Arc<Connection>, slot: Slot, mut job: Job<'_>) -> Ending {
    let Some(channel) = slot.channel.take() else {
        return Ending::NotStarted("its channel is gone".to_owned());
    };
    let (mut read, write) = channel.split();
    let remote = Remote { connection: connection.clone(), mark: mark(), run_as: job.run_as };
    let line = format!("FLIPSIDE_RUN={} {}", remote.mark, job.line);
    // From here on the channel is closed however this ends.
    let may_be_ended = job.may_be_ended();
    let open = Open(Some(Running { write, remote, may_be_ended, permit: slot.permit }));
    if !open.exec(line).await {
        open.close().await;
        let why = connection.reason().await.unwrap_or_default();
        return Ending::NotStarted(format!("the connection was lost before it began: {why}"));
    }
    let mut heard = Heard::default();
    let ending = match listen(&mut read, &open, &mut heard, connection, &mut job).await {
        Some(Impatience::Unheard) if heard.status.is_none() => Ending::Lost(
            "the server does not answer, and the run was ended; it goes on there to its end"
                .to_owned(),
        ),
        // A status that was told is the truth, even if something still holds the output open.
        Some(impatience) if heard.status.is_none() => {
            open.stop(&mut read, &mut heard, job.sink).await;
            let stopped = heard.status.is_some() && heard.closed;
            if matches!(impatience, Impatience::Cancelled) {
                Ending::Cancelled { stopped }
            } else {
                Ending::TimedOut { stopped }
            }
        }
        _ => ended(connection, heard).await,
    };
    open.close().await;
    ending
}

/// Feeds the command and takes its output, until the channel or our patience is over.
async fn listen(
    read: &mut ChannelReadHalf,
    open: &Open,
    heard: &mut Heard,
    connection: &Connection,
    job: &mut Job<'_>,
) -> Option<Impatience> {
    let feeding = open.feed(std::mem::replace(&mut job.input, Input::Empty));
    tokio::pin!(feeding);
    let mut fed = false;
    let (until, may_be_ended) = (job.until.clone(), job.may_be_ended());
    let impatience = async {
        match until {
            Until::Ended(deadline, cancel) => tokio::select! {
                biased;
                () = cancel.cancelled() => Impatience::Cancelled,
                () = tokio::time::sleep_until(deadline) => Impatience::TimedOut,
            },
            Until::ByItself(cancel) => {
                tokio::join!(cancel.cancelled(), connection.given_up());
                Impatience::Unheard
            }
        }
    };
    tokio::pin!(impatience);
    loop {
        tokio::select! {
            // A command that floods us must still be fed, and cancelled.
            biased;
            why = &mut impatience => return Some(why),
            // What it left running may hold its output open for ever.
            () = sleep(REST), if !may_be_ended && heard.status.is_some() => return None,
            () = &mut feeding, if !fed => fed = true,
            message = read.wait() => {
                if !heard.take(message, job.sink) {
                    return None;
                }
            }
        }
    }
}

/// The channel is over: with a status, or with none.
async fn ended(connection: &Connection, heard: Heard) -> Ending {
    match heard {
        Heard { status: Some(status), .. } => status,
        Heard { closed: true, .. } => {
            Ending::Lost("the server closed the channel without a status".to_owned())
        }
        Heard { closed: false, .. } => Ending::Lost(
            connection.reason().await.unwrap_or_else(|| "the connection is gone".to_owned()),
        ),
    }
}

/// A command that runs. However it is left, the server hears of it: where a channel is only dropped,
/// it stays open there, and the command goes on.
struct Open(Option<Running>);

struct Running {
    write: ChannelWriteHalf<Msg>,
    remote: Remote,
    may_be_ended: bool,
    permit: OwnedSemaphorePermit,
}

impl Open {
    /// `false`: the connection is gone, and nothing was sent.
    async fn exec(&self, line: String) -> bool {
        let Some(Running { write, .. }) = &self.0 else { return false };
        write.exec(true, line).await.is_ok()
    }

    /// Writes the whole input, then the end of it. A command that does not read it is no error.
    async fn feed(&self, input: Input) {
        let Some(Running { write, .. }) = &self.0 else { return };
        let bytes = match input {
            Input::Empty => Vec::new(),
            Input::Text(text) => text.into_bytes(),
            Input::Secret(secret) => secret.expose_secret().as_bytes().to_vec(),
        };
        let _ = write.data_bytes(bytes).await;
        let _ = write.eof().await;
    }

    async fn stop(&self, read: &mut ChannelReadHalf, heard: &mut Heard, sink: &dyn Sink) {
        if let Some(Running { write, remote, .. }) = &self.0 {
            remote.stop(read, write, heard, sink).await;
        }
    }

    async fn close(mut self) {
        let Some(Running { write, permit, .. }) = self.0.take() else { return };
        // In a task of its own, which goes on when this future is dropped.
        let closed = tokio::spawn(async move {
            let _ = write.close().await;
            drop(permit);
        });
        let _ = timeout(GOODBYE, closed).await;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let Some(Running { write, remote, may_be_ended, permit }) = self.0.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            if may_be_ended {
                remote.abandon(&write).await;
            } else {
                // It goes on to its end; only its output is not wanted any more.
                let _ = write.close().await;
            }
            drop(permit);
        });
    }
}

/// By which this command is told from others of the same connection, in its environment.
fn mark() -> String {
    let mut bytes = [0; 8];
    // Without randomness it is not found, which is seen where it matters.
    let _ = SystemRandom::new().fill(&mut bytes);
    HEXLOWER.encode(&bytes)
}

fn name(signal: Sig) -> String {
    match signal {
        Sig::Custom(name) => name,
        known => format!("{known:?}"),
    }
}
