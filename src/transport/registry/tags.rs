//! Every tag of a repository, page by page: "Listing tags" of the OCI distribution specification.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;

use super::link::{self, Next};
use super::session::Session;
use super::words::About;
use crate::domain::catalog::{ListSummary, SourceError, SourceErrorKind};
use crate::domain::release::Tag;
use crate::transport::exchange::Answer;

/// As many as most registries give at once. One that gives fewer says where the next ones are.
const PAGE: usize = 1_000;
/// The most tags that are listed. Nobody reads more; other tags are typed by hand.
const MOST_TAGS: usize = 20_000;
const MOST_PAGES: usize = 200;
const JSON: &str = "application/json";
const ALL_PAGES: Duration = Duration::from_secs(60);

pub async fn all(
    session: &Session,
    emit: &(dyn Fn(Vec<Tag>) + Send + Sync),
) -> Result<ListSummary, SourceError> {
    let asked = format!("the tags of {}", session.reference.repository);
    let read = tokio::time::timeout(ALL_PAGES, pages(session, &asked, emit)).await;
    read.unwrap_or_else(|_| {
        let why = format!("not all of them came within {} s", ALL_PAGES.as_secs());
        Err(session.about(&asked).trouble(SourceErrorKind::Unreachable, why, "try again"))
    })
}

/// Returns whether the registry shows this repository at all.
pub async fn some(session: &Session) -> Result<(), SourceError> {
    let asked = format!("the tags of {}", session.reference.repository);
    let about = session.about(&asked);
    let path = format!("/v2/{}/tags/list?n=1", session.reference.repository);
    session.ask(Method::GET, session.url(&path, &about)?, JSON, &about).await.map(|_| ())
}

async fn pages(
    session: &Session,
    asked: &str,
    emit: &(dyn Fn(Vec<Tag>) + Send + Sync),
) -> Result<ListSummary, SourceError> {
    let about = session.about(asked);
    session.begin().await?;
    let mut next = Some(session.url(&path(session, None), &about)?);
    let (mut seen, mut asked_for, mut listed) =
        (BTreeSet::new(), BTreeSet::new(), ListSummary::default());
    while let Some(url) = next {
        if asked_for.len() == MOST_PAGES || seen.len() >= MOST_TAGS {
            listed.truncated = true;
            break;
        }
        if !asked_for.insert(url.to_string()) {
            return Err(about.broken("its pages go round in a circle"));
        }
        let answer = session.ask(Method::GET, url.clone(), JSON, &about).await?;
        let names = names(&answer).map_err(|why| about.broken(why))?;
        take(&names, &mut seen, &mut listed, emit);
        let after = link::next(answer.headers("link"), &url).map_err(|why| about.broken(why))?;
        next = match after {
            Next::Page(url) => Some(url),
            Next::Unclear => {
                listed.truncated = true;
                None
            }
            Next::Nothing => {
                if let (PAGE, Some(last)) = (names.len(), names.last()) {
                    beyond(session, last, &about, &mut seen, &mut listed, emit).await;
                }
                None
            }
        };
    }
    Ok(listed)
}

/// A page that is exactly full, and no link: it may be the end, or a registry that cuts off and says
/// nothing of it. What follows the last name tells.
async fn beyond(
    session: &Session,
    last: &str,
    about: &About<'_>,
    seen: &mut BTreeSet<Tag>,
    listed: &mut ListSummary,
    emit: &(dyn Fn(Vec<Tag>) + Send + Sync),
) {
    let mut last = last.to_owned();
    for _ in 0..MOST_PAGES {
        let asked = async {
            let url = session.url(&path(session, Some(&last)), about).ok()?;
            let answer = session.ask(Method::GET, url, JSON, about).await.ok()?;
            names(&answer).ok()
        };
        match asked.await.as_deref() {
            Some([]) => return,
            Some(names) if take(names, seen, listed, emit) && seen.len() < MOST_TAGS => {
                last = names.last().map_or(last, Clone::clone);
            }
            // Refused, or the same names again: where the list ends is not known.
            _ => break,
        }
    }
    listed.truncated = true;
}

fn path(session: &Session, after: Option<&str>) -> String {
    let list = format!("/v2/{}/tags/list?n={PAGE}", session.reference.repository);
    // Letters, digits, `_`, `.` and `-`: a tag stands in a URL as it is.
    let from = after.and_then(|name| Tag::new(name).ok());
    from.map_or(list.clone(), |tag| format!("{list}&last={tag}"))
}

/// `true`: some of them are new.
fn take(
    names: &[String],
    seen: &mut BTreeSet<Tag>,
    listed: &mut ListSummary,
    emit: &(dyn Fn(Vec<Tag>) + Send + Sync),
) -> bool {
    let mut tags = Vec::new();
    for name in names {
        match Tag::new(name.as_str()) {
            Ok(tag) if seen.insert(tag.clone()) => tags.push(tag),
            Ok(_) => {}
            Err(_) => listed.invalid_names += 1,
        }
    }
    let any = !tags.is_empty();
    emit(tags);
    any
}

fn names(answer: &Answer) -> Result<Vec<String>, String> {
    #[derive(Deserialize)]
    struct Page {
        /// `null` where every tag was deleted; but what has no such word is no list.
        #[serde(deserialize_with = "Option::deserialize")]
        tags: Option<Vec<String>>,
    }
    let page: Page = serde_json::from_slice(&answer.body).map_err(|error| {
        format!("its list cannot be read (line {}, column {})", error.line(), error.column())
    })?;
    Ok(page.tags.unwrap_or_default())
}
