//! The sources of releases, asked from the console's machine: which releases exist, and the checksums of their archives.

use crate::domain::availability::{ArchiveFacts, ArchiveQuery};
use crate::domain::catalog::{
    Facts, Image, ListSummary, ReleaseSource, SourceError, SourceErrorKind,
};
use crate::domain::known_secrets::KnownSecrets;
use crate::domain::release::{Release, Tag};
use crate::transport::BoxFuture;
use crate::transport::registry::Registries;

/// Sources of releases.
pub trait Catalog: Send + Sync {
    /// Lists every release, and passes the names to `emit` as they arrive. It reads logins again.
    fn tags<'a>(
        &'a self,
        source: &'a ReleaseSource,
        emit: &'a (dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> BoxFuture<'a, Result<ListSummary, SourceError>>;

    /// Returns the facts about a release, as of now.
    fn facts<'a>(
        &'a self,
        source: &'a ReleaseSource,
        tag: &'a Tag,
    ) -> BoxFuture<'a, Result<Facts, SourceError>>;

    /// Returns whether this release can still be pulled, by its digest, or by its tag where the digest is unknown.
    fn has<'a>(
        &'a self,
        image: &'a Image,
        release: &'a Release,
    ) -> BoxFuture<'a, Result<bool, SourceError>>;

    /// Returns the checksum of an archive.
    fn archive<'a>(
        &'a self,
        query: &'a ArchiveQuery,
    ) -> BoxFuture<'a, Result<ArchiveFacts, SourceError>> {
        Box::pin(async { Err(not_asked(query.release.to_string(), "no archives are read here")) })
    }

    /// Does the same as [`Shell::share_secrets`](crate::transport::Shell::share_secrets).
    fn share_secrets(&self, _known: KnownSecrets) {}
}

/// Real sources.
#[derive(Debug, Default)]
pub struct Sources {
    registries: Registries,
}

impl Sources {
    pub fn new() -> Self {
        Self::default()
    }
}

impl Catalog for Sources {
    fn tags<'a>(
        &'a self,
        source: &'a ReleaseSource,
        emit: &'a (dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> BoxFuture<'a, Result<ListSummary, SourceError>> {
        Box::pin(async move {
            match source {
                ReleaseSource::Registry(image) => self.registries.tags(image, emit).await,
                other => Err(not_asked(other.name(), "it cannot be listed")),
            }
        })
    }

    fn facts<'a>(
        &'a self,
        source: &'a ReleaseSource,
        tag: &'a Tag,
    ) -> BoxFuture<'a, Result<Facts, SourceError>> {
        Box::pin(async move {
            match source {
                ReleaseSource::Registry(image) => self.registries.facts(image, tag).await,
                _ => Ok(Facts::default()),
            }
        })
    }

    fn has<'a>(
        &'a self,
        image: &'a Image,
        release: &'a Release,
    ) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(self.registries.has(image, release))
    }
}

fn not_asked(source: String, why: &str) -> SourceError {
    SourceError {
        kind: SourceErrorKind::NotAsked,
        source,
        asked: "releases".to_owned(),
        why: why.to_owned(),
        remedy: String::new(),
    }
}
