//! Runs on an app behind an API: phases are requests, and so is the lock.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flipside::domain::event::{Verdict, What};
use flipside::domain::http::{Method, Request, Response, Url};
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::spec::Environment;
use flipside::engine::Attendance;
use flipside::inventory::from_text;
use flipside::transport::{BoxFuture, Limits, Unanswered, Web};
use serde_json::{Value, json};

use crate::testkit::fleet::{Asked, Fleet};
use crate::testkit::run::{Desk, operator};

const INVENTORY: &str = r#"
version: 1
environments:
  prod:
    targets:
      api1: {roles: [app, primary]}
apps:
  shop:
    platform: http
    url: https://deploy.test/shop
    observe: {path: /state, live: /live, passive: /passive, previous: /previous}
    prepare:
      - {name: upload, method: PUT, path: /passive, json: '{"to": "{release}"}', replay: safe, retries: 2}
    go_live:
      - {name: switch, method: POST, path: /live, json: '{"to": "{release}"}'}
    rollback:
      - {name: switch back, method: POST, path: /live, json: '{"to": "{release}"}'}
    abandon:
      - {name: remove, method: DELETE, path: "/passive/{release}"}
    lock: {path: /lock}
"#;

#[derive(Default)]
struct State {
    live: String,
    passive: Option<String>,
    previous: Option<String>,
    lock: Option<String>,
    locked: u32,
    /// Every changing request that arrived, without those of the lock.
    changes: Vec<String>,
    /// So many answers to requests that switch users are lost.
    lost_switches: u32,
    /// All requests that arrived.
    requests: u32,
    /// After the next change somebody else has the lock.
    takes_over: bool,
    /// Changes are answered as done, and nothing changes.
    ignores: bool,
    /// How long a switch takes.
    switch_takes: Duration,
    /// So many observations after a change still show what was before it.
    late: u32,
    shown: Option<String>,
}

#[derive(Default)]
struct Api(Mutex<State>);

impl Api {
    fn new() -> Arc<Self> {
        let state = State { live: "v1".to_owned(), ..State::default() };
        Arc::new(Self(Mutex::new(state)))
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }

    fn desk(self: &Arc<Self>) -> Desk {
        let path = Path::new("/tmp/inventory.yaml");
        let text = INVENTORY.to_owned();
        let loaded = from_text(path, text, flipside::platform::DECODERS);
        let inventory = loaded.unwrap_or_else(|problems| panic!("{problems}")).inventory;
        let environment: Environment = inventory.environments.into_values().next().unwrap();
        let fleet = Fleet::new(&["api1"]);
        let catalog = Arc::new(Asked(Arc::clone(&fleet.registry)));
        Desk::at(environment, fleet, self.clone(), catalog, Attendance::Unattended)
    }
}

impl State {
    fn answers(&mut self, request: &Request) -> (u16, String) {
        let Url::Plain(url) = &request.url else { panic!("{request:?}") };
        let path = url.strip_prefix("https://deploy.test/shop").unwrap();
        let header = |wanted: &str| {
            let found = request.headers.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.clone())
        };
        let body = request.body.as_ref().map_or(String::new(), |body| body.text.clone());
        match (request.method, path) {
            (Method::Get, "/state") => {
                if let (1.., Some(shown)) = (self.late, &self.shown) {
                    self.late -= 1;
                    return (200, shown.clone());
                }
                let Self { live, passive, previous, .. } = self;
                (200, json!({ "live": live, "passive": passive, "previous": previous }).to_string())
            }
            (Method::Get, "/lock") => {
                self.lock.clone().map_or((404, String::new()), |it| (200, it))
            }
            (Method::Put, "/lock") if header("If-None-Match").is_some() && self.lock.is_some() => {
                (412, String::new())
            }
            (Method::Put, "/lock") => {
                self.locked += 1;
                self.lock = Some(body);
                (201, String::new())
            }
            (Method::Delete, "/lock") if header("If-Match") != Some(self.etag()) => {
                (412, String::new())
            }
            (Method::Delete, "/lock") => {
                self.lock = None;
                (204, String::new())
            }
            _ => self.changed(request.method, path, &body),
        }
    }

    fn etag(&self) -> String {
        format!("\"{}\"", self.locked)
    }

    fn changed(&mut self, method: Method, path: &str, body: &str) -> (u16, String) {
        self.changes.push(format!("{method} {path} {body}").trim().to_owned());
        self.shown = Some(
            json!({ "live": self.live, "passive": self.passive, "previous": self.previous })
                .to_string(),
        );
        if self.ignores {
            return (200, String::new());
        }
        let to = serde_json::from_str::<Value>(body).ok();
        let to = to.and_then(|body| Some(body["to"].as_str()?.to_owned()));
        match (method, path) {
            (Method::Put, "/passive") => self.passive = to,
            (Method::Post, "/live") => {
                let before = std::mem::replace(&mut self.live, to.unwrap());
                self.passive = Some(before.clone());
                self.previous = Some(before);
            }
            (Method::Delete, _) => self.passive = None,
            other => panic!("{other:?}"),
        }
        if self.takes_over {
            self.lock = Some(other_lock());
            self.locked += 1;
        }
        (200, String::new())
    }
}

fn other_lock() -> String {
    json!({
        "who": "li", "machine": "m", "why": "go-live", "since": "2026-01-01T00:00:00Z", "release": null,
        "run": "li-run",
    })
    .to_string()
}

fn is_switch(request: &Request) -> bool {
    matches!(&request.url, Url::Plain(url) if request.method == Method::Post && url.ends_with("/live"))
}

impl Web for Api {
    fn request<'a>(
        &'a self,
        request: &'a Request,
        limits: Limits,
    ) -> BoxFuture<'a, Result<Response, Unanswered>> {
        Box::pin(async move {
            if is_switch(request) {
                let takes = tokio::time::sleep(self.with(|state| state.switch_takes));
                if limits.cancel.run_until_cancelled(takes).await.is_none() {
                    return Err(Unanswered::Lost("cancelled".to_owned()));
                }
            }
            self.with(|state| {
                state.requests += 1;
                let (status, body) = state.answers(request);
                if is_switch(request) && state.lost_switches > 0 {
                    state.lost_switches -= 1;
                    return Err(Unanswered::Lost("the connection was reset".to_owned()));
                }
                let headers = vec![("etag".to_owned(), state.etag())];
                Ok(Response { status, headers, body })
            })
        })
    }
}

#[tokio::test(start_paused = true)]
async fn release_goes_out_and_back_by_requests() {
    let api = Api::new();
    let mut desk = api.desk();
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    assert_eq!(desk.run(Phase::GoLive, Some("v2")).await, Verdict::Done);
    assert_eq!(api.with(|state| state.live.clone()), "v2");
    assert_eq!(desk.run(Phase::GoLive, Some("v2")).await, Verdict::Done, "nothing is left to do");
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    assert_eq!(desk.run(Phase::Prepare, Some("v3")).await, Verdict::Done);
    assert_eq!(desk.run(Phase::Abandon, None).await, Verdict::Done);
    let changes = [
        r#"PUT /passive {"to": "v2"}"#,
        r#"POST /live {"to": "v2"}"#,
        r#"POST /live {"to": "v1"}"#,
        r#"PUT /passive {"to": "v3"}"#,
        "DELETE /passive/v3",
    ];
    assert_eq!(api.with(|state| state.changes.clone()), changes);
    assert_eq!(api.with(|state| (state.lock.clone(), state.locked > 0)), (None, true));
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn lost_answer_of_a_switch_is_settled_by_an_observation() {
    let api = Api::new();
    let mut desk = api.desk();
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    api.with(|state| state.lost_switches = 1);
    assert_eq!(desk.run(Phase::GoLive, Some("v2")).await, Verdict::Done);
    assert_eq!(api.with(|state| state.lost_switches), 0, "the answer was lost");
    let changes = api.with(|state| state.changes.clone());
    let switches = changes.iter().filter(|change| change.starts_with("POST /live")).count();
    assert_eq!(switches, 1, "{changes:?}");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn run_changes_nothing_without_its_lock() {
    let api = Api::new();
    let mut desk = api.desk();
    api.with(|state| state.lock = Some(other_lock()));
    let verdict = desk.run(Phase::Prepare, Some("v2")).await;
    assert!(matches!(verdict, Verdict::Locked { .. }), "{verdict:?}");
    assert_eq!(api.with(|state| state.changes.len()), 0);
    assert!(api.with(|state| state.lock.is_some()), "it is not ours");
    api.with(|state| (state.lock, state.takes_over) = (None, true));
    let verdict = desk.run(Phase::Prepare, Some("v2")).await;
    assert!(matches!(verdict, Verdict::LockLost { .. } | Verdict::Done), "{verdict:?}");
    assert_eq!(api.with(|state| state.lock.clone()), Some(other_lock()), "it is not ours");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn phase_that_the_app_does_not_have_is_refused_before_anything_is_locked() {
    let api = Api::new();
    let mut desk = api.desk();
    let requests = api.with(|state| state.requests);
    for (phase, why) in [
        (Phase::Finish, "shop has no phase `finish`: its owner does that where the API runs."),
        (
            Phase::Verify,
            "shop has no phase `verify`: the inventory has no requests for it (`verify`).",
        ),
        (Phase::Unfreeze, "shop has no phase `unfreeze`: the API keeps no freeze"),
    ] {
        let verdict = desk.run(phase, None).await;
        let Verdict::Refused { why: refused } = &verdict else { panic!("{phase}: {verdict:?}") };
        assert!(refused.starts_with(why), "{refused}");
    }
    assert_eq!(api.with(|state| (state.requests, state.locked)), (requests, 0));
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn request_that_was_answered_as_done_is_not_sent_again_when_nothing_shows_it() {
    let api = Api::new();
    let mut desk = api.desk();
    api.with(|state| state.ignores = true);
    let verdict = desk.run(Phase::Prepare, Some("v2")).await;
    let Verdict::Failed { why, failed } = verdict else { panic!("{verdict:?}") };
    assert!(why.contains("api1 answered that `") && why.contains("is not sent again"), "{why}");
    assert_eq!(failed.len(), 1);
    assert_eq!(api.with(|state| state.changes.len()), 1, "it is sent once");
    assert_eq!(api.with(|state| state.lock.clone()), None);
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn state_that_comes_a_moment_after_the_answer_is_waited_for() {
    let api = Api::new();
    let mut desk = api.desk();
    api.with(|state| state.late = 2);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    assert_eq!(api.with(|state| state.changes.len()), 1);
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn abort_does_not_cut_off_a_request_that_moves_users() {
    let api = Api::new();
    let mut desk = api.desk();
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    api.with(|state| state.switch_takes = Duration::from_secs(10));
    desk.begin(desk.intent(Phase::GoLive, Some("v2")));
    loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        if matches!(&event.what, What::StepStarted { step, .. } if step.name == "switch") {
            break;
        }
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    desk.handle.orders.send(Order::Abort { by: operator() }).unwrap();
    let (verdict, events) = desk.verdict().await;
    assert_eq!(verdict, Verdict::Aborted { by: operator() });
    let done = events.iter().any(|event| {
        matches!(&event.what, What::StepEnded { step, outcome, .. } if step.name == "switch" && outcome.is_done())
    });
    assert!(done, "its answer was waited for");
    assert_eq!(api.with(|state| state.live.clone()), "v2");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn each_run_that_a_person_begins_sends_it_once() {
    let api = Api::new();
    let mut desk = api.desk();
    api.with(|state| state.ignores = true);
    for _ in 0..2 {
        let verdict = desk.run(Phase::Prepare, Some("v2")).await;
        assert!(matches!(verdict, Verdict::Failed { .. }), "{verdict:?}");
    }
    assert_eq!(api.with(|state| state.changes.len()), 2, "once for each run that a person began");
    desk.quit().await;
}
