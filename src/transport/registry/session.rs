//! A session with one repository: its login, and the credentials that its registry issued.
//!
//! Asking follows the OCI distribution specification (<https://github.com/opencontainers/distribution-spec>),
//! answering a challenge the token authentication specification of the distribution project, with its
//! OAuth 2 form for identity tokens (<https://distribution.github.io/distribution/spec/auth/oauth/>).

use std::time::Duration;

use data_encoding::BASE64;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, OnceCell};
use tokio::time::Instant;

use super::challenge::{Challenge, Token};
use super::login::{Login, LoginStore, Secret};
use super::reference::Reference;

use super::words::About;
use crate::domain::catalog::{Image, RegistryLogin, SourceError, SourceErrorKind};
use crate::transport::exchange::{Answer, Request, Wire};
use crate::transport::secrets;

/// A token is not used within this time before its end, since the request takes a while too.
const SPARE: Duration = Duration::from_secs(5);

pub struct Session {
    pub reference: Reference,
    wire: std::sync::Arc<Wire>,
    logins: LoginStore,
    /// The inventory's login, which has precedence over Docker's.
    given: Option<RegistryLogin>,
    login: OnceCell<Result<Option<Login>, String>>,
    /// Locked while it is requested, so that only one of many parallel requests asks for it.
    pass: Mutex<Pass>,
}

/// The credentials that are sent with each request.
#[derive(Default)]
struct Pass {
    header: Option<HeaderValue>,
    until: Option<Instant>,
    /// Counts renewals: a request that was refused with an older one is repeated with this.
    age: u64,
    challenge: Option<Challenge>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("reference", &self.reference).finish_non_exhaustive()
    }
}

impl Session {
    pub fn new(
        reference: Reference,
        image: &Image,
        wire: std::sync::Arc<Wire>,
        logins: LoginStore,
    ) -> Self {
        let given = image.login.clone().filter(|login| reference.is_at(&login.server));
        Self { reference, wire, logins, given, login: OnceCell::new(), pass: Mutex::default() }
    }

    pub fn about<'a>(&'a self, asked: &'a str) -> About<'a> {
        About { reference: &self.reference, asked }
    }

    /// Checks that a registry answers, and gets the credentials that it wants.
    pub async fn begin(&self) -> Result<(), SourceError> {
        let about = self.about("its version (/v2/)");
        let request = Request::get(self.url("/v2/", &about)?);
        let answer = self.wire.exchange(request).await.map_err(|failure| about.failed(failure))?;
        match answer.status {
            200..300 => Ok(()),
            401 => {
                let mut pass = self.pass.lock().await;
                self.renew(&mut pass, &answer, &about).await
            }
            404 => Err(about.broken("nothing there speaks the Registry API (404)")),
            _ => Err(about.refused(&answer)),
        }
    }

    /// Returns the URL of a path of the registry.
    pub fn url(&self, path: &str, about: &About<'_>) -> Result<Url, SourceError> {
        let whole = format!("{}{path}", self.reference.base());
        Url::parse(&whole).map_err(|_| {
            about.trouble(
                SourceErrorKind::NotAsked,
                "its address is invalid",
                "check the name in `image`",
            )
        })
    }

    /// Returns a successful answer. If the registry wants other credentials, they are renewed once.
    pub async fn ask(
        &self,
        method: Method,
        url: Url,
        accept: &str,
        about: &About<'_>,
    ) -> Result<Answer, SourceError> {
        let (header, age) = self.pass(about).await?;
        let mut request = Request {
            method,
            url,
            accept,
            login: header.map(authorization),
            form: None,
            head_only: false,
        };
        let first = self.wire.exchange(request.clone()).await.map_err(|it| about.failed(it))?;
        if first.status != 401 || !first.at_home {
            return judged(first, about);
        }
        {
            let mut pass = self.pass.lock().await;
            if pass.age == age {
                self.renew(&mut pass, &first, about).await?;
            }
            request.login = pass.header.clone().map(authorization);
        }
        let second = self.wire.exchange(request).await.map_err(|it| about.failed(it))?;
        if second.status == 401 {
            return Err(self.not_taken(about).await);
        }
        judged(second, about)
    }

    async fn pass(&self, about: &About<'_>) -> Result<(Option<HeaderValue>, u64), SourceError> {
        let mut pass = self.pass.lock().await;
        let over = pass.until.is_some_and(|until| Instant::now() + SPARE >= until);
        if over && let Some(challenge) = pass.challenge.clone() {
            self.answer(&mut pass, challenge, about).await?;
        }
        Ok((pass.header.clone(), pass.age))
    }

    async fn renew(
        &self,
        pass: &mut Pass,
        refusal: &Answer,
        about: &About<'_>,
    ) -> Result<(), SourceError> {
        let challenge = Challenge::of(refusal.headers("www-authenticate"));
        let Some(challenge) = challenge else {
            return Err(about.broken("it wants a login (401) and does not name the kind"));
        };
        self.answer(pass, challenge, about).await
    }

    async fn answer(
        &self,
        pass: &mut Pass,
        challenge: Challenge,
        about: &About<'_>,
    ) -> Result<(), SourceError> {
        let (header, until) = match &challenge {
            Challenge::Basic => match self.login().await {
                Ok(Some(Login { secret: Secret::Password { user, password }, .. })) => {
                    (basic(user, password), None)
                }
                _ => return Err(self.not_taken(about).await),
            },
            Challenge::Bearer { realm, service } => {
                let token = self.token(realm, service.as_deref(), about).await?;
                let until = Instant::now() + token.good_for;
                (bearer(&token.token), Some(until))
            }
        };
        let header = header
            .ok_or_else(|| about.broken("its token has characters that are invalid in a header"))?;
        *pass = Pass { header: Some(header), until, age: pass.age + 1, challenge: Some(challenge) };
        Ok(())
    }

    async fn token(
        &self,
        realm: &str,
        service: Option<&str>,
        about: &About<'_>,
    ) -> Result<Token, SourceError> {
        let mut url =
            Url::parse(realm).ok().filter(|url| url.host().is_some() && url.username().is_empty());
        // A registry that is reached with TLS must not get logins sent to a server without it.
        url = url.filter(|url| {
            url.scheme() == "https" || (url.scheme() == "http" && self.reference.plain_http)
        });
        let Some(url) = url else {
            return Err(about
                .broken("its token server is not safe: it has no TLS, or its address is invalid"));
        };
        // An unreadable login is reported only where a login is needed: much can be read without one.
        let login = self.login().await.as_ref().ok().and_then(Option::as_ref);
        let request = match login.map(|login| &login.secret) {
            Some(Secret::RegistryToken(token)) => {
                return Ok(Token { token: token.clone(), good_for: Duration::from_secs(3600) });
            }
            Some(Secret::IdentityToken(token)) => self.by_identity(url, service, token),
            Some(Secret::Password { user, password }) => {
                self.by_name(url, service, Some((user, password)))
            }
            None => self.by_name(url, service, None),
        };
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let asked = format!("a token for {}, at {host}", self.reference.repository);
        let about = self.about(&asked);
        let answer = self.wire.exchange(request).await.map_err(|failure| about.failed(failure))?;
        match answer.status {
            200 => Token::read(&answer.body).map_err(|why| about.broken(why)),
            400 | 401 | 403 => Err(self.not_taken(&about).await),
            _ => Err(about.refused(&answer)),
        }
    }

    fn scope(&self) -> String {
        format!("repository:{}:pull", self.reference.repository)
    }

    fn by_name(
        &self,
        mut url: Url,
        service: Option<&str>,
        login: Option<(&String, &SecretString)>,
    ) -> Request<'static> {
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(service.map(|service| ("service", service)));
            query.append_pair("scope", &self.scope());
            query.extend_pairs(login.map(|(user, _)| ("account", user)));
        }
        let login = login.and_then(|(user, password)| basic(user, password)).map(authorization);
        Request { login, ..Request::get(url) }
    }

    fn by_identity(
        &self,
        url: Url,
        service: Option<&str>,
        token: &SecretString,
    ) -> Request<'static> {
        // A form is encoded like a URL's query.
        let mut form = url.clone();
        form.set_query(None);
        form.query_pairs_mut()
            .append_pair("grant_type", "refresh_token")
            .extend_pairs(service.map(|service| ("service", service)))
            .append_pair("client_id", "flipside")
            .append_pair("scope", &self.scope())
            .append_pair("refresh_token", token.expose_secret());
        Request { method: Method::POST, form: form.query().map(str::to_owned), ..Request::get(url) }
    }

    async fn login(&self) -> &Result<Option<Login>, String> {
        self.login
            .get_or_init(|| async {
                let Some(given) = &self.given else {
                    return self.logins.find(self.reference.login_key()).await;
                };
                let password =
                    secrets::resolve(&given.password).await.map_err(|error| error.to_string())?;
                let secret = Secret::Password { user: given.user.clone(), password };
                Ok(Some(Login { secret, from: "the inventory's `registry`".to_owned() }))
            })
            .await
    }

    /// Returns the error for a registry that does not accept the login, or wants one where there is none.
    async fn not_taken(&self, about: &About<'_>) -> SourceError {
        let registry = &self.reference.registry;
        let (why, remedy) = match self.login().await {
            Err(why) => (
                format!("it wants a login, and the login could not be read: {why}"),
                format!("fix that, or run `docker login {registry}`"),
            ),
            Ok(None) => (
                "it wants a login, and there is none for it".to_owned(),
                format!(
                    "run `docker login {registry}` on this machine, or set `registry` in the inventory"
                ),
            ),
            Ok(Some(login)) => (
                format!("it does not accept the login{} from {}", of(&login.secret), login.from),
                format!(
                    "run `docker login {registry}` again, or correct `registry` in the inventory"
                ),
            ),
        };
        about.trouble(SourceErrorKind::LoginRequired, why, remedy)
    }
}

fn of(secret: &Secret) -> String {
    match secret {
        Secret::Password { user, .. } => {
            format!(" of {}", crate::base::text::clean_line(user.as_bytes()))
        }
        Secret::IdentityToken(_) | Secret::RegistryToken(_) => String::new(),
    }
}

fn judged(answer: Answer, about: &About<'_>) -> Result<Answer, SourceError> {
    if (200..300).contains(&answer.status) { Ok(answer) } else { Err(about.refused(&answer)) }
}

fn authorization(value: HeaderValue) -> (HeaderName, HeaderValue) {
    (AUTHORIZATION, value)
}

fn basic(user: &str, password: &SecretString) -> Option<HeaderValue> {
    let both = format!("{user}:{}", password.expose_secret());
    secret_header(&format!("Basic {}", BASE64.encode(both.as_bytes())))
}

fn bearer(token: &SecretString) -> Option<HeaderValue> {
    secret_header(&format!("Bearer {}", token.expose_secret()))
}

fn secret_header(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
