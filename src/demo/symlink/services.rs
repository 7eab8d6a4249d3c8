//! A stand-in for what starts and stops the services of a host, as a team's own script does: `shopctl`.
//!
//! ```text
//! shopctl start COLOR PORT SLOT    starts the release that SLOT holds; no error if it runs
//! shopctl stop COLOR               lets it finish what it has begun; no error if it does not run
//! shopctl status COLOR             exits with 0 while it runs
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::demo::app::{App, CRASH, Log};
use crate::demo::pace::Pace;
use crate::demo::ports;
use crate::demo::release::{self, Behavior, Release};
use crate::demo::standin::voice::{Exit, Voice};
use crate::demo::tasks::Tasks;

/// The name under which scripts call it.
pub const NAME: &str = "shopctl";
/// The file of a version that names its release.
pub const NAME_FILE: &str = "RELEASE";
/// What `systemctl is-active` answers of a service that does not run.
const NOT_RUNNING: Exit = Exit(3);

/// The services of one host, by their colors.
#[derive(Debug)]
pub struct Services {
    host: String,
    logs: PathBuf,
    pace: Pace,
    tasks: Tasks,
    running: Mutex<BTreeMap<String, Service>>,
}

/// One service, from its start until it ended.
#[derive(Debug, Clone)]
struct Service {
    stop: CancellationToken,
    state: watch::Receiver<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Starting,
    Answers,
    Ended,
}

impl Services {
    /// `logs`: the directory of the logs, which is made when it is needed.
    pub fn new(host: &str, logs: PathBuf, pace: Pace, tasks: Tasks) -> Self {
        Self { host: host.to_owned(), logs, pace, tasks, running: Mutex::default() }
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<String, Service>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the service of a color that has not ended.
    fn service(&self, color: &str) -> Option<Service> {
        let service = self.running().get(color).cloned()?;
        let has_ended = *service.state.borrow() == State::Ended;
        (!has_ended).then_some(service)
    }

    /// Starts the release that a slot holds, unless a service of this color runs.
    ///
    /// # Errors
    ///
    /// The slot holds no release of the demo, or the log cannot be written.
    pub fn start(&self, color: &str, port: u16, slot: &Path) -> Result<(), String> {
        if self.service(color).is_some() {
            return Ok(());
        }
        let release = held(slot)?;
        let log = self.log(color).map_err(|why| format!("the log of {color}: {why}"))?;
        let (state, seen) = watch::channel(State::Starting);
        let service = Service { stop: CancellationToken::new(), state: seen };
        self.running().insert(color.to_owned(), service.clone());
        let life = Life {
            release,
            host: self.host.clone(),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            pace: self.pace,
            log: Arc::new(log),
            stop: service.stop,
        };
        self.tasks.spawn(async move {
            life.run(&state).await;
            state.send_replace(State::Ended);
        });
        Ok(())
    }

    /// Ends the service of a color once it has finished what it began.
    pub async fn stop(&self, color: &str) {
        let Some(mut service) = self.service(color) else { return };
        service.stop.cancel();
        // The sender is gone only with the fleet.
        let _ = service.state.wait_for(|state| *state == State::Ended).await;
    }

    /// Waits until the service of a color answers, or has ended.
    pub async fn answers(&self, color: &str) {
        let Some(mut service) = self.service(color) else { return };
        let _ = service.state.wait_for(|state| *state != State::Starting).await;
    }

    fn log(&self, color: &str) -> std::io::Result<LogFile> {
        fs::create_dir_all(&self.logs)?;
        let path = self.logs.join(format!("{color}.log"));
        Ok(LogFile(Mutex::new(File::options().create(true).append(true).open(path)?)))
    }
}

/// Returns the release that a slot holds.
fn held(slot: &Path) -> Result<Release, String> {
    let path = slot.join(NAME_FILE);
    let tag = fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
    let tag = tag.trim();
    release::find(tag).ok_or_else(|| format!("{}: the demo has no release {tag}", path.display()))
}

/// What a service does from its start to its end.
struct Life {
    release: Release,
    host: String,
    address: SocketAddr,
    pace: Pace,
    log: Arc<LogFile>,
    stop: CancellationToken,
}

impl Life {
    async fn run(self, state: &watch::Sender<State>) {
        let Self { release, host, address, pace, log, stop } = self;
        log.write(&format!("{} starting on {host}", release.tag));
        if release.behavior == Behavior::Crashes {
            sleep(pace.boot / 2).await;
            for line in CRASH {
                log.write(line);
            }
            return;
        }
        // A process listens only once it is up.
        tokio::select! {
            () = sleep(release.behavior.boot(&pace)) => {}
            () = stop.cancelled() => return,
        }
        let listener = match ports::listen(address).await {
            Ok(listener) => listener,
            Err(why) => return log.write(&format!("cannot listen on {address}: {why}")),
        };
        state.send_replace(State::Answers);
        let app = App::new(release, host, Arc::clone(&log) as Arc<dyn Log>);
        app.serve(&listener, Duration::ZERO, &stop).await;
        log.write(&format!("{}: SIGTERM, everything is finished, bye", release.tag));
    }
}

/// The file that a service writes its log to.
#[derive(Debug)]
struct LogFile(Mutex<File>);

impl Log for LogFile {
    fn write(&self, line: &str) {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A service does not end because its log is full.
        let _ = writeln!(file, "{line}");
    }
}

/// Carries out one call of the stand-in.
pub async fn carry_out(services: &Services, words: &[&str], voice: &mut Voice) -> Exit {
    match words {
        ["start", color, port, slot] => {
            let Ok(port) = port.parse() else {
                return voice.fail(format!("{NAME}: {port} is no port")).await;
            };
            match services.start(color, port, Path::new(slot)) {
                Ok(()) => Exit::OK,
                Err(why) => voice.fail(format!("{NAME}: {why}")).await,
            }
        }
        ["stop", color] => {
            services.stop(color).await;
            Exit::OK
        }
        ["status", color] => match services.service(color) {
            Some(_) => Exit::OK,
            None => NOT_RUNNING,
        },
        _ => voice.not_known(NAME, words).await,
    }
}
