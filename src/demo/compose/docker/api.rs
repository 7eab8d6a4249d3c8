//! The questions that are asked of the engine's HTTP API, over its unix socket.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::UnixListener;

use super::container::Container;
use super::engine::Engine;
use super::filter::{self, Filter};
use super::image::reference;
use super::registry::REPOSITORY;
use crate::demo::release::Release;
use crate::demo::tasks::Tasks;

pub async fn serve(listener: UnixListener, engine: Arc<Engine>, tasks: Tasks) {
    while let Ok((stream, _)) = listener.accept().await {
        let engine = Arc::clone(&engine);
        tasks.spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let answer = answer(&engine, request.uri());
                async move { Ok::<_, Infallible>(answer) }
            });
            // A client that hangs up has what it wanted.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn answer(engine: &Engine, uri: &Uri) -> Response<Full<Bytes>> {
    let asked = Asked::of(uri);
    let (status, body) = match asked.and_then(|asked| body(engine, &asked)) {
        Ok(body) => (StatusCode::OK, body),
        Err((status, message)) => (status, json!({ "message": message })),
    };
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response
}

type Refused = (StatusCode, String);

/// A path without the API's version, and its query.
struct Asked {
    path: String,
    query: BTreeMap<String, String>,
}

impl Asked {
    fn of(uri: &Uri) -> Result<Self, Refused> {
        let path = uri.path();
        let versioned =
            path.strip_prefix("/v1.").and_then(|rest| rest.find('/').map(|at| &rest[at..]));
        let query = uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((key.to_owned(), decode(value)?))
            })
            .collect::<Result<_, Refused>>()?;
        Ok(Self { path: versioned.unwrap_or(path).to_owned(), query })
    }

    fn filters(&self) -> Result<Filters, Refused> {
        let text = self.query.get("filters").map_or("{}", String::as_str);
        serde_json::from_str(text)
            .map_err(|error| (StatusCode::BAD_REQUEST, format!("invalid filter: {error}")))
    }

    fn is_set(&self, key: &str) -> bool {
        self.query.get(key).is_some_and(|value| matches!(value.as_str(), "1" | "true"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filters {
    #[serde(default)]
    label: Vec<String>,
    #[serde(default)]
    reference: Vec<String>,
}

fn decode(text: &str) -> Result<String, Refused> {
    let bad = || (StatusCode::BAD_REQUEST, format!("invalid URL escape in {text:?}"));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next()), digit(rest.next()));
        let value = high.zip(low).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        bytes.push(value.ok_or_else(bad)?);
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

fn body(engine: &Engine, asked: &Asked) -> Result<Value, Refused> {
    match asked.path.as_str() {
        "/containers/json" => {
            let filter = Filter::of(asked.filters()?.label);
            let found = engine.containers(&filter);
            let all = asked.is_set("all");
            Ok(found.iter().filter(|c| all || c.is_alive()).map(container).collect())
        }
        "/images/json" => {
            let wanted = asked.filters()?.reference;
            let digests = asked.is_set("digests");
            let takes = |release: &Release| {
                wanted.is_empty()
                    || wanted.iter().any(|w| w == REPOSITORY || *w == reference(release.tag))
            };
            Ok(engine.images().into_iter().filter(takes).map(|r| image(r, digests)).collect())
        }
        path => one(engine, path).unwrap_or_else(|| {
            Err((
                StatusCode::NOT_FOUND,
                format!("the demo's stand-in for Docker Engine does not know: {path}"),
            ))
        }),
    }
}

/// What there is to know of one container or one image, by its name. `None`: no such question is known here.
fn one(engine: &Engine, path: &str) -> Option<Result<Value, Refused>> {
    let missing =
        |what: &str, name: &str| (StatusCode::NOT_FOUND, format!("No such {what}: {name}"));
    if let Some(name) = named(path, "/containers/") {
        let found = engine.find(name).map(|container| inspected(&container));
        return Some(found.ok_or_else(|| missing("container", name)));
    }
    let name = named(path, "/images/")?;
    let found = engine.image(name).map(|release| image(release, true));
    Some(found.ok_or_else(|| missing("image", name)))
}

fn named<'a>(path: &'a str, kind: &str) -> Option<&'a str> {
    path.strip_prefix(kind)?.strip_suffix("/json")
}

fn inspected(container: &Container) -> Value {
    json!({
        "Id": container.fixed.id,
        "Created": container.made_at().to_rfc3339(),
        "State": { "Status": container.state_word() },
        "RestartCount": container.restart_count(),
        "Config": { "Labels": filter::labels(container) },
    })
}

fn container(container: &Arc<Container>) -> Value {
    json!({
        "Id": container.fixed.id,
        "Names": [format!("/{}", container.fixed.name)],
        "Image": container.image(),
        "ImageID": container.fixed.release.image_id(),
        "Labels": filter::labels(container),
        "State": container.state_word(),
        "Status": container.status(),
    })
}

fn image(release: Release, digests: bool) -> Value {
    let known: Vec<String> =
        digests.then(|| format!("{REPOSITORY}@{}", release.digest())).into_iter().collect();
    json!({
        "Id": release.image_id(),
        "RepoTags": [reference(release.tag)],
        "RepoDigests": known,
        "Created": release.made_at(),
    })
}
