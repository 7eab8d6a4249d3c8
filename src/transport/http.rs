//! Requests from the console's machine, by reqwest over rustls.

use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};

use super::{BoxFuture, Limits, Unanswered, Web, secrets};
use crate::base::duration::in_seconds;
use crate::base::secret_ref::SecretRef;
use crate::domain::http::{Auth, Method, Request, Response, Tls, Url};
use crate::domain::known_secrets::KnownSecrets;

/// More of a body is cut off: a check looks for a word, and a journal keeps what it sees.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// Chooses the cryptography of TLS for the whole process. `main` calls it once before anything else;
/// a second call changes nothing.
pub fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Sends requests. Every request has a connection of its own, since a check that went through one
/// kept open to the color before the switch would see that color again.
#[derive(Debug, Default)]
pub struct Http {
    clients: Clients,
    known: OnceLock<KnownSecrets>,
}

/// Each made for its first request: it reads every authority of the machine, some hundred files, and
/// most commands send none.
#[derive(Debug, Default)]
pub(super) struct Clients {
    /// Heeds the proxies of the environment.
    world: OnceLock<Result<Client, String>>,
    /// For this machine itself: what listens here no proxy can reach.
    here: OnceLock<Result<Client, String>>,
}

impl Clients {
    pub fn to(&self, url: &reqwest::Url, with: fn() -> ClientBuilder) -> Result<&Client, String> {
        let client = if is_this_machine(url.host_str().unwrap_or_default()) {
            self.here.get_or_init(|| trusting(|| with().no_proxy()))
        } else {
            self.world.get_or_init(|| trusting(with))
        };
        client.as_ref().map_err(Clone::clone)
    }
}

/// By its name or its address, with brackets or without.
pub(super) fn is_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Http {
    /// Trusts the authorities that the machine trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others).
    pub fn new() -> Self {
        install_crypto();
        Self::default()
    }

    async fn send(&self, request: &Request) -> Result<Response, Unanswered> {
        let sending = self.prepare(request).await.map_err(Unanswered::NotSent)?;
        let response = sending.send().await.map_err(|error| no_answer(&error))?;
        read(response).await.map_err(Unanswered::Lost)
    }

    /// Everything that happens before a byte is sent.
    async fn prepare(&self, request: &Request) -> Result<RequestBuilder, String> {
        let url = match &request.url {
            Url::Plain(url) => reqwest::Url::parse(url),
            Url::Secret(secret) => reqwest::Url::parse(self.reveal(secret).await?.expose_secret()),
        };
        let url = url.map_err(|error| format!("the request makes no sense: {error}"))?;
        let own;
        let client = if request.tls.is_usual() || url.scheme() != "https" {
            self.clients.to(&url, settings)?
        } else {
            own = proving(&request.tls, &url).await?;
            &own
        };
        let mut url = url;
        if let (Some(name), "https") = (&request.tls.name, url.scheme()) {
            url.set_host(Some(name)).map_err(|_| format!("`{name}` is no name for TLS"))?;
        }
        let mut sending = client.request(method(request.method), url);
        for (name, value) in &request.headers {
            sending = sending.header(name, value);
        }
        if let Some(body) = &request.body {
            sending = sending.header("content-type", &body.content_type).body(body.text.clone());
        }
        Ok(match &request.auth {
            None => sending,
            Some(Auth::Bearer(secret)) => {
                let token = self.reveal(secret).await?;
                sending.bearer_auth(token.expose_secret())
            }
            Some(Auth::Basic { user, password }) => {
                let password = self.reveal(password).await?;
                sending.basic_auth(user, Some(password.expose_secret()))
            }
        })
    }

    async fn reveal(&self, secret: &SecretRef) -> Result<SecretString, String> {
        let secret = secrets::resolve(secret).await?;
        if let Some(known) = self.known.get() {
            known.add(secret.expose_secret());
        }
        Ok(secret)
    }
}

/// A client for a server that is asked by another name than that of its address, or whose authority
/// is not the machine's. What stands between may not choose where the name leads, so no proxy is used
/// for a name.
async fn proving(tls: &Tls, url: &reqwest::Url) -> Result<Client, String> {
    let mut authorities = Vec::new();
    if let Some(path) = &tls.ca_file {
        let shown = path.display();
        let text = tokio::fs::read(path).await.map_err(|error| format!("{shown}: {error}"))?;
        authorities = reqwest::Certificate::from_pem_bundle(&text)
            .ok()
            .filter(|found| !found.is_empty())
            .ok_or_else(|| format!("{shown} holds no certificate in PEM"))?;
    }
    let mut addresses: Vec<SocketAddr> = Vec::new();
    if tls.name.is_some() {
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = url.port_or_known_default().unwrap_or(443);
        let found = tokio::net::lookup_host((host, port)).await;
        addresses.extend(
            found.map_err(|error| format!("{host}:{port}: the name is not known: {error}"))?,
        );
    }
    trusting(|| {
        let client = settings().tls_certs_merge(authorities.clone());
        match &tls.name {
            Some(name) => client.no_proxy().resolve_to_addrs(name, &addresses),
            None => client,
        }
    })
}

/// A client that trusts whom the machine trusts.
fn trusting(settings: impl Fn() -> ClientBuilder) -> Result<Client, String> {
    settings().build().or_else(|error| {
        // A machine without a single authority (a bare container) can still ask `http:`.
        let none = settings().tls_certs_only([]).build();
        none.map_err(|_| in_words(&error))
    })
}

pub(super) fn settings() -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .pool_max_idle_per_host(0)
        .user_agent(concat!("flipside/", env!("CARGO_PKG_VERSION")))
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

async fn read(mut response: reqwest::Response) -> Result<Response, String> {
    let status = response.status().as_u16();
    let text = |value: &reqwest::header::HeaderValue| {
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    };
    let headers = response.headers();
    let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let mut body = Vec::new();
    while body.len() < BODY_LIMIT {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return Err(format!("the body broke off: {}", in_words(&error))),
        }
    }
    body.truncate(BODY_LIMIT);
    Ok(Response { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// Why there is no answer, from the last layer of an error, which is the one that tells something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    Refused,
    Reset,
    Nonsense(String),
    UnknownName(String),
    Tls(String),
    Other(String),
}

impl Cause {
    pub(super) fn of(error: &reqwest::Error) -> Self {
        let mut last: &dyn std::error::Error = error;
        let (mut io, mut tls) = (None, false);
        while let Some(source) = last.source() {
            last = source;
            if let Some(error) = last.downcast_ref::<std::io::Error>() {
                io = Some(error.kind());
                tls |= holds_tls(error);
            }
            tls |= last.is::<rustls::Error>();
        }
        let cause = last.to_string();
        match io {
            Some(std::io::ErrorKind::ConnectionRefused) => Self::Refused,
            Some(std::io::ErrorKind::ConnectionReset) => Self::Reset,
            _ if error.is_builder() => Self::Nonsense(cause),
            _ if cause.contains("dns error") || cause.contains("lookup address") => {
                Self::UnknownName(cause)
            }
            _ if tls => Self::Tls(tls_in_words(cause)),
            _ => Self::Other(cause),
        }
    }

    pub(super) fn in_words(&self, error: &reqwest::Error) -> String {
        let what = match self {
            Self::Refused => "the connection was refused".to_owned(),
            Self::Reset => "the connection was reset".to_owned(),
            Self::Nonsense(cause) => format!("the request makes no sense: {cause}"),
            Self::UnknownName(cause) => format!("the name is not known: {cause}"),
            Self::Tls(cause) => format!("TLS: {cause}"),
            Self::Other(cause) => cause.clone(),
        };
        at(error, &what)
    }
}

/// The commonest of rustls's errors, with what to do.
fn tls_in_words(cause: String) -> String {
    let hint = if cause.contains("UnknownIssuer") {
        "its certificate is signed by an authority that is not trusted here"
    } else if cause.contains("UnrecognisedName") {
        "the server has no certificate for the name that it was asked by"
    } else {
        return cause;
    };
    format!("{hint} ({cause})")
}

/// An error before the connection stood had no effect: nothing was sent over it.
fn no_answer(error: &reqwest::Error) -> Unanswered {
    let why = in_words(error);
    let not_sent = error.is_connect() || error.is_builder();
    if not_sent { Unanswered::NotSent(why) } else { Unanswered::Lost(why) }
}

fn in_words(error: &reqwest::Error) -> String {
    Cause::of(error).in_words(error)
}

/// Neither a user nor a query of the URL: either may hold a secret.
pub(super) fn at(error: &reqwest::Error, what: &str) -> String {
    let place = error.url().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    place.map_or(what.to_owned(), |(host, port)| format!("{host}:{port}: {what}"))
}

/// Errors of TLS hide inside those of input and output, which do not give them as their source.
fn holds_tls(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(|inner| {
        inner.is::<rustls::Error>() || inner.downcast_ref::<std::io::Error>().is_some_and(holds_tls)
    })
}

impl Web for Http {
    fn share_secrets(&self, known: KnownSecrets) {
        // Whoever came first is the one who learns.
        let _ = self.known.set(known);
    }

    fn request<'a>(
        &'a self,
        request: &'a Request,
        limits: Limits,
    ) -> BoxFuture<'a, Result<Response, Unanswered>> {
        Box::pin(async move {
            tokio::select! {
                biased;
                () = limits.cancel.cancelled() => Err(Unanswered::Lost("cancelled".to_owned())),
                answer = self.send(request) => answer,
                () = tokio::time::sleep(limits.deadline) => {
                    let why = format!("no answer within {}", in_seconds(limits.deadline));
                    Err(Unanswered::Lost(why))
                }
            }
        })
    }
}
