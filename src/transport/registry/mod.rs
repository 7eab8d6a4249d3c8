//! Image registries, queried from the console's machine: which releases exist, and their facts.
//!
//! The contract is the OCI distribution specification
//! (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md>), which Docker's "Registry HTTP
//! API V2" became. `reference`, `challenge`, `link` and `manifest` only parse; `session` holds the login of a registry.

mod challenge;
mod facts;
mod link;
mod login;
mod manifest;
mod reference;
mod session;
mod tags;
mod words;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use login::LoginStore;

use self::facts::Known;
use self::reference::Reference;
use self::session::Session;
use super::exchange::{self, Wire};
use crate::domain::catalog::{Facts, Image, ListSummary, SourceError, SourceErrorKind};
use crate::domain::release::{Release, Tag};

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
        Self::with(LoginStore::of_this_user(), exchange::EXCHANGE)
    }

    /// `patience` limits one exchange.
    pub fn with(logins: LoginStore, patience: Duration) -> Self {
        super::http::install_crypto();
        let wire = Arc::new(Wire::new(patience));
        let (sessions, known) = (Mutex::default(), Known::default());
        Self { wire, logins, sessions, known }
    }

    fn begin(&self, image: &Image) -> Result<Arc<Session>, SourceError> {
        let reference =
            Reference::parse(&image.name, image.plain_http).map_err(|why| SourceError {
                kind: SourceErrorKind::NotAsked,
                source: image.name.clone(),
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

    fn session(&self, image: &Image) -> Result<Arc<Session>, SourceError> {
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

impl Registries {
    /// Lists every tag, and passes the names to `emit` as they arrive. It reads the logins again.
    pub async fn tags(
        &self,
        image: &Image,
        emit: &(dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> Result<ListSummary, SourceError> {
        tags::all(&*self.begin(image)?, emit).await
    }

    /// Returns the facts about a tag, as of now.
    pub async fn facts(&self, image: &Image, tag: &Tag) -> Result<Facts, SourceError> {
        facts::of(&*self.session(image)?, &self.known, tag).await
    }

    /// Returns whether this release can still be pulled, by its digest, or by its tag where the digest is unknown.
    pub async fn has(&self, image: &Image, release: &Release) -> Result<bool, SourceError> {
        facts::has(&*self.session(image)?, release).await
    }
}
