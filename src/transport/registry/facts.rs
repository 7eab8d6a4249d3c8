//! What stands behind one tag: "Checking if content exists" and "Pulling manifests" of the OCI distribution
//! specification, then the image's configuration.
//!
//! `HEAD` first: it tells the digest, and some registries count only a `GET` of a manifest as a pull. What
//! a digest stands for never changes, so it is asked for once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use data_encoding::HEXLOWER;
use reqwest::Method;
use sha2::{Digest as _, Sha256};

use super::manifest::{self, ACCEPT, Manifest};
use super::session::Session;
use super::tags;
use super::words::About;
use crate::domain::catalog::{Facts, SourceError, SourceErrorKind};
use crate::domain::release::{Digest, Release, Tag};

const ONE_TAG: Duration = Duration::from_secs(30);
/// More than anybody scrolls past.
const KEPT: usize = 4_096;

/// What digests stand for.
#[derive(Debug, Default)]
pub struct Known(Mutex<BTreeMap<Digest, Facts>>);

impl Known {
    fn get(&self, digest: &Digest) -> Option<Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    fn keep(&self, digest: &Digest, facts: &Facts) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < KEPT {
            known.insert(digest.clone(), facts.clone());
        }
    }
}

pub async fn of(session: &Session, known: &Known, tag: &Tag) -> Result<Facts, SourceError> {
    let asked = format!("{}:{tag}", session.reference.repository);
    let about = session.about(&asked);
    let answer = tokio::time::timeout(ONE_TAG, ask(session, known, tag.as_str(), &about)).await;
    answer.unwrap_or_else(|_| {
        let why = format!("no answer within {} s", ONE_TAG.as_secs());
        Err(about.trouble(SourceErrorKind::Unreachable, why, "try again"))
    })
}

/// A registry that hides a repository answers for it as for what is gone: only one that shows the repository
/// is believed.
pub async fn has(session: &Session, release: &Release) -> Result<bool, SourceError> {
    let reference = release.digest.as_ref().map_or(release.tag.as_str(), Digest::as_str);
    let separator = if release.digest.is_some() { '@' } else { ':' };
    let asked = format!("{}{separator}{reference}", session.reference.repository);
    let about = session.about(&asked);
    let found = match head(session, reference, &about).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => pull(session, reference, release.digest.as_ref(), &about).await.map(|_| ()),
        Err(trouble) => Err(trouble),
    };
    match found {
        Ok(()) => Ok(true),
        Err(trouble) if trouble.kind == SourceErrorKind::NotFound => {
            tags::some(session).await.map(|()| false)
        }
        Err(trouble) => Err(trouble),
    }
}

async fn ask(
    session: &Session,
    known: &Known,
    tag: &str,
    about: &About<'_>,
) -> Result<Facts, SourceError> {
    let digest = head(session, tag, about).await?;
    if let Some(facts) = digest.as_ref().and_then(|digest| known.get(digest)) {
        return Ok(facts);
    }
    let (digest, manifest) =
        pull(session, digest.as_ref().map_or(tag, Digest::as_str), digest.as_ref(), about).await?;
    let mut facts = behind(session, manifest, about).await?;
    facts.digest = Some(digest.clone());
    known.keep(&digest, &facts);
    Ok(facts)
}

/// `None`: it answers and does not tell, as some old ones do.
async fn head(
    session: &Session,
    tag: &str,
    about: &About<'_>,
) -> Result<Option<Digest>, SourceError> {
    let url = session.url(&manifest_path(session, tag), about)?;
    match session.ask(Method::HEAD, url, ACCEPT, about).await {
        Ok(answer) => {
            Ok(answer.header("docker-content-digest").and_then(|it| Digest::new(it).ok()))
        }
        // It may be that only `HEAD` is not understood: the `GET` that follows tells.
        Err(trouble) if trouble.kind == SourceErrorKind::InvalidAnswer => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn manifest_path(session: &Session, reference: &str) -> String {
    format!("/v2/{}/manifests/{reference}", session.reference.repository)
}

/// A manifest and its digest, which is the hash of exactly these bytes.
async fn pull(
    session: &Session,
    reference: &str,
    wanted: Option<&Digest>,
    about: &About<'_>,
) -> Result<(Digest, Manifest), SourceError> {
    let url = session.url(&manifest_path(session, reference), about)?;
    let answer = session.ask(Method::GET, url, ACCEPT, about).await?;
    let hash = format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(&answer.body)));
    let is = Digest::new(hash).map_err(|bad| about.broken(bad.to_string()))?;
    if let Some(wanted) = wanted.filter(|wanted| **wanted != is) {
        return Err(about.broken(format!("it sent {is} for {wanted}")));
    }
    let manifest = Manifest::read(&answer.body).map_err(|why| about.broken(why))?;
    Ok((is, manifest))
}

async fn behind(
    session: &Session,
    manifest: Manifest,
    about: &About<'_>,
) -> Result<Facts, SourceError> {
    match manifest {
        Manifest::Image { config, made_at } => {
            let mut facts = optional(config_of(session, config, about).await)?;
            facts.made_at = made_at.or(facts.made_at);
            Ok(facts)
        }
        Manifest::Index { platforms, made_at, first } => {
            let mut facts = Facts::default();
            if let (Some(first), true) = (first, made_at.is_none() || platforms.is_empty()) {
                facts = optional(of_child(session, &first, about).await)?;
            }
            let platforms = if platforms.is_empty() { facts.platforms } else { platforms };
            Ok(Facts { digest: None, platforms, made_at: made_at.or(facts.made_at) })
        }
    }
}

/// One of an index's images: they are built together, so one of them tells the age of all.
async fn of_child(
    session: &Session,
    child: &Digest,
    about: &About<'_>,
) -> Result<Facts, SourceError> {
    let (_, manifest) = pull(session, child.as_str(), Some(child), about).await?;
    match manifest {
        Manifest::Image { config, made_at } => {
            let mut facts = config_of(session, config, about).await?;
            facts.made_at = made_at.or(facts.made_at);
            Ok(facts)
        }
        // An index in an index: it is not followed any deeper.
        Manifest::Index { platforms, made_at, .. } => {
            Ok(Facts { digest: None, platforms, made_at })
        }
    }
}

async fn config_of(
    session: &Session,
    config: Option<Digest>,
    about: &About<'_>,
) -> Result<Facts, SourceError> {
    let Some(config) = config else { return Ok(Facts::default()) };
    let url =
        session.url(&format!("/v2/{}/blobs/{config}", session.reference.repository), about)?;
    let answer = session.ask(Method::GET, url, "*/*", about).await?;
    manifest::config(&answer.body).map_err(|why| about.broken(why))
}

/// The digest is worth telling even where its age is not to be had. A registry that wants to be left alone
/// is left alone.
fn optional(facts: Result<Facts, SourceError>) -> Result<Facts, SourceError> {
    match facts {
        Err(trouble)
            if !matches!(
                trouble.kind,
                SourceErrorKind::RateLimited(_)
                    | SourceErrorKind::LoginRequired
                    | SourceErrorKind::Unreachable
            ) =>
        {
            Ok(Facts::default())
        }
        other => other,
    }
}
