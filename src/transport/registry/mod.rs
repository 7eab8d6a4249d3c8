//! Image registries, queried from the console's machine: which releases exist, and their facts.
//!
//! The contract is the OCI distribution specification
//! (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md>), which Docker's "Registry HTTP
//! API V2" became. `reference`, `challenge`, `link` and `manifest` only parse; `wire` sends
//! requests; `session` holds the login of a registry.

mod challenge;
mod facts;
mod link;
mod login;
mod manifest;
mod reference;
mod session;
mod tags;
mod wire;
mod words;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use login::LoginStore;

use self::facts::Known;
use self::reference::Reference;
use self::session::Session;
use self::wire::Wire;
use super::BoxFuture;
use crate::domain::catalog::{Facts, Image, ListSummary, RegistryError, RegistryErrorKind};
use crate::domain::release::{Release, Tag};

/// A source of releases.
pub trait Catalog: Send + Sync {
    /// Lists every tag, and passes the names to `emit` as they arrive. It reads the logins again.
    fn tags<'a>(
        &'a self,
        image: &'a Image,
        emit: &'a (dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> BoxFuture<'a, Result<ListSummary, RegistryError>>;

    /// Returns the facts about a tag, as of now.
    fn facts<'a>(
        &'a self,
        image: &'a Image,
        tag: &'a Tag,
    ) -> BoxFuture<'a, Result<Facts, RegistryError>>;

    /// Returns whether this release can still be pulled, by its digest, or by its tag where the digest is unknown.
    fn has<'a>(
        &'a self,
        image: &'a Image,
        release: &'a Release,
    ) -> BoxFuture<'a, Result<bool, RegistryError>>;
}

/// Real registries.
#[derive(Debug)]
pub struct Registries {
    wire: Arc<Wire>,
    logins: LoginStore,
    /// By the image's name. Each list starts a new session.
    sessions: Mutex<BTreeMap<String, Arc<Session>>>,
    known: Known,
}

impl Registries {
    /// Uses the logins that `docker login` stored.
    pub fn new() -> Self {
        Self::with(LoginStore::of_this_user(), wire::EXCHANGE)
    }

    /// `patience` limits one exchange.
    pub fn with(logins: LoginStore, patience: Duration) -> Self {
        super::http::install_crypto();
        let wire = Arc::new(Wire::new(patience));
        let (sessions, known) = (Mutex::default(), Known::default());
        Self { wire, logins, sessions, known }
    }

    fn begin(&self, image: &Image) -> Result<Arc<Session>, RegistryError> {
        let reference =
            Reference::parse(&image.name, image.plain_http).map_err(|why| RegistryError {
                kind: RegistryErrorKind::NotAsked,
                registry: image.name.clone(),
                asked: "its tags".to_owned(),
                why,
                remedy: "check the name in `image`".to_owned(),
            })?;
        let session = Session::new(reference, image, Arc::clone(&self.wire), self.logins.clone());
        let session = Arc::new(session);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(image.name.clone(), Arc::clone(&session));
        Ok(session)
    }

    fn session(&self, image: &Image) -> Result<Arc<Session>, RegistryError> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sessions.get(&image.name).cloned();
        drop(sessions);
        known.map_or_else(|| self.begin(image), Ok)
    }
}

impl Default for Registries {
    fn default() -> Self {
        Self::new()
    }
}

impl Catalog for Registries {
    fn tags<'a>(
        &'a self,
        image: &'a Image,
        emit: &'a (dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> BoxFuture<'a, Result<ListSummary, RegistryError>> {
        Box::pin(async move { tags::all(&*self.begin(image)?, emit).await })
    }

    fn facts<'a>(
        &'a self,
        image: &'a Image,
        tag: &'a Tag,
    ) -> BoxFuture<'a, Result<Facts, RegistryError>> {
        Box::pin(async move { facts::of(&*self.session(image)?, &self.known, tag).await })
    }

    fn has<'a>(
        &'a self,
        image: &'a Image,
        release: &'a Release,
    ) -> BoxFuture<'a, Result<bool, RegistryError>> {
        Box::pin(async move { facts::has(&*self.session(image)?, release).await })
    }
}
