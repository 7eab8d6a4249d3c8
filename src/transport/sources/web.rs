//! Reads files of web servers and stores, with the logins that the inventory names.

use std::sync::OnceLock;

use chrono::Utc;
use data_encoding::BASE64;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::about::About;
use crate::base::s3::{BadAddress, S3Keys, S3Object};
use crate::base::secret_ref::SecretRef;
use crate::domain::catalog::{SourceError, SourceErrorKind};
use crate::domain::http::Auth;
use crate::domain::known_secrets::KnownSecrets;
use crate::transport::exchange::{Answer, EXCHANGE, Request, Wire};
use crate::transport::secrets;

/// Sends requests to web servers and stores.
#[derive(Debug)]
pub struct WebSources {
    wire: Wire,
    known: OnceLock<KnownSecrets>,
}

impl Default for WebSources {
    fn default() -> Self {
        crate::transport::http::install_crypto();
        Self { wire: Wire::new(EXCHANGE), known: OnceLock::new() }
    }
}

impl WebSources {
    pub fn share_secrets(&self, known: KnownSecrets) {
        // The first one set stays.
        let _ = self.known.set(known);
    }

    /// Returns the answer of a web server. A login is sent to no other one.
    pub async fn get(
        &self,
        url: &str,
        login: Option<&Auth>,
        about: &About,
        missing: &str,
    ) -> Result<(Url, Answer), SourceError> {
        let request = self.request(url, login, about).await?;
        let url = request.url.clone();
        let answer = self.wire.exchange(request).await.map_err(|failure| about.failed(failure))?;
        Ok((url, about.judged(answer, missing)?))
    }

    /// Checks that a web server answers with the file, without reading it.
    pub async fn head(
        &self,
        url: &str,
        login: Option<&Auth>,
        about: &About,
    ) -> Result<(), SourceError> {
        let request = Request { head_only: true, ..self.request(url, login, about).await? };
        let answer = self.wire.exchange(request).await.map_err(|failure| about.failed(failure))?;
        about.judged(answer, "").map(|_| ())
    }

    async fn request(
        &self,
        url: &str,
        login: Option<&Auth>,
        about: &About,
    ) -> Result<Request<'static>, SourceError> {
        let url = Url::parse(url).map_err(|why| {
            about.error(
                SourceErrorKind::NotAsked,
                format!("its address is invalid: {why}"),
                "check the address in the inventory",
            )
        })?;
        let login = match login {
            Some(login) => Some(self.header(login, about).await?),
            None => None,
        };
        Ok(Request { login, ..Request::get(url) })
    }

    /// Returns the answer of a store to a request that `address` makes, with the keys if there are any.
    pub async fn get_signed(
        &self,
        object: &S3Object,
        address: impl Fn(Option<&S3Keys>) -> Result<String, BadAddress>,
        about: &About,
        missing: &str,
    ) -> Result<Answer, SourceError> {
        let url = self.signed(object, address, about).await?;
        let (_, answer) = self.get(&url, None, about, missing).await?;
        Ok(answer)
    }

    async fn signed(
        &self,
        object: &S3Object,
        address: impl Fn(Option<&S3Keys>) -> Result<String, BadAddress>,
        about: &About,
    ) -> Result<String, SourceError> {
        let keys = self.keys(object, about).await?;
        let url = address(keys.as_ref()).map_err(|why| {
            about.error(SourceErrorKind::NotAsked, why.to_string(), "check `s3` in the inventory")
        })?;
        if keys.is_some() {
            self.redact(&url);
        }
        Ok(url)
    }

    /// Returns the answer of a store to a request for an object.
    pub async fn object(
        &self,
        object: &S3Object,
        about: &About,
        missing: &str,
    ) -> Result<Answer, SourceError> {
        self.get_signed(object, |keys| to_read(object, keys), about, missing).await
    }

    /// Checks that a store answers with an object, without reading it.
    pub async fn object_head(&self, object: &S3Object, about: &About) -> Result<(), SourceError> {
        let url = self.signed(object, |keys| to_read(object, keys), about).await?;
        self.head(&url, None, about).await
    }

    async fn keys(&self, object: &S3Object, about: &About) -> Result<Option<S3Keys>, SourceError> {
        let Some(credentials) = &object.credentials else { return Ok(None) };
        let token = match &credentials.token {
            Some(token) => Some(self.reveal(token, about).await?.expose_secret().to_owned()),
            None => None,
        };
        let key_id = self.reveal(&credentials.key_id, about).await?;
        let secret_key = self.reveal(&credentials.secret_key, about).await?;
        Ok(Some(S3Keys {
            key_id: key_id.expose_secret().to_owned(),
            secret_key: secret_key.expose_secret().to_owned(),
            token,
        }))
    }

    async fn header(
        &self,
        login: &Auth,
        about: &About,
    ) -> Result<(HeaderName, HeaderValue), SourceError> {
        let secret = self.reveal(login.secret(), about).await?;
        let secret = secret.expose_secret();
        let (name, value) = match login {
            Auth::Bearer(_) => (AUTHORIZATION.as_str(), format!("Bearer {secret}")),
            Auth::Basic { user, .. } => {
                let both = BASE64.encode(format!("{user}:{secret}").as_bytes());
                (AUTHORIZATION.as_str(), format!("Basic {both}"))
            }
            Auth::Header { name, .. } => (name.as_str(), secret.to_owned()),
        };
        let header = HeaderName::from_bytes(name.as_bytes()).ok();
        let made = header.zip(HeaderValue::from_str(&value).ok());
        let (name, mut value) = made.ok_or_else(|| {
            about.error(
                SourceErrorKind::NotAsked,
                "its login has characters that are invalid in a header",
                "check `login` in the inventory",
            )
        })?;
        value.set_sensitive(true);
        Ok((name, value))
    }

    async fn reveal(&self, secret: &SecretRef, about: &About) -> Result<SecretString, SourceError> {
        let value = secrets::resolve(secret).await.map_err(|why| {
            about.error(
                SourceErrorKind::LoginRequired,
                why.to_string(),
                "check `login` in the inventory",
            )
        })?;
        self.redact(value.expose_secret());
        Ok(value)
    }

    fn redact(&self, value: &str) {
        if let Some(known) = self.known.get() {
            known.add(value);
        }
    }
}

/// Returns the address at which an object is read.
fn to_read(object: &S3Object, keys: Option<&S3Keys>) -> Result<String, BadAddress> {
    match keys {
        Some(keys) => object.signed(keys, Utc::now(), EXCHANGE * 4),
        None => object.unsigned(),
    }
}
