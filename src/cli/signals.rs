//! Signals from outside, passed on to the console.

use rustix::process::Signal as Raw;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::console::Signal;

/// Sends the process's signals to the console, which leaves as `q` would and restores the terminal. Runs until it
/// is aborted.
pub async fn forward(console: mpsc::UnboundedSender<Signal>) {
    let all = [
        (SignalKind::terminate(), Signal::End),
        (SignalKind::hangup(), Signal::End),
        (SignalKind::quit(), Signal::End),
        (SignalKind::interrupt(), Signal::Interrupt),
        (SignalKind::from_raw(Raw::TSTP.as_raw()), Signal::Aside),
        (SignalKind::from_raw(Raw::CONT.as_raw()), Signal::Back),
    ];
    let forward_one = |(kind, means): (SignalKind, Signal)| {
        let console = console.clone();
        async move {
            // A signal that no handler can be set for keeps its default action.
            let Ok(mut received) = signal(kind) else { return };
            while received.recv().await.is_some() && console.send(means).is_ok() {}
        }
    };
    futures::future::join_all(all.map(forward_one)).await;
}

/// Waits for an interrupt after the console has closed. Once a handler was set, SIGINT no longer ends the process
/// by default.
pub async fn interrupted() {
    match signal(SignalKind::interrupt()) {
        Ok(mut received) => drop(received.recv().await),
        Err(_) => std::future::pending().await,
    }
}
