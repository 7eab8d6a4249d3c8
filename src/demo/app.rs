//! The app that is released: a small HTTP server that says which release it is.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::release::{Behavior, Release};

/// What a release writes that ends with an error at its start.
pub const CRASH: [&str; 3] = [
    "Traceback (most recent call last):",
    "  File \"/app/settings.py\", line 41, in load",
    "KeyError: 'PAYMENT_API_URL' is not set in the environment",
];
/// What a release says of its health that never becomes healthy.
pub const UNHEALTHY: &str = "the search index was built by v3, v4 cannot read it";

/// The flaky release fails one request of so many.
const ONE_OF: u64 = 5;
/// What a sluggish release takes for its front page.
const SLUGGISH: Duration = Duration::from_millis(500);

/// Where a running release writes its log.
pub trait Log: std::fmt::Debug + Send + Sync {
    /// Adds one line.
    fn write(&self, line: &str);
}

#[derive(Debug)]
pub struct App {
    release: Release,
    host: String,
    log: Arc<dyn Log>,
    asked: AtomicU64,
}

impl App {
    pub fn new(release: Release, host: String, log: Arc<dyn Log>) -> Arc<Self> {
        Arc::new(Self { release, host, log, asked: AtomicU64::new(0) })
    }

    /// Answers until it is asked to stop, then finishes what it began.
    pub async fn serve(
        self: Arc<Self>,
        listener: &TcpListener,
        boot: Duration,
        stop: &CancellationToken,
    ) {
        if !self.boot(listener, boot, stop).await {
            return;
        }
        self.log.write("listening");
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(connection(Arc::clone(&self), stream, stop.clone()));
                    }
                    // Out of descriptors, or a caller that is gone already: neither lasts.
                    Err(_) => sleep(Duration::from_millis(10)).await,
                },
                Some(_) = connections.join_next() => {}
                () = stop.cancelled() => break,
            }
        }
        while connections.join_next().await.is_some() {}
    }

    /// A published port takes connections before anybody listens behind it, and resets them.
    async fn boot(&self, listener: &TcpListener, boot: Duration, stop: &CancellationToken) -> bool {
        let reset = async {
            loop {
                drop(listener.accept().await);
            }
        };
        tokio::select! {
            () = sleep(boot) => true,
            () = stop.cancelled() => false,
            () = reset => false,
        }
    }

    /// Answers one request for a path.
    pub async fn answer(&self, path: &str) -> Response<Full<Bytes>> {
        let release = self.release;
        let (status, text) = match path {
            "/health" if release.behavior == Behavior::NeverHealthy => {
                (StatusCode::SERVICE_UNAVAILABLE, format!("{UNHEALTHY}\n"))
            }
            // Without a newline at its end, as most health checks answer.
            "/health" => (StatusCode::OK, "ok".to_owned()),
            "/" => {
                if release.behavior == Behavior::Sluggish {
                    sleep(SLUGGISH).await;
                }
                self.front_page()
            }
            _ => match path.strip_prefix("/slow/").and_then(|ms| ms.parse().ok()) {
                Some(ms) => {
                    sleep(Duration::from_millis(ms)).await;
                    (StatusCode::OK, format!("after {ms} ms\n"))
                }
                None => (StatusCode::NOT_FOUND, format!("there is no {path}\n")),
            },
        };
        let mut response = Response::new(Full::new(Bytes::from(text)));
        *response.status_mut() = status;
        if let Ok(tag) = release.tag.parse() {
            response.headers_mut().insert("X-Release", tag);
        }
        response
    }

    fn front_page(&self) -> (StatusCode, String) {
        let release = self.release;
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        if release.behavior == Behavior::Flaky && asked.is_multiple_of(ONE_OF) {
            self.log.write("ERROR GET / 500: order 3117 has no currency (KeyError: 'EUR')");
            return (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong\n".to_owned());
        }
        (StatusCode::OK, format!("the shop, release {} on {}\n", release.tag, self.host))
    }
}

async fn connection(app: Arc<App>, stream: TcpStream, stop: CancellationToken) {
    let service = service_fn(move |request: Request<Incoming>| {
        let app = Arc::clone(&app);
        async move { Ok::<_, Infallible>(app.answer(request.uri().path()).await) }
    });
    let mut connection =
        std::pin::pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
