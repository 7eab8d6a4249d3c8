//! Asks the source of releases while a person chooses one. The replies belong to no run and no journal, and
//! nothing in the engine waits for them.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;

use crate::domain::catalog::{
    CatalogQuery, CatalogReply, Facts, ListSummary, ReleaseSource, SourceError, SourceErrorKind,
};
use crate::domain::release::Tag;
use crate::domain::spec::Member;
use crate::transport::BoxFuture;
use crate::transport::sources::Catalog;

/// How many tags are asked for at a time. The source is also used by deploys that are in progress.
const AT_ONCE: usize = 4;

/// The sender to the releases task, which ends when this is dropped.
#[derive(Debug)]
pub struct Releases {
    asks: mpsc::UnboundedSender<(Option<ListSource>, CatalogQuery)>,
}

/// The source of a stack's releases.
#[derive(Debug, Clone)]
struct ListSource {
    source: ReleaseSource,
    /// A warning about the source that is shown with the list.
    note: Option<String>,
}

impl ListSource {
    fn of(members: &[&Member]) -> Option<Self> {
        let mut sources: Vec<ReleaseSource> =
            members.iter().map(|member| member.platform.releases()).collect();
        sources.sort_by_key(ReleaseSource::name);
        sources.dedup_by_key(|source| source.name());
        let names: Vec<String> = sources.iter().map(ReleaseSource::name).collect();
        let images = sources.iter().all(|source| matches!(source, ReleaseSource::Registry(_)));
        let what = if images { "images" } else { "sources of releases" };
        let note = (names.len() > 1).then(|| {
            format!(
                "the hosts have different {what}: {}. This is the first one's list",
                names.join(", ")
            )
        });
        sources.into_iter().next().map(|source| Self { source, note })
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
        let _ = self.asks.send((ListSource::of(members), ask));
    }
}

type FactsReply = (Tag, Result<Facts, SourceError>);

struct ReleasesTask {
    catalog: Arc<dyn Catalog>,
    replies: mpsc::UnboundedSender<CatalogReply>,
    source: Option<ListSource>,
    list: Option<BoxFuture<'static, Result<ListSummary, SourceError>>>,
    waiting: VecDeque<Tag>,
    working: FuturesUnordered<BoxFuture<'static, FactsReply>>,
}

impl ReleasesTask {
    async fn work(
        mut self,
        mut asked: mpsc::UnboundedReceiver<(Option<ListSource>, CatalogQuery)>,
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

    fn handle(&mut self, source: Option<ListSource>, ask: CatalogQuery) {
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
    fn list(&mut self, source: Option<ListSource>) {
        self.waiting.clear();
        self.working.clear();
        self.list = None;
        self.source = source;
        let Some(ListSource { source, note }) = self.source.clone() else {
            return self.emit(CatalogReply::ListFailed(no_list(
                "the inventory names no host for this stack",
            )));
        };
        if source == ReleaseSource::Typed {
            let why = "the inventory does not say what lists the releases of this app";
            return self.emit(CatalogReply::ListFailed(no_list(why)));
        }
        self.emit(CatalogReply::ListStarted { source: source.name(), note });
        if source == ReleaseSource::Hosts {
            return self.emit(CatalogReply::ListEnded(ListSummary::default()));
        }
        let (catalog, replies) = (Arc::clone(&self.catalog), self.replies.clone());
        self.list = Some(Box::pin(async move {
            let emit = move |tags| drop(replies.send(CatalogReply::Tags(tags)));
            catalog.tags(&source, &emit).await
        }));
    }

    fn begin_some(&mut self) {
        let Some(source) = &self.source else { return };
        while self.working.len() < AT_ONCE {
            let Some(tag) = self.waiting.pop_front() else { return };
            let (catalog, source) = (Arc::clone(&self.catalog), source.source.clone());
            self.working.push(Box::pin(async move {
                let facts = catalog.facts(&source, &tag).await;
                (tag, facts)
            }));
        }
    }

    fn add_facts(&mut self, tag: Tag, facts: Result<Facts, SourceError>) {
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

fn no_list(why: &str) -> SourceError {
    SourceError {
        kind: SourceErrorKind::NotAsked,
        source: "no list".to_owned(),
        asked: "releases".to_owned(),
        why: why.to_owned(),
        remedy: String::new(),
    }
}

/// Waits until the list ends. Without a list it never resolves.
async fn ended(
    list: &mut Option<BoxFuture<'static, Result<ListSummary, SourceError>>>,
) -> Result<ListSummary, SourceError> {
    match list {
        Some(list) => list.await,
        None => std::future::pending().await,
    }
}
