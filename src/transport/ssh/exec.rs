//! One command on one channel: from the first byte of its input to its status.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom, SystemRandom};
use russh::client::Msg;
use russh::{ChannelMsg, ChannelWriteHalf, Sig};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};
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

pub struct Job<'a> {
    pub line: String,
    pub run_as: RunAs,
    pub input: Input,
    pub sink: &'a dyn Sink,
    pub deadline: Instant,
    pub cancel: CancellationToken,
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
pub async fn run(connection: &Connection, slot: Slot, job: Job<'_>) -> Ending {
    let (mut read, write) = slot.channel.split();
    let mut open = Open { write: Some(Arc::new(write)), permit: Some(slot.permit) };
    let Some(write) = open.write.clone() else {
        return Ending::NotStarted("the channel is gone".to_owned());
    };
    let mark = mark();
    if write.exec(true, format!("FLIPSIDE_RUN={mark} {}", job.line)).await.is_err() {
        open.forget();
        let why = connection.reason().await.unwrap_or_default();
        return Ending::NotStarted(format!("the connection was lost before it began: {why}"));
    }
    let mut heard = Heard::default();
    let feeding = feed(&write, job.input);
    tokio::pin!(feeding);
    let mut fed = false;
    let impatience = loop {
        tokio::select! {
            // Patience first: a command that floods us must still be cancellable.
            biased;
            () = job.cancel.cancelled() => break Some(Impatience::Cancelled),
            () = tokio::time::sleep_until(job.deadline) => break Some(Impatience::TimedOut),
            message = read.wait() => {
                if !heard.take(message, job.sink) {
                    break None;
                }
            }
            () = &mut feeding, if !fed => fed = true,
        }
    };
    let ending = match impatience {
        // A status that was told is the truth, even if something still holds the output open.
        Some(_) if heard.status.is_some() => ended(connection, heard).await,
        Some(impatience) => {
            let remote = Remote { connection, mark: &mark, run_as: job.run_as };
            remote.stop(&mut read, &write, &mut heard, job.sink).await;
            let stopped = heard.status.is_some() && heard.closed;
            match impatience {
                Impatience::Cancelled => Ending::Cancelled { stopped },
                Impatience::TimedOut => Ending::TimedOut { stopped },
            }
        }
        None => ended(connection, heard).await,
    };
    open.close().await;
    ending
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

/// Writes the whole input, then the end of it. A command that does not read it is no error.
async fn feed(write: &ChannelWriteHalf<Msg>, input: Input) {
    let bytes = match input {
        Input::Empty => Vec::new(),
        Input::Text(text) => text.into_bytes(),
        Input::Secret(secret) => secret.expose_secret().as_bytes().to_vec(),
    };
    let _ = write.data_bytes(bytes).await;
    let _ = write.eof().await;
}

/// An open channel. However it is left, the server hears of it: a channel that is only dropped
/// stays open there, and its command goes on.
struct Open {
    write: Option<Arc<ChannelWriteHalf<Msg>>>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Open {
    async fn close(mut self) {
        if let Some(write) = self.write.take() {
            let _ = timeout(GOODBYE, write.close()).await;
        }
    }

    fn forget(&mut self) {
        self.write = None;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let (Some(write), permit) = (self.write.take(), self.permit.take()) else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let _ = write.signal(Sig::TERM).await;
            let _ = write.close().await;
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
