use std::sync::Mutex;

use futures::future::join_all;

use super::*;
use crate::domain::http::{Delivery, Method, Replay};
use crate::domain::lock::Lock;
use crate::transport::BoxFuture;

/// What becomes of the next request.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// It is carried out, and its answer is lost.
    AnswerLost,
    /// It does not arrive.
    RequestLost,
}

/// A resource that obeys preconditions.
#[derive(Default)]
struct Api {
    /// The text, and how often the resource was written.
    resource: Mutex<(Option<String>, u32)>,
    faults: Mutex<Vec<(Method, Fault)>>,
    without_etag: bool,
}

impl Api {
    fn answers(&self, request: &Request) -> Response {
        let header = |wanted: &str| {
            let found = request.headers.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.clone())
        };
        let mut resource = self.resource.lock().unwrap();
        let (text, written) = &mut *resource;
        let etag = format!("\"{written}\"");
        let (status, body) = match request.method {
            Method::Get => text.clone().map_or((404, String::new()), |text| (200, text)),
            Method::Put if header("If-None-Match").is_some() && text.is_some() => {
                (412, String::new())
            }
            Method::Put => {
                *text = request.body.as_ref().map(|body| body.text.clone());
                *written += 1;
                (201, String::new())
            }
            Method::Delete if text.is_none() => (404, String::new()),
            Method::Delete if header("If-Match") != Some(etag.clone()) => (412, String::new()),
            Method::Delete => {
                *text = None;
                (204, String::new())
            }
            _ => (405, String::new()),
        };
        let headers = if self.without_etag { Vec::new() } else { vec![("ETag".to_owned(), etag)] };
        Response { status, headers, body }
    }

    fn text(&self) -> Option<String> {
        self.resource.lock().unwrap().0.clone()
    }

    fn fails(&self, faults: impl IntoIterator<Item = (Method, Fault)>) {
        self.faults.lock().unwrap().extend(faults);
    }
}

impl Web for Api {
    fn request<'a>(
        &'a self,
        request: &'a Request,
        _: Limits,
    ) -> BoxFuture<'a, Result<Response, Unanswered>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let mut faults = self.faults.lock().unwrap();
            let at = faults.iter().position(|(method, _)| *method == request.method);
            let fault = at.map(|at| faults.remove(at).1);
            drop(faults);
            match fault {
                None => Ok(self.answers(request)),
                Some(fault) => {
                    if fault == Fault::AnswerLost {
                        self.answers(request);
                    }
                    Err(Unanswered::Lost("the connection was reset".to_owned()))
                }
            }
        })
    }
}

fn requests(run: &str) -> LockRequests {
    let lock = Lock {
        who: run.to_owned(),
        machine: "desk".to_owned(),
        why: "go-live".to_owned(),
        since: chrono::DateTime::UNIX_EPOCH,
        release: None,
        run: run.parse().unwrap(),
        lease: None,
        rollback: false,
    };
    let delivery =
        Delivery { replay: Some(Replay::Conditional), retries: 1, ..Delivery::default() };
    let read = Request::get("http://api.test/lock");
    let mut take = Request { method: Method::Put, delivery: delivery.clone(), ..read.clone() };
    take.headers.push(("If-None-Match".to_owned(), "*".to_owned()));
    take.body = Some(crate::domain::http::Body {
        content_type: "application/json".to_owned(),
        text: serde_json::to_string(&lock).unwrap(),
    });
    let release = Request { method: Method::Delete, delivery, ..read.clone() };
    LockRequests { take: Some(take), read, release, owner: LockId::Run(lock.run) }
}

fn lock<'a>(web: &'a Api, requests: &'a LockRequests) -> ApiLock<'a> {
    ApiLock { web, requests, patience: Duration::from_secs(20) }
}

fn code(answer: &LockAnswer) -> Option<i32> {
    answer.as_ref().ok().map(|(code, _)| *code)
}

#[tokio::test(start_paused = true)]
async fn of_two_claims_of_one_lock_one_wins() {
    let api = Api::default();
    let all: Vec<LockRequests> = ["one", "two", "three"].map(requests).into();
    let answers = join_all(all.iter().map(|it| async { lock(&api, it).take().await })).await;
    let codes: Vec<Option<i32>> = answers.iter().map(code).collect();
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == Some(Locking::HELD)).count(), 2, "{codes:?}");
    let (_, printed) = answers.into_iter().flatten().find(|it| it.0 == Locking::HELD).unwrap();
    assert!(Locking::held(&printed).lock().is_some(), "{printed}");
}

#[tokio::test(start_paused = true)]
async fn lock_is_taken_once_and_given_back_by_its_owner_alone() {
    let api = Api::default();
    let (one, two) = (requests("one"), requests("two"));
    assert_eq!(code(&lock(&api, &one).take().await), Some(0));
    assert_eq!(code(&lock(&api, &one).check().await), Some(0));
    assert_eq!(code(&lock(&api, &two).check().await), Some(Locking::LOST));
    assert_eq!(code(&lock(&api, &two).give_back().await), Some(Locking::HELD));
    assert!(api.text().is_some());
    assert_eq!(code(&lock(&api, &one).give_back().await), Some(0));
    assert_eq!(api.text(), None);
    assert_eq!(code(&lock(&api, &one).give_back().await), Some(0), "it is gone already");
    assert_eq!(code(&lock(&api, &one).check().await), Some(Locking::LOST));
}

#[tokio::test(start_paused = true)]
async fn lost_answers_do_not_hide_who_holds_the_lock() {
    let lost = |method| (method, Fault::AnswerLost);
    let api = Api::default();
    let one = requests("one");
    api.fails([lost(Method::Put)]);
    assert_eq!(code(&lock(&api, &one).take().await), Some(0), "a repetition finds its own lock");
    api.fails([lost(Method::Delete)]);
    assert_eq!(code(&lock(&api, &one).give_back().await), Some(0));
    assert_eq!(api.text(), None);
    api.fails([lost(Method::Put), lost(Method::Put)]);
    assert_eq!(code(&lock(&api, &one).take().await), Some(0));
    let api = Api::default();
    let never = (Method::Put, Fault::RequestLost);
    api.fails([never, never]);
    let answer = lock(&api, &one).take().await;
    // It may still arrive.
    assert!(matches!(answer, Err(LockCommandError::NotKnown(_))), "{:?}", code(&answer));
}

#[tokio::test(start_paused = true)]
async fn lock_without_an_etag_is_not_deleted() {
    let api = Api { without_etag: true, ..Api::default() };
    let one = requests("one");
    assert_eq!(code(&lock(&api, &one).take().await), Some(0));
    let (code, why) = lock(&api, &one).give_back().await.ok().unwrap();
    assert_eq!(code, 1);
    assert!(why.contains("no ETag"), "{why}");
    assert!(api.text().is_some());
}
