//! The catalog of the demo's registry. Each request takes a moment, as with a real one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::sleep;

use super::docker::registry::{FOR_OTHERS, REPOSITORY, hash};
use crate::demo::release::{RELEASES, Release};
use crate::domain::catalog::{
    Facts, Image, ListSummary, Platform, ReleaseSource, SourceError, SourceErrorKind,
};
use crate::domain::release::{self as domain, Digest, Tag};
use crate::transport::BoxFuture;
use crate::transport::sources::Catalog;

const NAMES_TAKE: Duration = Duration::from_millis(300);
const ONE_TAKES: Duration = Duration::from_millis(120);

#[derive(Debug)]
pub struct Embedded {
    began: DateTime<Utc>,
}

impl Embedded {
    pub fn new(began: DateTime<Utc>) -> Self {
        Self { began }
    }

    fn of(&self, release: Release) -> Facts {
        let platforms = ["amd64", "arm64"].map(|it| Platform::new("linux", it, None)).to_vec();
        let made_at = Some(self.began - TimeDelta::minutes(release.minutes_old()));
        Facts { digest: Digest::new(release.digest()).ok(), platforms, made_at }
    }

    fn for_others(&self) -> Facts {
        Facts {
            digest: Digest::new(format!("sha256:{}", hash(FOR_OTHERS))).ok(),
            platforms: vec![Platform::new("linux", "s390x", None)],
            made_at: Some(self.began - TimeDelta::minutes(8_690)),
        }
    }
}

impl Catalog for Embedded {
    fn tags<'a>(
        &'a self,
        _: &'a ReleaseSource,
        emit: &'a (dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> BoxFuture<'a, Result<ListSummary, SourceError>> {
        Box::pin(async move {
            sleep(NAMES_TAKE).await;
            let names = RELEASES.iter().map(|release| release.tag).chain([FOR_OTHERS]);
            emit(names.filter_map(|name| Tag::new(name).ok()).collect());
            Ok(ListSummary::default())
        })
    }

    fn facts<'a>(
        &'a self,
        _: &'a ReleaseSource,
        tag: &'a Tag,
    ) -> BoxFuture<'a, Result<Facts, SourceError>> {
        Box::pin(async move {
            sleep(ONE_TAKES).await;
            if tag.as_str() == FOR_OTHERS {
                return Ok(self.for_others());
            }
            let release = RELEASES.iter().find(|release| release.tag == tag.as_str());
            release.map(|release| self.of(*release)).ok_or_else(|| SourceError {
                kind: SourceErrorKind::NotFound,
                source: REPOSITORY.split('/').next().unwrap_or_default().to_owned(),
                asked: format!("shop:{tag}"),
                why: "it has no such release".to_owned(),
                remedy: String::new(),
            })
        })
    }

    /// No tag is ever moved here, and nothing is removed.
    fn has<'a>(
        &'a self,
        _: &'a Image,
        wanted: &'a domain::Release,
    ) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(async move {
            sleep(ONE_TAKES).await;
            let is = |release: &Release| release.tag == wanted.tag.as_str();
            Ok(RELEASES.iter().any(is) || wanted.tag.as_str() == FOR_OTHERS)
        })
    }
}
