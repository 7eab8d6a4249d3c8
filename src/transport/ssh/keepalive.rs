//! Watches whether the server of a connection still answers.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::connection::Connection;
use super::pulse::silence;

/// A server that was silent for this long is asked for a sign of life.
const EVERY: Duration = Duration::from_secs(2);
/// It is asked sooner if the connection itself is given up sooner.
const PART: u32 = 8;
/// So many intervals without one, and the connection is given up for new commands: 8 to 10 s after
/// the network was cut. Commands that run on it are left alone, since a host that is merely slow
/// answers late; they end with the connection (`keepalive`).
const MISSED: u32 = 3;

/// Asks a silent server for a sign of life, and calls `give_up` with the reason when none comes. It
/// does not keep the connection alive. Intervals are counted, not times compared: a
/// process that was stopped for an hour has missed one.
pub async fn keep(
    connection: Weak<Connection>,
    keepalive: Duration,
    give_up: impl Fn(&Arc<Connection>, String),
) {
    if keepalive.is_zero() {
        return;
    }
    let every = (keepalive / PART).min(EVERY);
    // As long as russh's own keepalives wait, which are not sent while a write is stuck.
    let last = keepalive.as_millis() * 4 / every.as_millis().max(1);
    let mut missed: u32 = 0;
    let mut asked: Option<Instant> = None;
    loop {
        sleep(every).await;
        let Some(connection) = connection.upgrade().filter(|connection| !connection.is_lost())
        else {
            return;
        };
        let last_heard = connection.pulse.last();
        let silent = last_heard.elapsed();
        if silent < every {
            missed = 0;
            continue;
        }
        // What was asked an interval ago was answered then: an idle server says nothing else. (The pulse
        // counts whole milliseconds.)
        if asked.is_some_and(|at| last_heard + Duration::from_millis(1) >= at) {
            missed = 0;
        }
        if missed == MISSED {
            give_up(&connection, silence(silent));
        }
        if u128::from(missed) > last {
            connection.pulse.cut();
        }
        missed = missed.saturating_add(1);
        asked = Some(Instant::now());
        let _ = timeout(every, connection.ask_for_a_sign()).await;
    }
}
