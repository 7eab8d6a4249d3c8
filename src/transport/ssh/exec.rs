//! Runs one command on one channel, from the first byte of its input to its status.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom, SystemRandom};
use russh::client::Msg;
use russh::{ChannelReadHalf, ChannelWriteHalf};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, Slot};
use super::input::{self, Due, Input, Patience};
use super::received::Received;
use super::stop::Remote;
use crate::domain::command::RunAs;
use crate::transport::{Ending, Sink};

/// The limit for closing a channel.
const GOODBYE: Duration = Duration::from_secs(1);

/// How long a command may take no byte of a file that is sent to it.
const STALL: Duration = Duration::from_secs(60);

/// The limit for the rest of the output of a command that has ended, where nothing else limits it.
const REST: Duration = Duration::from_secs(5);

pub struct Job<'a> {
    pub line: String,
    pub run_as: RunAs,
    pub input: Input,
    pub sink: &'a dyn Sink,
    pub until: Until,
}

/// How long a command is waited for.
#[derive(Debug, Clone)]
pub enum Until {
    /// It is ended at this time, or once it is cancelled. While a file is sent to it, time does not count as long as it
    /// takes bytes; `deadline` begins again after the last one.
    Ended { at: Instant, deadline: Duration, cancel: CancellationToken },
    /// Nothing ends it, not even when its caller is gone. Once cancelled it is waited for only as long as its server
    /// shows a sign of life: others must not wait for a network that is cut.
    ByItself(CancellationToken),
}

impl Job<'_> {
    fn may_be_ended(&self) -> bool {
        matches!(self.until, Until::Ended { .. })
    }
}

enum Impatience {
    Cancelled,
    TimedOut,
    /// It took no byte of its input for this long.
    Stalled(Duration),
    /// The command continues on the server, without its output being read.
    Unheard,
}

/// Runs the command until it ends, or until its limit.
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
        return Ending::NotStarted(format!("the connection was lost before it started: {why}"));
    }
    let mut heard = Received::default();
    let ending = match listen(&mut read, &open, &mut heard, connection, &mut job).await {
        Some(Impatience::Unheard) if heard.status.is_none() => Ending::Lost(
            "the server does not answer, and the run was ended; the command continues there until it ends"
                .to_owned(),
        ),
        // A received status is final, even if a process still holds the output open.
        Some(impatience) if heard.status.is_none() => {
            open.stop(&mut read, &mut heard, job.sink).await;
            let stopped = heard.status.is_some() && heard.closed;
            match impatience {
                Impatience::Cancelled => Ending::Cancelled { stopped },
                Impatience::Stalled(after) => Ending::Stalled { after, stopped },
                Impatience::TimedOut | Impatience::Unheard => Ending::TimedOut { stopped },
            }
        }
        _ => ended(connection, heard).await,
    };
    open.close().await;
    ending
}

/// Feeds the command and takes its output, until the channel ends or the limit is reached.
async fn listen(
    read: &mut ChannelReadHalf,
    open: &Open,
    heard: &mut Received,
    connection: &Connection,
    job: &mut Job<'_>,
) -> Option<Impatience> {
    let input = std::mem::replace(&mut job.input, Input::Empty);
    let may_be_ended = job.may_be_ended();
    let (patience, impatience) = patience(job.until.clone(), connection);
    let feeding = open.feed(input, job.sink, &patience);
    tokio::pin!(feeding);
    let mut fed = false;
    tokio::pin!(impatience);
    loop {
        tokio::select! {
            // A command that prints without end must still be fed, and cancelled.
            biased;
            why = &mut impatience => return Some(why),
            // A process that it left running may hold its output open for ever.
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

/// Returns what the feeding of an input sets, and what resolves once a command is not waited for any longer.
fn patience(until: Until, connection: &Connection) -> (Patience, impl Future<Output = Impatience>) {
    let (at, deadline) = match &until {
        Until::Ended { at, deadline, .. } => (*at, *deadline),
        Until::ByItself(_) => (Instant::now(), Duration::ZERO),
    };
    let stall = STALL.min(deadline);
    let (sender, mut due) = watch::channel(Due::Ended(at));
    let patience = Patience { deadline, stall, due: sender };
    let impatience = async move {
        match until {
            Until::Ended { cancel, .. } => loop {
                let now_due = *due.borrow_and_update();
                tokio::select! {
                    biased;
                    () = cancel.cancelled() => return Impatience::Cancelled,
                    Ok(()) = due.changed() => {}
                    () = tokio::time::sleep_until(now_due.at()) => return match now_due {
                        Due::Ended(_) => Impatience::TimedOut,
                        Due::NextBytes(_) => Impatience::Stalled(stall),
                    },
                }
            },
            Until::ByItself(cancel) => {
                tokio::join!(cancel.cancelled(), connection.given_up());
                Impatience::Unheard
            }
        }
    };
    (patience, impatience)
}

/// Returns the ending of a channel that has ended, with or without a status.
async fn ended(connection: &Connection, heard: Received) -> Ending {
    match heard {
        Received { status: Some(status), .. } => status,
        Received { closed: true, .. } => {
            Ending::Lost("the server closed the channel without a status".to_owned())
        }
        Received { closed: false, .. } => Ending::Lost(
            connection.reason().await.unwrap_or_else(|| "the connection is gone".to_owned()),
        ),
    }
}

/// A running command. Dropping it closes its channel on the server, where it would otherwise stay open while the
/// command continues.
struct Open(Option<Running>);

struct Running {
    write: ChannelWriteHalf<Msg>,
    remote: Remote,
    may_be_ended: bool,
    permit: OwnedSemaphorePermit,
}

impl Open {
    /// Starts the command. Returns `false` if the connection is gone and nothing was sent.
    async fn exec(&self, line: String) -> bool {
        let Some(Running { write, .. }) = &self.0 else { return false };
        write.exec(true, line).await.is_ok()
    }

    async fn feed(&self, input: Input, sink: &dyn Sink, patience: &Patience) {
        let Some(Running { write, .. }) = &self.0 else { return };
        input::feed(write, input, sink, patience).await;
    }

    async fn stop(&self, read: &mut ChannelReadHalf, heard: &mut Received, sink: &dyn Sink) {
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
                // The command continues until it ends; only its output is not read any more.
                let _ = write.close().await;
            }
            drop(permit);
        });
    }
}

/// Returns a mark for the command's environment that distinguishes it from others of the same connection.
fn mark() -> String {
    let mut bytes = [0; 8];
    // Without randomness the command cannot be found by its mark; stopping it then reports that it did not stop.
    let _ = SystemRandom::new().fill(&mut bytes);
    HEXLOWER.encode(&bytes)
}
