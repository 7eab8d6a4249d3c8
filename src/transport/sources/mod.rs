//! The sources of releases, asked from the console's machine: which releases exist, and the checksums of their archives.

mod about;
mod archive;
mod bucket;
mod index;
mod listed;
mod local;
mod web;
mod xml;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use self::about::About;
use self::listed::{Listed, no_template};
use self::web::WebSources;
use crate::base::s3::{S3Keys, S3Object};
use crate::domain::availability::{ArchiveFacts, ArchiveQuery};
use crate::domain::catalog::{
    Facts, Image, ListSummary, ReleaseSource, SourceError, SourceErrorKind, Template, WebFile,
};
use crate::domain::known_secrets::KnownSecrets;
use crate::domain::release::{Release, Tag};
use crate::transport::BoxFuture;
use crate::transport::local_file::LocalFiles;
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
        let about = About {
            source: query.archive.to_string(),
            asked: format!("the checksum of {}", query.release),
        };
        let why = "no archives are read here";
        Box::pin(async move { Err(about.error(SourceErrorKind::NotAsked, why, "")) })
    }

    /// Returns whether an archive can still be read at its source.
    fn stores<'a>(&'a self, query: &'a ArchiveQuery) -> BoxFuture<'a, Result<bool, SourceError>> {
        let about = archive::about_presence(query);
        let why = "no archives are read here";
        Box::pin(async move { Err(about.error(SourceErrorKind::NotAsked, why, "")) })
    }

    /// Does the same as [`Shell::share_secrets`](crate::transport::Shell::share_secrets).
    fn share_secrets(&self, _known: KnownSecrets) {}
}

/// Real sources.
#[derive(Debug, Default)]
pub struct Sources {
    registries: Registries,
    web: WebSources,
    files: LocalFiles,
    /// When each release was made, by source, as its last list said.
    dates: Mutex<BTreeMap<String, BTreeMap<Tag, DateTime<Utc>>>>,
}

/// The most pages of one list.
const MOST_PAGES: usize = 50;

impl Sources {
    pub fn new() -> Self {
        Self::default()
    }

    async fn list(
        &self,
        source: &ReleaseSource,
        emit: &(dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> Result<ListSummary, SourceError> {
        let about = About { source: source.name(), asked: "releases".to_owned() };
        self.forget(&about.source);
        let take = |listed: Vec<Listed>| {
            let tags = listed.iter().map(|it| it.tag.clone()).collect();
            self.remember(&about.source, listed);
            emit(tags);
        };
        let (listed, summary) = match source {
            ReleaseSource::Registry(image) => return self.registries.tags(image, emit).await,
            ReleaseSource::Directory { path, name } => local::directory(path, name, &about).await?,
            ReleaseSource::Command { words, directory } => {
                local::command(words, directory.as_deref(), &about).await?
            }
            ReleaseSource::Index { page, archive } => self.index(page, archive, &about).await?,
            ReleaseSource::Bucket(object) => return self.bucket(object, &about, &take).await,
            ReleaseSource::Hosts | ReleaseSource::Typed => {
                return Err(about.error(SourceErrorKind::NotAsked, "nothing here lists them", ""));
            }
        };
        take(listed);
        Ok(summary)
    }

    async fn index(
        &self,
        page: &WebFile,
        archive: &Template,
        about: &About,
    ) -> Result<(Vec<Listed>, ListSummary), SourceError> {
        if !archive.names_release() {
            return Err(no_template(about));
        }
        let missing = "check `releases` in the inventory";
        let (url, answer) = self.web.get(&page.url, page.login.as_ref(), about, missing).await?;
        let page = index::read(&String::from_utf8_lossy(&answer.body), &url, archive);
        if page.releases.is_empty() {
            let why = match page.links {
                0 => "there is no link on this page".to_owned(),
                links => format!("none of its {links} links fits {}", archive.as_str()),
            };
            let remedy = "check `releases` and `source` in the inventory";
            return Err(about.error(SourceErrorKind::InvalidAnswer, why, remedy));
        }
        let summary = ListSummary { truncated: false, invalid_names: page.invalid_names };
        Ok((page.releases, summary))
    }

    async fn bucket(
        &self,
        object: &S3Object,
        about: &About,
        take: &(dyn Fn(Vec<Listed>) + Send + Sync),
    ) -> Result<ListSummary, SourceError> {
        let template = Template::new(&object.key);
        let listed = template.listed_name().ok_or_else(|| no_template(about))?;
        // The store filters by what is before the gap.
        let before = listed.segment.split(Template::GAP).next().unwrap_or_default();
        let prefix = format!("{}{before}", listed.directory);
        let mut next = None;
        for _ in 0..MOST_PAGES {
            let after = next.take();
            let address =
                |keys: Option<&S3Keys>| object.list(&prefix, after.as_deref(), keys, Utc::now());
            let missing = "check `s3` in the inventory";
            let answer = self.web.get_signed(object, address, about, missing).await?;
            let page = bucket::read(&String::from_utf8_lossy(&answer.body), listed);
            let page = page.map_err(|why| {
                let remedy = "check that `endpoint` is the address of a store";
                about.error(SourceErrorKind::InvalidAnswer, why, remedy)
            })?;
            take(page.releases);
            next = page.next;
            if next.is_none() {
                return Ok(ListSummary::default());
            }
        }
        Ok(ListSummary { truncated: true, invalid_names: 0 })
    }

    fn dates(&self) -> MutexGuard<'_, BTreeMap<String, BTreeMap<Tag, DateTime<Utc>>>> {
        self.dates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, source: &str) {
        self.dates().remove(source);
    }

    fn remember(&self, source: &str, listed: Vec<Listed>) {
        let dated = listed.into_iter().filter_map(|it| Some((it.tag, it.made_at?)));
        self.dates().entry(source.to_owned()).or_default().extend(dated);
    }
}

impl Catalog for Sources {
    fn tags<'a>(
        &'a self,
        source: &'a ReleaseSource,
        emit: &'a (dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> BoxFuture<'a, Result<ListSummary, SourceError>> {
        Box::pin(self.list(source, emit))
    }

    /// A list that is no registry's says when a release was made, and nothing else.
    fn facts<'a>(
        &'a self,
        source: &'a ReleaseSource,
        tag: &'a Tag,
    ) -> BoxFuture<'a, Result<Facts, SourceError>> {
        Box::pin(async move {
            if let ReleaseSource::Registry(image) = source {
                return self.registries.facts(image, tag).await;
            }
            let dates = self.dates();
            let made_at = dates.get(&source.name()).and_then(|dates| dates.get(tag)).copied();
            Ok(Facts { made_at, ..Facts::default() })
        })
    }

    fn has<'a>(
        &'a self,
        image: &'a Image,
        release: &'a Release,
    ) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(self.registries.has(image, release))
    }

    fn archive<'a>(
        &'a self,
        query: &'a ArchiveQuery,
    ) -> BoxFuture<'a, Result<ArchiveFacts, SourceError>> {
        Box::pin(archive::facts(&self.web, &self.files, query))
    }

    fn stores<'a>(&'a self, query: &'a ArchiveQuery) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(archive::is_stored(&self.web, query))
    }

    fn share_secrets(&self, known: KnownSecrets) {
        self.web.share_secrets(known);
    }
}
