//! Asks the registry for releases while a person chooses one. The replies belong to no run and no journal, and
//! nothing in the engine waits for them.

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

/// How many tags are asked for at a time. The registry is also used by deploys that are in progress.
const AT_ONCE: usize = 4;

/// The sender to the releases task, which ends when this is dropped.
#[derive(Debug)]
pub struct Releases {
    asks: mpsc::UnboundedSender<(Option<ImageSource>, CatalogQuery)>,
}

/// The image of a stack's members.
#[derive(Debug, Clone)]
struct ImageSource {
    image: Image,
    /// A warning about the image that is shown with the list.
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
        let (replies, replies_out) = mpsc::unbounded_channel();
        let task = ReleasesTask {
            catalog,
            replies,
            source: None,
            list: None,
            waiting: VecDeque::new(),
            working: FuturesUnordered::new(),
        };
        tokio::spawn(task.work(asked));
        (Self { asks }, replies_out)
    }

    pub fn ask(&self, members: &[&Member], ask: CatalogQuery) {
        // The task ends only with this sender.
        let _ = self.asks.send((ImageSource::of(members), ask));
    }
}

type FactsReply = (Tag, Result<Facts, RegistryError>);

struct ReleasesTask {
    catalog: Arc<dyn Catalog>,
    replies: mpsc::UnboundedSender<CatalogReply>,
    source: Option<ImageSource>,
    list: Option<BoxFuture<'static, Result<ListSummary, RegistryError>>>,
    waiting: VecDeque<Tag>,
    working: FuturesUnordered<BoxFuture<'static, FactsReply>>,
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
                    Some((source, ask)) => self.handle(source, ask),
                    None => return,
                },
                listed = ended(&mut self.list) => {
                    self.list = None;
                    self.emit(listed.map_or_else(CatalogReply::ListFailed, CatalogReply::ListEnded));
                }
                Some((tag, facts)) = self.working.next() => self.add_facts(tag, facts),
            }
        }
    }

    /// Sends a reply. The client may be gone.
    fn emit(&self, reply: CatalogReply) {
        let _ = self.replies.send(reply);
    }

    fn handle(&mut self, source: Option<ImageSource>, ask: CatalogQuery) {
        match ask {
            CatalogQuery::List => self.list(source),
            CatalogQuery::Facts(tags) => {
                self.source = source;
                self.waiting = tags.into();
            }
            CatalogQuery::Stop => self.waiting.clear(),
        }
    }

    /// Starts a new list. Requests for an older one are dropped: their replies would be taken for the new one's.
    fn list(&mut self, source: Option<ImageSource>) {
        self.waiting.clear();
        self.working.clear();
        self.list = None;
        self.source = source;
        let Some(ImageSource { image, note }) = self.source.clone() else {
            return self.emit(CatalogReply::ListFailed(no_image()));
        };
        self.emit(CatalogReply::ListStarted { image: image.name.clone(), note });
        let (catalog, replies) = (Arc::clone(&self.catalog), self.replies.clone());
        self.list = Some(Box::pin(async move {
            let emit = move |tags| drop(replies.send(CatalogReply::Tags(tags)));
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

    fn add_facts(&mut self, tag: Tag, facts: Result<Facts, RegistryError>) {
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

/// Waits until the list ends. Without a list it never resolves.
async fn ended(
    list: &mut Option<BoxFuture<'static, Result<ListSummary, RegistryError>>>,
) -> Result<ListSummary, RegistryError> {
    match list {
        Some(list) => list.await,
        None => std::future::pending().await,
    }
}
