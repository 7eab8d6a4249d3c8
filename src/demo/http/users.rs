//! Where users, and those who try the passive side, reach what an API has deployed.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::time::{Duration, sleep};

use super::api::Api;
use super::deployment::Deployment;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Live,
    Passive,
}

/// Answers at both ports until the fleet is stopped.
pub async fn serve(api: &Arc<Api>) -> io::Result<()> {
    for (address, side) in [(api.ports.live(), Side::Live), (api.ports.passive(), Side::Passive)] {
        let listener = TcpListener::bind(address).await?;
        api.tasks.spawn(take(listener, Arc::clone(api), side));
    }
    Ok(())
}

async fn take(listener: TcpListener, api: Arc<Api>, side: Side) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, or a caller that is gone already: neither lasts.
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        let served = Arc::clone(&api);
        api.tasks.spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                // The side is chosen for each request: one that has begun ends where it began.
                let deployment = match side {
                    Side::Live => Some(served.live()),
                    Side::Passive => served.passive(),
                };
                async move { Ok::<_, Infallible>(answer(deployment, &request).await) }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    deployment: Option<Arc<Deployment>>,
    request: &Request<Incoming>,
) -> Response<Full<Bytes>> {
    let Some(deployment) = deployment.filter(|deployment| deployment.answers()) else {
        let mut response = Response::new(Full::new(Bytes::from("nothing answers here\n")));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        return response;
    };
    deployment.app.answer(request.uri().path()).await
}
