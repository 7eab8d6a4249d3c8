//! The requests that an API takes, below `/apps/shop`:
//!
//! ```text
//! GET    /state                what is live and passive, the release before, the last change
//! PUT    /passive              starts a release on the passive side
//! GET    /passive              how it is
//! GET    /passive/page         its front page
//! PUT    /verified             records a sign-off
//! POST   /live                 sends users to a release
//! DELETE /passive/RELEASE      removes it
//! GET    /logs/RELEASE         its log, which does not end before the release does
//! GET, PUT, DELETE /lock       the lock
//! ```

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use futures::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{AUTHORIZATION, ETAG, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::api::{APP, Api, Refused, Switch};
use super::lock;
use crate::demo::link;

/// More than any request of a release has.
const BIGGEST: usize = 64 * 1024;

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// Takes requests, as the link of the API allows, until the fleet is stopped.
pub async fn serve(api: &Arc<Api>) -> io::Result<()> {
    let listener = TcpListener::bind(api.ports.api()).await?;
    let served = Arc::clone(api);
    let session = move |stream| connection(Arc::clone(&served), stream);
    let (link, tasks) = (api.link().subscribe(), api.tasks.clone());
    api.tasks.spawn(link::serve(listener, link, tasks, session));
    Ok(())
}

async fn connection(api: Arc<Api>, stream: DuplexStream) {
    let service = service_fn(move |request: Request<Incoming>| {
        let api = Arc::clone(&api);
        async move { Ok::<_, Infallible>(answer(&api, request).await) }
    });
    // A client that is gone has what it wanted, or asks again.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(api: &Arc<Api>, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let token = format!("Bearer {}", api.token);
    if head.headers.get(AUTHORIZATION).is_none_or(|given| given.as_bytes() != token.as_bytes()) {
        return error(StatusCode::UNAUTHORIZED, "no token of this API was given");
    }
    let Ok(body) = Limited::new(body, BIGGEST).collect().await else {
        return error(StatusCode::BAD_REQUEST, "the body broke off, or is too big");
    };
    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    let path = head.uri.path();
    let Some(path) = path.strip_prefix("/apps/").and_then(|path| path.strip_prefix(APP)) else {
        return error(StatusCode::NOT_FOUND, &format!("there is no {path}"));
    };
    let words: Vec<&str> = path.split('/').skip(1).collect();
    match (&head.method, words.as_slice()) {
        (_, ["lock"]) => on_lock(api, &head.method, &head.headers, body),
        (&Method::GET, ["logs", tag]) => match api.deployment(tag) {
            Ok(deployment) => log(deployment.lines()),
            Err(refused) => refuse(&refused),
        },
        (&Method::GET, ["passive", "page"]) => page(api).await,
        (method, words) => match on_sides(api, method, words, &body).await {
            Some(Ok((status, shown))) => json_answer(status, &shown),
            Some(Err(refused)) => refuse(&refused),
            None => error(StatusCode::NOT_FOUND, &format!("there is no {method} {path}")),
        },
    }
}

/// Carries out what is about the two sides. `None`: there is no such request.
async fn on_sides(
    api: &Arc<Api>,
    method: &Method,
    words: &[&str],
    body: &str,
) -> Option<Result<(StatusCode, Value), Refused>> {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let ok = |shown| (StatusCode::OK, shown);
    Some(match (method, words) {
        (&Method::GET, ["state"]) => Ok(ok(api.shown())),
        (&Method::GET, ["passive"]) => api.shown_passive().map(ok),
        (&Method::PUT, ["passive"]) => {
            api.deploy(&text("release")).map(|shown| (StatusCode::ACCEPTED, shown))
        }
        (&Method::PUT, ["verified"]) => {
            let tag = text("release");
            api.sign_off(&tag).map(|()| ok(json!({"verified": tag})))
        }
        (&Method::DELETE, ["passive", tag]) => {
            api.remove(tag).map(|()| ok(json!({"removed": tag})))
        }
        (&Method::POST, ["live"]) => {
            let wanted =
                Switch { to: text("to"), from: text("from"), phase: text("phase"), by: text("by") };
            switched(api, wanted).await.map(ok)
        }
        _ => return None,
    })
}

/// A switch that has begun is not given up because its connection broke.
async fn switched(api: &Arc<Api>, wanted: Switch) -> Result<Value, Refused> {
    let (done, end) = tokio::sync::oneshot::channel();
    let switching = Arc::clone(api);
    api.tasks.spawn(async move {
        // Nobody may wait for it any more.
        let _ = done.send(switching.switch(wanted).await);
    });
    let ended = end.await;
    ended.unwrap_or_else(|_| Err(Refused::Conflict("the API is being stopped".to_owned())))?;
    Ok(api.shown())
}

fn on_lock(api: &Api, method: &Method, headers: &HeaderMap, body: String) -> Answer {
    let header = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let (done, etag) = api.with_lock(|lock| {
        let done = match *method {
            Method::GET => lock.holder().map(|holder| (StatusCode::OK, holder)),
            Method::PUT => lock
                .put(body, header(IF_NONE_MATCH) == Some("*"))
                .map(|()| (StatusCode::CREATED, String::new())),
            Method::DELETE => {
                lock.delete(header(IF_MATCH)).map(|()| (StatusCode::NO_CONTENT, String::new()))
            }
            _ => Ok((StatusCode::METHOD_NOT_ALLOWED, String::new())),
        };
        (done, lock.etag())
    });
    let mut answer = match done {
        Ok((status, text)) => whole(status, text),
        Err(lock::Refused::Absent) => error(StatusCode::NOT_FOUND, "there is no lock"),
        Err(lock::Refused::Precondition) => {
            error(StatusCode::PRECONDITION_FAILED, "another run holds the lock")
        }
    };
    if let Ok(etag) = etag.parse() {
        answer.headers_mut().insert(ETAG, etag);
    }
    answer
}

/// Returns the front page of the passive side.
async fn page(api: &Api) -> Answer {
    match api.passive().filter(|passive| passive.answers()) {
        Some(passive) => {
            let (head, body) = passive.app.answer("/").await.into_parts();
            Response::from_parts(head, body.boxed_unsync())
        }
        None => error(StatusCode::SERVICE_UNAVAILABLE, "nothing answers on the passive side"),
    }
}

/// Returns a log as it is written: an answer that ends with its deployment.
fn log(lines: watch::Receiver<Vec<String>>) -> Answer {
    let more = stream::unfold((lines, 0), |(mut lines, sent)| async move {
        loop {
            let (text, count) = {
                let all = lines.borrow_and_update();
                let new = all.get(sent..).unwrap_or_default();
                (new.iter().map(|line| format!("{line}\n")).collect::<String>(), all.len())
            };
            if !text.is_empty() {
                return Some((Ok(Frame::data(Bytes::from(text))), (lines, count)));
            }
            lines.changed().await.ok()?;
        }
    });
    Response::new(StreamBody::new(more).boxed_unsync())
}

fn refuse(refused: &Refused) -> Answer {
    match refused {
        Refused::NotFound(why) => error(StatusCode::NOT_FOUND, why),
        Refused::Conflict(why) => error(StatusCode::CONFLICT, why),
    }
}

fn error(status: StatusCode, why: &str) -> Answer {
    json_answer(status, &json!({"error": why}))
}

fn json_answer(status: StatusCode, shown: &Value) -> Answer {
    whole(status, shown.to_string())
}

fn whole(status: StatusCode, text: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(text)).boxed_unsync());
    *answer.status_mut() = status;
    answer
}
