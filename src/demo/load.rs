//! Users: a steady stream of requests to every host's live port, and counts of their results.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONNECTION, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::nginx::proxy::COLOR_HEADER;
use super::tasks::Tasks;

/// A user who waits longer has seen an error.
const PATIENCE: Duration = Duration::from_secs(5);
/// Users who keep their connection, at each host.
const KEEPERS: u32 = 2;
/// What a user who keeps a connection waits between two requests.
const PAUSE: Duration = Duration::from_millis(300);
/// Seconds that are remembered one by one.
const SECONDS: usize = 300;

/// How many answers were of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Answered 200.
    pub ok: u64,
    /// Answered with another status.
    pub not_ok: u64,
    /// Not answered at all.
    pub failed: u64,
}

impl Tally {
    pub fn total(self) -> u64 {
        self.ok + self.not_ok + self.failed
    }

    pub fn bad(self) -> u64 {
        self.not_ok + self.failed
    }

    fn count(&mut self, got: &RequestResult) {
        match got {
            RequestResult::Answer { status: StatusCode::OK, .. } => self.ok += 1,
            RequestResult::Answer { .. } => self.not_ok += 1,
            RequestResult::Nothing(_) => self.failed += 1,
        }
    }
}

/// One second of traffic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Second {
    /// Seconds since the load began.
    pub at: u64,
    pub tally: Tally,
    pub by_release: BTreeMap<String, u64>,
}

/// What users got since the load began.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    pub all: Tally,
    pub by_host: BTreeMap<String, Tally>,
    /// By the release that answered, if one did.
    pub by_release: BTreeMap<String, Tally>,
    pub by_color: BTreeMap<String, u64>,
    /// The last seconds, the newest at the end.
    pub seconds: VecDeque<Second>,
    /// What the last request that got no answer ran into.
    pub last_failure: Option<String>,
}

impl Figures {
    pub fn total(&self) -> u64 {
        self.all.total()
    }

    pub fn bad(&self) -> u64 {
        self.all.bad()
    }

    fn count(&mut self, at: u64, host: &str, got: RequestResult) {
        self.all.count(&got);
        self.by_host.entry(host.to_owned()).or_default().count(&got);
        if self.seconds.back().is_none_or(|second| second.at < at) {
            self.seconds.push_back(Second { at, ..Second::default() });
            let surplus = self.seconds.len().saturating_sub(SECONDS);
            self.seconds.drain(..surplus);
        }
        if let Some(second) = self.seconds.back_mut() {
            second.tally.count(&got);
            if let RequestResult::Answer { release: Some(release), .. } = &got {
                *second.by_release.entry(release.clone()).or_default() += 1;
            }
        }
        if let RequestResult::Answer { release: Some(release), .. } = &got {
            self.by_release.entry(release.clone()).or_default().count(&got);
        }
        match got {
            RequestResult::Answer { color: Some(color), .. } => {
                *self.by_color.entry(color).or_default() += 1;
            }
            RequestResult::Answer { .. } => {}
            RequestResult::Nothing(why) => self.last_failure = Some(format!("{host}: {why}")),
        }
    }
}

/// What one request got.
#[derive(Debug)]
enum RequestResult {
    Answer { status: StatusCode, release: Option<String>, color: Option<String> },
    Nothing(String),
}

/// The running load. Clones share the same figures.
#[derive(Debug, Clone)]
pub struct Load {
    began: Instant,
    figures: Arc<Mutex<Figures>>,
}

impl Default for Load {
    fn default() -> Self {
        Self { began: Instant::now(), figures: Arc::default() }
    }
}

impl Load {
    pub fn figures(&self) -> Figures {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn run(&self, hosts: Vec<(String, SocketAddr)>, per_second: u32, tasks: &Tasks) {
        if per_second == 0 {
            return;
        }
        for (host, address) in hosts {
            let every = Duration::from_secs(1) / per_second;
            tasks.spawn(self.clone().comers(host.clone(), address, every, tasks.clone()));
            for _ in 0..KEEPERS {
                tasks.spawn(self.clone().keeper(host.clone(), address));
            }
        }
    }

    fn count(&self, host: &str, got: RequestResult) {
        let at = self.began.elapsed().as_secs();
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).count(at, host, got);
    }

    /// Users who come, ask once, over a connection of their own, and go.
    async fn comers(self, host: String, address: SocketAddr, every: Duration, tasks: Tasks) {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            let (load, host) = (self.clone(), host.clone());
            tasks.spawn(async move {
                let got = match connect(address).await {
                    Ok(mut sender) => ask(&mut sender, address, true).await,
                    Err(why) => Err(why),
                };
                load.count(&host, got.unwrap_or_else(RequestResult::Nothing));
            });
        }
    }

    /// A user who keeps the connection and asks again over it. A kept connection that the server
    /// closed between two requests is made anew, as every browser does: that is no failure.
    async fn keeper(self, host: String, address: SocketAddr) {
        let mut kept: Option<SendRequest<Empty<Bytes>>> = None;
        loop {
            sleep(PAUSE).await;
            if let Some(sender) = kept.as_mut()
                && let Ok(got) = ask(sender, address, false).await
            {
                self.count(&host, got);
                continue;
            }
            let got = match connect(address).await {
                Ok(mut sender) => {
                    let got = ask(&mut sender, address, false).await;
                    kept = Some(sender);
                    got
                }
                Err(why) => Err(why),
            };
            self.count(&host, got.unwrap_or_else(RequestResult::Nothing));
        }
    }
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Empty<Bytes>>, String> {
    let open = async {
        let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())
    };
    let (sender, connection) =
        timeout(PATIENCE, open).await.map_err(|_| "no connection in time".to_owned())??;
    // Ends with its sender, or with the server.
    tokio::spawn(connection);
    Ok(sender)
}

async fn ask(
    sender: &mut SendRequest<Empty<Bytes>>,
    address: SocketAddr,
    once: bool,
) -> Result<RequestResult, String> {
    let mut request = Request::get("/").header(HOST, address.to_string());
    if once {
        request = request.header(CONNECTION, "close");
    }
    let request = request.body(Empty::new()).map_err(|error| error.to_string())?;
    let exchange = async {
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        let (head, body) = response.into_parts();
        body.collect().await?;
        Ok::<_, hyper::Error>(head)
    };
    let head = timeout(PATIENCE, exchange)
        .await
        .map_err(|_| "no answer in time".to_owned())?
        .map_err(|error| error.to_string())?;
    let header = |name: &str| head.headers.get(name)?.to_str().ok().map(str::to_owned);
    Ok(RequestResult::Answer {
        status: head.status,
        release: header("x-release"),
        color: header(COLOR_HEADER.as_str()),
    })
}
