//! A release that an API runs, with its log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::sleep;

use crate::demo::app::{App, CRASH, Log};
use crate::demo::pace::Pace;
use crate::demo::release::{Behavior, Release};
use crate::demo::tasks::Tasks;

#[derive(Debug)]
pub struct Deployment {
    pub release: Release,
    pub app: Arc<App>,
    log: Arc<Lines>,
    began: Instant,
    boot: Duration,
}

/// How a deployment is, as the API says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Starting,
    Good,
    Failing,
    Crashed,
}

impl Health {
    pub fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Good => "ok",
            Self::Failing => "failing",
            Self::Crashed => "crashed",
        }
    }
}

impl Deployment {
    /// Starts a release. It answers users once it is up.
    pub fn begin(release: Release, region: &str, pace: &Pace, tasks: &Tasks) -> Arc<Self> {
        let log = Arc::new(Lines::default());
        log.write(&format!("{} starting in {region}", release.tag));
        let app = App::new(release, region.to_owned(), Arc::clone(&log) as Arc<dyn Log>);
        let boot = match release.behavior {
            Behavior::Crashes => pace.boot / 2,
            other => other.boot(pace),
        };
        // The log's lines end with the deployment: nobody else keeps it.
        let written = Arc::downgrade(&log);
        tasks.spawn(async move {
            sleep(boot).await;
            let Some(log) = written.upgrade() else { return };
            match release.behavior {
                Behavior::Crashes => {
                    for line in CRASH {
                        log.write(line);
                    }
                }
                _ => log.write("listening"),
            }
        });
        Arc::new(Self { release, app, log, began: Instant::now(), boot })
    }

    pub fn health(&self) -> Health {
        match self.release.behavior {
            _ if self.began.elapsed() < self.boot => Health::Starting,
            Behavior::NeverHealthy => Health::Failing,
            Behavior::Crashes => Health::Crashed,
            Behavior::Good | Behavior::SlowToBoot | Behavior::Flaky | Behavior::Sluggish => {
                Health::Good
            }
        }
    }

    /// Returns whether it takes requests.
    pub fn answers(&self) -> bool {
        !matches!(self.health(), Health::Starting | Health::Crashed)
    }

    /// Waits until it is up, or crashed.
    pub async fn is_up(&self) {
        sleep(self.boot.saturating_sub(self.began.elapsed())).await;
    }

    /// Returns the log so far, and what comes until the deployment is removed.
    pub fn lines(&self) -> watch::Receiver<Vec<String>> {
        self.log.0.subscribe()
    }
}

#[derive(Debug, Default)]
struct Lines(watch::Sender<Vec<String>>);

impl Log for Lines {
    fn write(&self, line: &str) {
        self.0.send_modify(|lines| lines.push(line.to_owned()));
    }
}
