//! Releases are reported as they arrive, a few at a time, and delay nothing.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flipside::domain::catalog::{
    CatalogQuery, CatalogReply, Facts, Image, ListSummary, ReleaseSource, SourceError,
    SourceErrorKind,
};
use flipside::domain::event::Verdict;
use flipside::domain::names::{AppName, StackName};
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::release::{Release, Tag};
use flipside::engine::Attendance;
use flipside::transport::BoxFuture;
use flipside::transport::sources::Catalog;
use tokio::time::sleep;

use crate::fleet::Fleet;
use crate::run::Desk;

const NAMES: [&str; 2] = ["web1", "web2"];

/// A registry that takes its time.
#[derive(Default)]
struct Slow {
    lists: AtomicUsize,
    asked: Mutex<Vec<String>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    /// It tells nothing of any tag any more.
    busy: bool,
}

impl Catalog for Slow {
    fn tags<'a>(
        &'a self,
        _: &'a ReleaseSource,
        tell: &'a (dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> BoxFuture<'a, Result<ListSummary, SourceError>> {
        let list = self.lists.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(async move {
            for page in 1..=2 {
                sleep(Duration::from_secs(1)).await;
                tell(vec![tag(&format!("list{list}-page{page}"))]);
            }
            Ok(ListSummary::default())
        })
    }

    fn facts<'a>(
        &'a self,
        _: &'a ReleaseSource,
        tag: &'a Tag,
    ) -> BoxFuture<'a, Result<Facts, SourceError>> {
        Box::pin(async move {
            self.asked.lock().unwrap().push(tag.to_string());
            let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_at_once.fetch_max(now, Ordering::SeqCst);
            sleep(Duration::from_secs(1)).await;
            self.at_once.fetch_sub(1, Ordering::SeqCst);
            if self.busy { Err(busy()) } else { Ok(Facts::default()) }
        })
    }

    fn has<'a>(&'a self, _: &'a Image, _: &'a Release) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(async { Ok(true) })
    }
}

fn tag(name: &str) -> Tag {
    Tag::new(name).unwrap()
}

fn busy() -> SourceError {
    let words = String::new;
    let kind = SourceErrorKind::RateLimited(None);
    SourceError { kind, source: words(), asked: words(), why: words(), remedy: words() }
}

fn desk(slow: &Arc<Slow>) -> Desk {
    Desk::with(&Fleet::new(&NAMES), Attendance::Unattended, Arc::clone(slow) as Arc<dyn Catalog>)
}

fn ask(desk: &Desk, ask: CatalogQuery) {
    let app = desk.environment.apps.keys().next().unwrap().clone();
    desk.handle.orders.send(Order::Releases { app, stack: StackName::main(), ask }).unwrap();
}

fn word(news: &CatalogReply) -> String {
    match news {
        CatalogReply::ListStarted { source, .. } => format!("begun {source}"),
        CatalogReply::Tags(tags) => tags.iter().map(Tag::to_string).collect::<Vec<_>>().join(" "),
        CatalogReply::ListEnded(_) => "listed".to_owned(),
        CatalogReply::ListFailed(why) => format!("no list: {}", why.why),
        CatalogReply::Facts { tag, .. } => format!("facts of {tag}"),
        CatalogReply::FactsFailed { tag, .. } => format!("no facts of {tag}"),
    }
}

async fn hears(desk: &mut Desk, count: usize) -> Vec<String> {
    let mut heard = Vec::new();
    while heard.len() < count {
        heard.push(word(&desk.handle.releases.recv().await.unwrap()));
    }
    heard
}

async fn silence(desk: &mut Desk) {
    let more = tokio::time::timeout(Duration::from_secs(60), desk.handle.releases.recv()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test(start_paused = true)]
async fn names_come_page_by_page_and_a_new_list_takes_the_place_of_the_old_one() {
    let mut desk = desk(&Arc::default());
    ask(&desk, CatalogQuery::List);
    let begun = format!("begun {}", crate::host::IMAGE);
    assert_eq!(hears(&mut desk, 2).await, [begun.as_str(), "list1-page1"]);
    ask(&desk, CatalogQuery::List);
    let then = [begun.as_str(), "list2-page1", "list2-page2", "listed"];
    assert_eq!(hears(&mut desk, 4).await, then);
    silence(&mut desk).await;
}

#[tokio::test(start_paused = true)]
async fn facts_are_requested_in_parts_with_the_latest_request_first() {
    let slow: Arc<Slow> = Arc::default();
    let mut desk = desk(&slow);
    ask(&desk, CatalogQuery::Facts((0..10).map(|n| tag(&format!("a{n}"))).collect()));
    sleep(Duration::from_millis(500)).await;
    ask(&desk, CatalogQuery::Facts(vec![tag("b0"), tag("b1")]));
    hears(&mut desk, 6).await;
    assert_eq!(*slow.asked.lock().unwrap(), ["a0", "a1", "a2", "a3", "b0", "b1"]);
    assert_eq!(slow.most_at_once.load(Ordering::SeqCst), 4);
    silence(&mut desk).await;
}

#[tokio::test(start_paused = true)]
async fn rate_limited_registry_gets_no_further_request() {
    let slow = Arc::new(Slow { busy: true, ..Slow::default() });
    let mut desk = desk(&slow);
    ask(&desk, CatalogQuery::Facts((0..10).map(|n| tag(&format!("a{n}"))).collect()));
    assert_eq!(hears(&mut desk, 4).await[0], "no facts of a0");
    silence(&mut desk).await;
    assert_eq!(slow.asked.lock().unwrap().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn stack_without_hosts_asks_no_registry() {
    let mut desk = desk(&Arc::default());
    let (app, stack) = (AppName::new("nothing").unwrap(), StackName::main());
    desk.handle.orders.send(Order::Releases { app, stack, ask: CatalogQuery::List }).unwrap();
    assert!(hears(&mut desk, 1).await[0].starts_with("no list: the inventory names no host"));
}

/// A registry that never answers.
struct Never;

impl Catalog for Never {
    fn tags<'a>(
        &'a self,
        _: &'a ReleaseSource,
        _: &'a (dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> BoxFuture<'a, Result<ListSummary, SourceError>> {
        Box::pin(std::future::pending())
    }

    fn facts<'a>(
        &'a self,
        _: &'a ReleaseSource,
        _: &'a Tag,
    ) -> BoxFuture<'a, Result<Facts, SourceError>> {
        Box::pin(std::future::pending())
    }

    fn has<'a>(&'a self, _: &'a Image, _: &'a Release) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn release_does_not_wait_for_a_silent_registry() {
    let mut desk = Desk::with(&Fleet::new(&NAMES), Attendance::Unattended, Arc::new(Never));
    ask(&desk, CatalogQuery::List);
    ask(&desk, CatalogQuery::Facts(vec![tag("v1")]));
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    desk.quit().await;
}
