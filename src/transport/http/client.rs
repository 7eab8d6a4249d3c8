//! The client: one connection for each request, authenticated as the request says.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use http_body_util::BodyExt;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};

use super::cause::{in_words, no_answer};
use super::tls;
use crate::base::secret_ref::SecretRef;
use crate::domain::http::{Auth, Method, Request, Response, Tls, Url};
use crate::domain::known_secrets::KnownSecrets;
use crate::transport::{Unanswered, secrets};

/// More of a body is cut off: a check looks for a word, and a journal keeps what it sees.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// A server that does not accept a connection for so long received nothing.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

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
    pub(super) known: OnceLock<KnownSecrets>,
}

/// Each made for its first request: it reads every authority of the machine, some hundred files, and
/// most commands send none.
#[derive(Debug, Default)]
pub(in crate::transport) struct Clients {
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
pub(in crate::transport) fn is_this_machine(host: &str) -> bool {
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

    pub(super) async fn send(&self, request: &Request) -> Result<Response, Unanswered> {
        let sending = self.prepare(request).await.map_err(Unanswered::NotSent)?;
        let response = sending.send().await.map_err(|error| no_answer(&error))?;
        read(response).await.map_err(Unanswered::Lost)
    }

    /// Everything that happens before a byte is sent.
    pub(super) async fn prepare(&self, request: &Request) -> Result<RequestBuilder, String> {
        let url = match &request.url {
            Url::Plain(url) => reqwest::Url::parse(url),
            Url::Secret(secret) => reqwest::Url::parse(self.reveal(secret).await?.expose_secret()),
        };
        let url = url.map_err(|error| format!("the request makes no sense: {error}"))?;
        let own;
        let client = if request.tls.is_usual() || url.scheme() != "https" {
            self.clients.to(&url, settings)?
        } else {
            own = self.client_of(&request.tls, &url).await?;
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
            Some(Auth::Header { name, value }) => {
                let value = self.reveal(value).await?;
                sending.header(name, value.expose_secret())
            }
        })
    }

    /// Returns a client for a server that is not authenticated in the usual way.
    async fn client_of(&self, tls: &Tls, url: &reqwest::Url) -> Result<Client, String> {
        let mut key = None;
        if let Some(client) = &tls.client {
            key = Some(self.reveal(&client.key).await?);
        }
        let made = tls::Parts::read(tls, url, key).await?;
        trusting(|| made.apply(settings()))
    }

    async fn reveal(&self, secret: &SecretRef) -> Result<SecretString, String> {
        let secret = secrets::resolve(secret).await.map_err(|error| error.to_string())?;
        if let Some(known) = self.known.get() {
            known.add(secret.expose_secret());
        }
        Ok(secret)
    }
}

/// Returns a client that trusts the machine's authorities.
fn trusting(settings: impl Fn() -> ClientBuilder) -> Result<Client, String> {
    settings().build().or_else(|error| {
        // A machine without a single authority (a bare container) can still ask `http:`.
        let none = settings().tls_certs_only([]).build();
        none.map_err(|_| in_words(&error))
    })
}

pub(in crate::transport) fn settings() -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT_LIMIT)
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

/// Returns status and headers, without the body.
pub(super) fn head(response: &reqwest::Response) -> Response {
    Response {
        status: response.status().as_u16(),
        headers: texts(response.headers()),
        body: String::new(),
    }
}

/// Returns the whole answer. What a server sends after its body counts as headers: Caddy's admin API computes the `ETag` of
/// what it sends (RFC 9110, 6.5: trailer fields).
async fn read(response: reqwest::Response) -> Result<Response, String> {
    let mut head = head(&response);
    let (mut frames, mut body) = (reqwest::Body::from(response), Vec::new());
    while body.len() < BODY_LIMIT {
        let frame = match frames.frame().await {
            Some(Ok(frame)) => frame,
            None => break,
            Some(Err(error)) => return Err(format!("the body broke off: {}", in_words(&error))),
        };
        match frame.into_data() {
            Ok(chunk) => body.extend_from_slice(&chunk),
            Err(frame) => head.headers.extend(frame.trailers_ref().into_iter().flat_map(texts)),
        }
    }
    body.truncate(BODY_LIMIT);
    Ok(Response { body: String::from_utf8_lossy(&body).into_owned(), ..head })
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}
