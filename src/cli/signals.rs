//! What the machine, or somebody at another terminal, tells this process, told to the console.

use rustix::process::Signal as Raw;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::console::Signal;

/// Whoever ends the console from outside ends it as `q` would: the terminal is given back. It does not
/// end by itself.
pub async fn tell(console: mpsc::UnboundedSender<Signal>) {
    let all = [
        (SignalKind::terminate(), Signal::End),
        (SignalKind::hangup(), Signal::End),
        (SignalKind::quit(), Signal::End),
        (SignalKind::interrupt(), Signal::Interrupt),
        (SignalKind::from_raw(Raw::TSTP.as_raw()), Signal::Aside),
        (SignalKind::from_raw(Raw::CONT.as_raw()), Signal::Back),
    ];
    let hear = |(kind, means): (SignalKind, Signal)| {
        let console = console.clone();
        async move {
            // A signal that cannot be heard does what it does by itself.
            let Ok(mut heard) = signal(kind) else { return };
            while heard.recv().await.is_some() && console.send(means).is_ok() {}
        }
    };
    futures::future::join_all(all.map(hear)).await;
}

/// A person at the normal screen will not wait any longer. Once a signal was heard by somebody, it ends
/// nothing by itself any more.
pub async fn interrupted() {
    match signal(SignalKind::interrupt()) {
        Ok(mut heard) => drop(heard.recv().await),
        Err(_) => std::future::pending().await,
    }
}
