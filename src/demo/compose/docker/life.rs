//! What a container does between its start and its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::container::{Check, Container, Ends, Health, State};
use crate::demo::app::{App, CRASH, Log, UNHEALTHY};
use crate::demo::pace::Pace;
use crate::demo::release::Behavior;

/// A crashed container is started again after this long, and after twice as long each next time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Ended by SIGKILL.
const KILLED: u8 = 137;
/// So many failed checks make a container unhealthy.
const TRIES: usize = 3;

/// Runs one container until it ends for good. It is `Running` when this is called.
pub async fn live(
    container: Arc<Container>,
    ends: Ends,
    listener: Option<TcpListener>,
    pace: Pace,
    host: String,
) {
    // The port is free again before anybody can see that this has ended: `lives` drops it.
    let code = tokio::select! {
        code = lives(&container, listener, &pace, &host, &ends.stop) => code,
        () = ends.kill.cancelled() => KILLED,
    };
    container.set(State::Exited { code, since: Instant::now() });
}

async fn lives(
    container: &Arc<Container>,
    listener: Option<TcpListener>,
    pace: &Pace,
    host: &str,
    stop: &CancellationToken,
) -> u8 {
    let mut pause = FIRST_PAUSE;
    loop {
        let code = work(container, listener.as_ref(), pace, host, stop).await;
        if stop.is_cancelled() || !container.fixed.restarts {
            return code;
        }
        container.set(State::Restarting { code, since: Instant::now() });
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => return code,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
        container.restarted();
        container.set(running(container));
    }
}

pub fn running(container: &Container) -> State {
    let checked = container.fixed.has_check && !container.fixed.oneoff;
    State::Running { since: Instant::now(), health: checked.then_some(Health::Starting) }
}

/// One process of the container, from start to end: its exit code.
async fn work(
    container: &Arc<Container>,
    listener: Option<&TcpListener>,
    pace: &Pace,
    host: &str,
    stop: &CancellationToken,
) -> u8 {
    let release = container.fixed.release;
    if container.fixed.oneoff {
        return migrate(container, pace, stop).await;
    }
    let about = &container.fixed.service;
    container.write(&format!("{about} {} starting on {host}", release.tag));
    if release.behavior == Behavior::Crashes {
        sleep(pace.boot / 2).await;
        for line in CRASH {
            container.write(line);
        }
        return 1;
    }
    match listener {
        Some(listener) => {
            let app = App::new(release, host.to_owned(), Arc::clone(container) as Arc<dyn Log>);
            tokio::join!(app.serve(listener, release.behavior.boot(pace), stop), async {
                tokio::select! {
                    () = check(container, pace) => {}
                    () = stop.cancelled() => {}
                }
            });
        }
        None => background(container, pace, stop).await,
    }
    container.write(&format!("{about} {}: SIGTERM, everything is finished, bye", release.tag));
    0
}

/// The health check that the compose file asks for, once and again.
async fn check(container: &Container, pace: &Pace) {
    let boot = container.fixed.release.behavior.boot(pace);
    let began = Instant::now();
    let mut failed = 0;
    loop {
        sleep(pace.check).await;
        let up = began.elapsed() >= boot;
        let well = up && container.fixed.release.behavior != Behavior::NeverHealthy;
        let output = match (up, well) {
            (_, true) => "ok".to_owned(),
            (true, false) => format!("HTTP 503: {UNHEALTHY}"),
            (false, _) => "connection reset by peer".to_owned(),
        };
        container.checked(Check { exit: u8::from(!well), output });
        failed = if well { 0 } else { failed + 1 };
        if well {
            container.set_health(Health::Healthy);
        } else if up && failed >= TRIES {
            container.set_health(Health::Unhealthy);
        }
    }
}

/// A service without a port.
async fn background(container: &Container, pace: &Pace, stop: &CancellationToken) {
    let mut done = 0;
    loop {
        tokio::select! {
            () = sleep(pace.check * 8) => {
                done += 3;
                container.write(&format!("queue: {done} jobs done, 0 failed"));
            }
            () = stop.cancelled() => return,
        }
    }
}

const MIGRATION: [&str; 5] = [
    "Operations to perform: apply 3 migrations",
    "  0041_add_order_currency ... OK",
    "  0042_backfill_order_currency ... OK (18,204 rows)",
    "  0043_index_orders_by_currency ... OK",
    "All migrations are applied",
];

async fn migrate(container: &Container, pace: &Pace, stop: &CancellationToken) -> u8 {
    container.write(&format!("migrating to {}", container.fixed.release.tag));
    for line in MIGRATION {
        tokio::select! {
            () = sleep(pace.migration / 5) => container.write(line),
            () = stop.cancelled() => {
                container.write("SIGTERM in the middle of a migration: rolled back");
                return 143;
            }
        }
    }
    0
}
