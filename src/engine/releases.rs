//! What the registry tells of the releases, for whoever chooses one. It belongs to no run: it is in no
//! journal, waits for nobody, and nobody waits for it.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;

use crate::domain::catalog::{
    CatalogQuery, CatalogReply, Facts, Image, ListSummary, RegistryError, RegistryErrorKind,
};
use crate::domain::release::Tag;
use crate::domain::spec::Member;
use crate::transport::BoxFuture;
use crate::transport::registry::Catalog;

/// So many tags at a time: a registry is shared with those who deploy right now.
const AT_ONCE: usize = 4;

/// Hears what is asked. It ends when this is dropped.
#[derive(Debug)]
pub struct Releases {
    asks: mpsc::UnboundedSender<(Option<ImageSource>, CatalogQuery)>,
}

/// The image of a stack's members.
#[derive(Debug, Clone)]
struct ImageSource {
    image: Image,
    /// What is odd about it.
    note: Option<String>,
}

impl ImageSource {
    fn of(members: &[&Member]) -> Option<Self> {
        let mut images: Vec<Image> =
            members.iter().filter_map(|member| member.platform.image()).collect();
        images.sort_by(|a, b| a.name.cmp(&b.name));
        images.dedup_by(|a, b| a.name == b.name);
        let names: Vec<&str> = images.iter().map(|image| image.name.as_str()).collect();
        let note = (names.len() > 1).then(|| {
            format!(
                "the hosts have different images: {}. This is the first one's list",
                names.join(", ")
            )
        });
        images.into_iter().next().map(|image| Self { image, note })
    }
}

impl Releases {
    pub fn start(catalog: Arc<dyn Catalog>) -> (Self, mpsc::UnboundedReceiver<CatalogReply>) {
        let (asks, asked) = mpsc::unbounded_channel();
        let (news, hears) = mpsc::unbounded_channel();
        let task = ReleasesTask {
            catalog,
            news,
            source: None,
            list: None,
            waiting: VecDeque::new(),
            working: FuturesUnordered::new(),
        };
        tokio::spawn(task.work(asked));
        (Self { asks }, hears)
    }

    pub fn ask(&self, members: &[&Member], ask: CatalogQuery) {
        // Whoever answered is gone only with the whole process.
        let _ = self.asks.send((ImageSource::of(members), ask));
    }
}

type Told = (Tag, Result<Facts, RegistryError>);

struct ReleasesTask {
    catalog: Arc<dyn Catalog>,
    news: mpsc::UnboundedSender<CatalogReply>,
    source: Option<ImageSource>,
    list: Option<BoxFuture<'static, Result<ListSummary, RegistryError>>>,
    waiting: VecDeque<Tag>,
    working: FuturesUnordered<BoxFuture<'static, Told>>,
}

impl ReleasesTask {
    async fn work(
        mut self,
        mut asked: mpsc::UnboundedReceiver<(Option<ImageSource>, CatalogQuery)>,
    ) {
        loop {
            self.begin_some();
            tokio::select! {
                ask = asked.recv() => match ask {
                    Some((source, ask)) => self.hear(source, ask),
                    None => return,
                },
                listed = ended(&mut self.list) => {
                    self.list = None;
                    self.emit(listed.map_or_else(CatalogReply::ListFailed, CatalogReply::ListEnded));
                }
                Some((tag, facts)) = self.working.next() => self.told(tag, facts),
            }
        }
    }

    /// Who has gone away does not hear it.
    fn emit(&self, news: CatalogReply) {
        let _ = self.news.send(news);
    }

    fn hear(&mut self, source: Option<ImageSource>, ask: CatalogQuery) {
        match ask {
            CatalogQuery::List => self.list(source),
            CatalogQuery::Facts(tags) => {
                self.source = source;
                self.waiting = tags.into();
            }
            CatalogQuery::Stop => self.waiting.clear(),
        }
    }

    /// What is still on its way for an older list is dropped: it would be told of the new one.
    fn list(&mut self, source: Option<ImageSource>) {
        self.waiting.clear();
        self.working.clear();
        self.list = None;
        self.source = source;
        let Some(ImageSource { image, note }) = self.source.clone() else {
            return self.emit(CatalogReply::ListFailed(no_image()));
        };
        self.emit(CatalogReply::ListStarted { image: image.name.clone(), note });
        let (catalog, news) = (Arc::clone(&self.catalog), self.news.clone());
        self.list = Some(Box::pin(async move {
            let emit = move |tags| drop(news.send(CatalogReply::Tags(tags)));
            catalog.tags(&image, &emit).await
        }));
    }

    fn begin_some(&mut self) {
        let Some(source) = &self.source else { return };
        while self.working.len() < AT_ONCE {
            let Some(tag) = self.waiting.pop_front() else { return };
            let (catalog, image) = (Arc::clone(&self.catalog), source.image.clone());
            self.working.push(Box::pin(async move {
                let facts = catalog.facts(&image, &tag).await;
                (tag, facts)
            }));
        }
    }

    fn told(&mut self, tag: Tag, facts: Result<Facts, RegistryError>) {
        match facts {
            Ok(facts) => self.emit(CatalogReply::Facts { tag, facts }),
            Err(why) => {
                if why.affects_all_tags() {
                    self.waiting.clear();
                }
                self.emit(CatalogReply::FactsFailed { tag, why });
            }
        }
    }
}

fn no_image() -> RegistryError {
    RegistryError {
        kind: RegistryErrorKind::NotAsked,
        registry: "no registry".to_owned(),
        asked: "releases".to_owned(),
        why: "the inventory names no host for this stack".to_owned(),
        remedy: String::new(),
    }
}

/// Resolves when the list ends; never while there is none.
async fn ended(
    list: &mut Option<BoxFuture<'static, Result<ListSummary, RegistryError>>>,
) -> Result<ListSummary, RegistryError> {
    match list {
        Some(list) => list.await,
        None => std::future::pending().await,
    }
}
