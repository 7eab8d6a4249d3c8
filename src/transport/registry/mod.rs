//! Image registries, asked from the console's machine: which releases there are, and what they are.
//!
//! The contract is the OCI distribution specification
//! (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md>), which Docker's "Registry HTTP
//! API V2" became. `reference`, `challenge`, `link` and `manifest` read and choose, and ask nobody; `wire`
//! asks; `session` knows who we are to a registry.

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

pub use login::Shelf;

use self::facts::Known;
use self::reference::Reference;
use self::session::Session;
use self::wire::Wire;
use super::BoxFuture;
use crate::domain::catalog::{Facts, Image, ListSummary, RegistryError, RegistryErrorKind};
use crate::domain::release::{Release, Tag};

/// Who can tell which releases there are.
pub trait Catalog: Send + Sync {
    /// Every tag; `tell` hears the names as they arrive. Whoever logged in meanwhile is known from here on.
    fn tags<'a>(
        &'a self,
        image: &'a Image,
        tell: &'a (dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> BoxFuture<'a, Result<ListSummary, RegistryError>>;

    /// What stands behind a tag now.
    fn facts<'a>(
        &'a self,
        image: &'a Image,
        tag: &'a Tag,
    ) -> BoxFuture<'a, Result<Facts, RegistryError>>;

    /// Can this release still be pulled: its digest, or where that is not known its tag?
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
    shelf: Shelf,
    /// By the image's name. A list begins a new one.
    sessions: Mutex<BTreeMap<String, Arc<Session>>>,
    known: Known,
}

impl Registries {
    /// With the logins that `docker login` left.
    pub fn new() -> Self {
        Self::with(Shelf::of_this_user(), wire::EXCHANGE)
    }

    /// `patience`: for one exchange.
    pub fn with(shelf: Shelf, patience: Duration) -> Self {
        super::http::install_crypto();
        let wire = Arc::new(Wire::new(patience));
        let (sessions, known) = (Mutex::default(), Known::default());
        Self { wire, shelf, sessions, known }
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
        let session = Session::new(reference, image, Arc::clone(&self.wire), self.shelf.clone());
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
        tell: &'a (dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> BoxFuture<'a, Result<ListSummary, RegistryError>> {
        Box::pin(async move { tags::all(&*self.begin(image)?, tell).await })
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
