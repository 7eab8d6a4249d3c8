//! Every tag of a repository, page by page: "Listing tags" of the OCI distribution specification.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;

use super::link;
use super::session::Session;
use super::wire::Answer;
use crate::domain::catalog::{Listed, Trouble, TroubleKind};
use crate::domain::release::Tag;

/// As many as most registries give at once. One that gives fewer says where the next ones are.
const PAGE: usize = 1_000;
/// More than this nobody looks through: the rest is typed by hand.
const MOST_TAGS: usize = 20_000;
const MOST_PAGES: usize = 200;
const ALL_PAGES: Duration = Duration::from_secs(60);

pub async fn all(
    session: &Session,
    tell: &(dyn Fn(Vec<Tag>) + Send + Sync),
) -> Result<Listed, Trouble> {
    let asked = format!("the tags of {}", session.reference.repository);
    let read = tokio::time::timeout(ALL_PAGES, pages(session, &asked, tell)).await;
    read.unwrap_or_else(|_| {
        let why = format!("not all of them came within {} s", ALL_PAGES.as_secs());
        Err(session.about(&asked).trouble(TroubleKind::Away, why, "try it again"))
    })
}

async fn pages(
    session: &Session,
    asked: &str,
    tell: &(dyn Fn(Vec<Tag>) + Send + Sync),
) -> Result<Listed, Trouble> {
    let about = session.about(asked);
    session.begin().await?;
    let path = format!("/v2/{}/tags/list?n={PAGE}", session.reference.repository);
    let mut next = Some(session.url(&path, &about)?);
    let (mut seen, mut asked_for, mut listed) =
        (BTreeSet::new(), BTreeSet::new(), Listed::default());
    while let Some(url) = next {
        if asked_for.len() == MOST_PAGES || seen.len() >= MOST_TAGS {
            listed.cut = true;
            break;
        }
        if !asked_for.insert(url.to_string()) {
            return Err(about.broken("its pages go round in a circle"));
        }
        let answer = session.ask(Method::GET, url.clone(), "application/json", &about).await?;
        let names = names(&answer).map_err(|why| about.broken(why))?;
        let mut tags = Vec::new();
        for name in names {
            match Tag::new(name) {
                Ok(tag) if seen.insert(tag.clone()) => tags.push(tag),
                Ok(_) => {}
                Err(_) => listed.odd += 1,
            }
        }
        tell(tags);
        next = link::next(answer.headers("link"), &url).map_err(|why| about.broken(why))?;
    }
    Ok(listed)
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
