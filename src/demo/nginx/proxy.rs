//! The proxy itself.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1 as client;
use hyper::header::{CONNECTION, HeaderName, HeaderValue};
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::conf::{Config, Files};
use crate::demo::tasks::Tasks;

pub const COLOR_HEADER: HeaderName = HeaderName::from_static("x-flipside-color");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Live,
    Passive,
}

#[derive(Debug)]
pub struct Proxy {
    files: Files,
    colors: BTreeMap<SocketAddr, HeaderValue>,
    workers: Mutex<Workers>,
    old_workers: Duration,
    tasks: Tasks,
    turn: AtomicUsize,
}

/// The workers that started with one configuration.
#[derive(Debug, Clone)]
struct Generation {
    config: Arc<Config>,
    /// Cancelled to end the workers: they finish current requests and take no new ones.
    go: CancellationToken,
}

#[derive(Debug)]
struct Workers {
    now: Generation,
    /// The workers of the previous configuration, until they are ended.
    before: Option<(Generation, Instant)>,
}

type Body = BoxBody<Bytes, hyper::Error>;

impl Proxy {
    /// `Err`: nginx's own words.
    pub fn new(
        files: Files,
        colors: BTreeMap<SocketAddr, HeaderValue>,
        old_workers: Duration,
        tasks: Tasks,
    ) -> Result<Self, String> {
        let now = Generation::new(files.load()?);
        let workers = Mutex::new(Workers { now, before: None });
        Ok(Self { files, colors, workers, old_workers, tasks, turn: AtomicUsize::new(0) })
    }

    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Loads the files as the new configuration. If they are invalid, everything stays.
    pub fn reload(&self) -> Result<(), String> {
        let next = Generation::new(self.files.load()?);
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = std::mem::replace(&mut workers.now, next);
        let go = gone.go.clone();
        if let Some((older, _)) = workers.before.replace((gone, Instant::now() + self.old_workers))
        {
            older.go.cancel();
        }
        let after = self.old_workers;
        self.tasks.spawn(async move {
            tokio::time::sleep(after).await;
            go.cancel();
        });
        Ok(())
    }

    /// Returns the worker for a new connection: for a moment after a reload, old workers take some too.
    fn worker(&self) -> Generation {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        match &workers.before {
            Some((before, until)) if Instant::now() < *until && turn.is_multiple_of(2) => {
                before.clone()
            }
            _ => workers.now.clone(),
        }
    }

    pub async fn serve(self: Arc<Self>, listener: TcpListener, side: Side) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let worker = self.worker();
                    self.tasks.spawn(Arc::clone(&self).connection(stream, side, worker));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, side: Side, worker: Generation) {
        let Generation { config, go } = worker;
        let asked = CancellationToken::new();
        let first = asked.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            first.cancel();
            let (proxy, config) = (Arc::clone(&self), Arc::clone(&config));
            async move { Ok::<_, Infallible>(proxy.answer(request, side, &config).await) }
        });
        // An ended worker closes connections that wait for their next request, but answers the first request of a
        // connection that it accepted.
        let may_close = async {
            go.cancelled().await;
            asked.cancelled().await;
        };
        let mut connection =
            std::pin::pin!(server::Builder::new().serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            _ = connection.as_mut() => return,
            () = may_close => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        side: Side,
        config: &Config,
    ) -> Response<Body> {
        let upstream = match side {
            Side::Live => &config.live,
            Side::Passive => &config.passive,
        };
        let Some(last) = upstream.servers.len().checked_sub(1) else {
            return bad_gateway("no live upstreams");
        };
        let server = upstream.servers[self.turn.load(Ordering::Relaxed) % (last + 1)];
        match forward(request, server).await {
            Ok(mut response) => {
                if let Some(color) = self.colors.get(&server) {
                    response.headers_mut().insert(COLOR_HEADER, color.clone());
                }
                response.headers_mut().remove(CONNECTION);
                response.map(BodyExt::boxed)
            }
            Err(why) => bad_gateway(&why),
        }
    }
}

impl Generation {
    fn new(config: Config) -> Self {
        Self { config: Arc::new(config), go: CancellationToken::new() }
    }
}

/// Over a connection of its own, as nginx does without `keepalive`.
async fn forward(
    mut request: Request<Incoming>,
    server: SocketAddr,
) -> Result<Response<Incoming>, String> {
    let stream = TcpStream::connect(server).await.map_err(|error| error.to_string())?;
    let (mut sender, connection) =
        client::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    sender.send_request(request).await.map_err(|error| error.to_string())
}

fn bad_gateway(why: &str) -> Response<Body> {
    let text = format!("502 Bad Gateway: {why}\n");
    let body = Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}
