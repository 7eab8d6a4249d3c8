//! One exchange with a source of releases: a request, its redirects, and an answer of bounded length in bounded time.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{ClientBuilder, Method, Url};

use crate::transport::http::{Cause, Clients, at, settings};

/// The specification wants registries to take manifests of 4 MiB at least; nothing else that is asked for here is longer.
/// An S3 page has at most 1,000 objects.
pub const BODY_LIMIT: usize = 4 * 1024 * 1024;
const CONNECT: Duration = Duration::from_secs(5);
pub const EXCHANGE: Duration = Duration::from_secs(15);
const REDIRECTS: usize = 5;

#[derive(Debug)]
pub struct Wire {
    /// For one exchange, redirects and all.
    patience: Duration,
    clients: Clients,
}

#[derive(Clone)]
pub struct Request<'a> {
    pub method: Method,
    pub url: Url,
    pub accept: &'a str,
    /// Goes to this URL's own host, and to no other.
    pub login: Option<(HeaderName, HeaderValue)>,
    pub form: Option<String>,
    /// Of an answer of success, the body is not read.
    pub head_only: bool,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Whether the requested host itself answered, and not the target of a redirect.
    pub at_home: bool,
}

/// There is no answer.
#[derive(Debug)]
pub struct Failure {
    pub kind: FailureKind,
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    Name,
    Refused,
    Silent,
    Tls,
    /// Something answers there, and not with TLS.
    NotTls,
    TooMuch,
    /// It sends on to where nobody should go.
    Astray,
    Other,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn headers<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }
}

/// Neither a query nor a form: either may hold a secret.
impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("path", &self.url.path()).finish_non_exhaustive()
    }
}

impl Request<'_> {
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, accept: "*/*", login: None, form: None, head_only: false }
    }
}

impl Wire {
    pub fn new(patience: Duration) -> Self {
        Self { patience, clients: Clients::default() }
    }

    /// A login is never sent on: a redirect to another host is followed without it, and none to a place
    /// without TLS from one with it.
    pub async fn exchange(&self, request: Request<'_>) -> Result<Answer, Failure> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let made = tokio::time::timeout(self.patience, self.follow(request)).await;
        made.unwrap_or_else(|_| {
            let why = format!("{host}: no answer within {} s", self.patience.as_secs_f32());
            Err(Failure { kind: FailureKind::Silent, why })
        })
    }

    async fn follow(&self, mut request: Request<'_>) -> Result<Answer, Failure> {
        let home = request.url.origin();
        for _ in 0..=REDIRECTS {
            let response = self.send(&request).await?;
            let onward = match response.status().as_u16() {
                301 | 302 | 303 | 307 | 308 if request.form.is_none() => {
                    response.headers().get(LOCATION).cloned()
                }
                _ => None,
            };
            let Some(onward) = onward else {
                let at_home = request.url.origin() == home;
                return if request.head_only && response.status().is_success() {
                    Ok(head(&response, at_home))
                } else {
                    read(response, at_home).await
                };
            };
            let next = onward.to_str().ok().and_then(|onward| request.url.join(onward).ok());
            let next = next.ok_or_else(|| astray("it sends on to a place that makes no sense"))?;
            let to = next.host_str().unwrap_or_default();
            if !matches!(next.scheme(), "http" | "https")
                || (request.url.scheme() == "https" && next.scheme() == "http")
            {
                return Err(astray(format!("it sends on to {to}, where there is no TLS")));
            }
            if next.origin() != request.url.origin() {
                request.login = None;
            }
            request.url = next;
        }
        Err(astray(format!("it sends on and on, more than {REDIRECTS} times")))
    }

    async fn send(&self, request: &Request<'_>) -> Result<reqwest::Response, Failure> {
        let client = self.clients.to(&request.url, patient);
        let client = client.map_err(|why| Failure { kind: FailureKind::Other, why })?;
        let mut sending = client.request(request.method.clone(), request.url.clone());
        sending = sending.header(ACCEPT, request.accept);
        if let Some((name, value)) = &request.login {
            sending = sending.header(name, value);
        }
        if let Some(form) = &request.form {
            let kind = "application/x-www-form-urlencoded";
            sending = sending.header(CONTENT_TYPE, kind).body(form.clone());
        }
        sending.send().await.map_err(|error| failure(&error))
    }
}

/// Many small questions to one place: unlike a check, they may share their connections.
fn patient() -> ClientBuilder {
    settings().connect_timeout(CONNECT).pool_max_idle_per_host(4)
}

fn astray(why: impl Into<String>) -> Failure {
    Failure { kind: FailureKind::Astray, why: why.into() }
}

fn failure(error: &reqwest::Error) -> Failure {
    let cause = Cause::of(error);
    let kind = match &cause {
        _ if error.is_timeout() => FailureKind::Silent,
        Cause::Refused => FailureKind::Refused,
        Cause::UnknownName(_) => FailureKind::Name,
        // What rustls says of the letters `HTTP` where a record of TLS should begin.
        Cause::Tls(why) if why.contains("InvalidContentType") => FailureKind::NotTls,
        Cause::Tls(_) => FailureKind::Tls,
        _ => FailureKind::Other,
    };
    let why =
        if error.is_timeout() { at(error, "no answer in time") } else { cause.in_words(error) };
    Failure { kind, why }
}

fn head(response: &reqwest::Response, at_home: bool) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: Vec::new(), at_home }
}

async fn read(mut response: reqwest::Response, at_home: bool) -> Result<Answer, Failure> {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
        if body.len() + chunk.len() > BODY_LIMIT {
            let why = format!("its answer is longer than {} MiB", BODY_LIMIT / 1024 / 1024);
            return Err(Failure { kind: FailureKind::TooMuch, why });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body, at_home })
}
