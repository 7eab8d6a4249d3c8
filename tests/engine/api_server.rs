//! Runs against an API server on loopback, by the real client, with faults on demand.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flipside::domain::event::{Event, Verdict, What};
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Intent, Selection};
use flipside::engine::Attendance;
use flipside::inventory::from_text;
use flipside::transport::http::Http;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::testkit::fleet::{Asked, Fleet};
use crate::testkit::run::Desk;

/// What goes wrong with the next request of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is carried out, and the connection closes without an answer.
    Lost,
    /// It is carried out, and the answer ends in the middle of its body.
    Torn,
    /// It is carried out, and answered late.
    Slow,
    /// It is not carried out: 500.
    Refused,
}

#[derive(Debug, Default)]
pub struct State {
    live: String,
    passive: Option<String>,
    previous: Option<String>,
    verified: Option<String>,
    /// The holder, and how often the resource was created.
    lock: (Option<String>, u32),
    /// Changing requests that were carried out, without those of the lock.
    pub changes: Vec<String>,
    fault: Option<(&'static str, Fault)>,
}

/// The API of one app.
#[derive(Clone)]
pub struct Api {
    url: String,
    state: Arc<Mutex<State>>,
}

impl Api {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = State { live: "v1".to_owned(), ..State::default() };
        let api = Self { url, state: Arc::new(Mutex::new(state)) };
        let serving = api.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(socket));
            }
        });
        api
    }

    pub fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    pub fn fault(&self, request: &'static str, fault: Fault) {
        self.with(|state| state.fault = Some((request, fault)));
    }

    pub fn live(&self) -> String {
        self.with(|state| state.live.clone())
    }

    async fn serve(self, mut socket: TcpStream) {
        let Some((head, body)) = received(&mut socket).await else { return };
        let line = head.lines().next().unwrap_or_default().to_lowercase();
        let fault = self.with(|state| {
            let kind = state.fault.map(|(kind, _)| kind);
            kind.is_some_and(|kind| line.starts_with(kind)).then(|| state.fault.take()).flatten()
        });
        let fault = fault.map(|(_, fault)| fault);
        let (status, text) = match fault {
            Some(Fault::Refused) => (500, String::new()),
            _ => self.with(|state| state.answers(&head, &body)),
        };
        let etag = self.with(|state| state.etag());
        let length = text.len() + if fault == Some(Fault::Torn) { 40 } else { 0 };
        let answer = format!(
            "HTTP/1.1 {status} X\r\netag: {etag}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
        );
        match fault {
            Some(Fault::Lost) => return,
            Some(Fault::Slow) => tokio::time::sleep(Duration::from_millis(1200)).await,
            _ => {}
        }
        let _ = socket.write_all(answer.as_bytes()).await;
    }
}

/// Returns the head and the body of a request.
pub async fn received(socket: &mut TcpStream) -> Option<(String, String)> {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").and_then(|text| text.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        match socket.read(&mut buffer).await {
            Ok(n @ 1..) => text.push_str(&String::from_utf8_lossy(&buffer[..n])),
            _ => return None,
        }
    }
}

pub fn header<'h>(head: &'h str, wanted: &str) -> Option<&'h str> {
    let pairs = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
}

impl State {
    fn etag(&self) -> String {
        format!("\"{}\"", self.lock.1)
    }

    fn answers(&mut self, head: &str, body: &str) -> (u16, String) {
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let holder = &mut self.lock;
        match (method, path) {
            ("GET", "/state") => (200, self.shown().to_string()),
            ("GET", "/logs?of=v1") => (200, "one\ntwo\n".to_owned()),
            ("GET", "/passive") => (200, json!({ "release": self.passive }).to_string()),
            ("GET", "/lock") => holder.0.clone().map_or((404, String::new()), |it| (200, it)),
            ("PUT", "/lock") if holder.0.is_some() => (409, String::new()),
            ("PUT", "/lock") => {
                *holder = (Some(body.to_owned()), holder.1 + 1);
                (201, String::new())
            }
            ("DELETE", "/lock") if header(head, "if-match") == Some(&self.etag()) => {
                self.lock.0 = None;
                (204, String::new())
            }
            ("DELETE", "/lock") => (412, String::new()),
            _ => self.changed(method, path, body),
        }
    }

    fn shown(&self) -> Value {
        let Self { live, passive, previous, verified, .. } = self;
        json!({ "live": live, "passive": passive, "previous": previous, "verified": verified })
    }

    fn changed(&mut self, method: &str, path: &str, body: &str) -> (u16, String) {
        self.changes.push(format!("{method} {path} {body}").trim().to_owned());
        let to = Some(body.to_owned()).filter(|body| !body.is_empty());
        match (method, path) {
            ("PUT", "/passive") => self.passive = to,
            ("PUT", "/verified") => self.verified = to,
            ("POST", "/live") => {
                let before = std::mem::replace(&mut self.live, to.unwrap());
                self.passive = Some(before.clone());
                self.previous = Some(before);
            }
            other => panic!("{other:?}"),
        }
        (200, json!({ "done": true }).to_string())
    }
}

/// A console whose app is behind these APIs: `api1`, `api2`, each with its URL.
pub fn desk(apis: &[&Api], rules: &str) -> Desk {
    let targets = apis.iter().enumerate();
    let targets = targets.map(|(n, api)| format!("      api{}: {{url: {}}}\n", n + 1, api.url));
    let text = format!(
        "version: 1
environments:
  prod:
{rules}    targets:
{}apps:
  shop:
    platform: http
    observe: {{path: /state, live: /live, passive: /passive, previous: /previous, verified: /verified}}
    prepare:
      - name: upload
        method: PUT
        path: /passive
        text: '{{release}}'
        poll: {{path: /passive, expect: {{/release: '{{release}}'}}, every: 1s, deadline: 10s}}
    verify:
      - {{name: smoke, path: /passive, contains: '{{release}}'}}
      - {{name: sign off, method: PUT, path: /verified, text: '{{release}}'}}
    go_live: [{{name: switch, method: POST, path: /live, text: '{{release}}'}}]
    rollback: [{{name: switch back, method: POST, path: /live, text: '{{release}}'}}]
    logs: {{live: {{path: '/logs?of={{release}}'}}}}
    lock: {{path: /lock}}
",
        targets.collect::<String>()
    );
    let loaded = from_text(Path::new("/tmp/inventory.yaml"), text, flipside::platform::DECODERS);
    let inventory = loaded.unwrap_or_else(|problems| panic!("{problems}")).inventory;
    let environment = inventory.environments.into_values().next().unwrap();
    let fleet = Fleet::new(&[]);
    let catalog = Arc::new(Asked(Arc::clone(&fleet.registry)));
    Desk::at(environment, fleet, Arc::new(Http::new()), catalog, Attendance::Unattended)
}

#[tokio::test]
async fn release_is_prepared_verified_live_and_rolled_back() {
    let api = Api::start().await;
    let mut desk = desk(&[&api], "    verify_required: true\n");
    let refused = desk.run(Phase::GoLive, Some("v2")).await;
    assert!(matches!(refused, Verdict::Refused { .. }), "{refused:?}");
    for phase in [Phase::Prepare, Phase::Verify, Phase::GoLive] {
        assert_eq!(desk.run(phase, Some("v2")).await, Verdict::Done, "{phase}");
    }
    assert_eq!(api.live(), "v2");
    // What happens to be on the passive side is not where users came from.
    api.with(|state| state.passive = Some("v0".to_owned()));
    let intent = Intent {
        goal: Some(flipside::domain::rollback::RollbackGoal::Leave("v2".parse().unwrap())),
        ..desk.intent(Phase::Rollback, None)
    };
    desk.begin(intent);
    assert_eq!(desk.verdict().await.0, Verdict::Done);
    assert_eq!(api.live(), "v1", "the release that the API recorded");
    let changes = ["PUT /passive v2", "PUT /verified v2", "POST /live v2", "POST /live v1"];
    assert_eq!(api.with(|state| state.changes.clone()), changes);
    assert_eq!(api.with(|state| state.lock.0.clone()), None);
    desk.quit().await;
}

#[tokio::test]
async fn switch_that_was_carried_out_is_done_whatever_became_of_its_answer() {
    for fault in [Fault::Lost, Fault::Torn, Fault::Slow] {
        let api = Api::start().await;
        let mut desk = desk(&[&api], "");
        assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
        api.fault("post /live", fault);
        assert_eq!(desk.run(Phase::GoLive, Some("v2")).await, Verdict::Done, "{fault:?}");
        assert_eq!(api.with(|state| state.changes.len()), 2, "{fault:?}: it is not sent again");
        assert_eq!(api.live(), "v2");
        assert_eq!(api.with(|state| state.lock.0.clone()), None, "{fault:?}");
        desk.quit().await;
    }
}

#[tokio::test]
async fn refused_request_is_a_failure_and_the_next_run_does_it() {
    let api = Api::start().await;
    let mut desk = desk(&[&api], "");
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    api.fault("post /live", Fault::Refused);
    let verdict = desk.run(Phase::GoLive, Some("v2")).await;
    assert!(matches!(verdict, Verdict::Failed { .. }), "{verdict:?}");
    assert_eq!(api.live(), "v1");
    assert_eq!(desk.run(Phase::GoLive, Some("v2")).await, Verdict::Done);
    assert_eq!(api.live(), "v2");
    desk.quit().await;
}

#[tokio::test]
async fn lock_of_another_run_is_respected_and_a_lost_answer_to_it_is_settled() {
    let api = Api::start().await;
    let mut desk = desk(&[&api], "");
    let other = json!({
        "who": "li", "machine": "m", "why": "go-live", "since": "2026-01-01T00:00:00Z", "release": null,
        "run": "li-run",
    });
    api.with(|state| state.lock.0 = Some(other.to_string()));
    let verdict = desk.run(Phase::Prepare, Some("v2")).await;
    assert!(matches!(verdict, Verdict::Locked { .. }), "{verdict:?}");
    assert_eq!(api.with(|state| state.changes.len()), 0);
    assert_eq!(api.with(|state| state.lock.0.clone()), Some(other.to_string()));
    api.with(|state| state.lock.0 = None);
    api.fault("put /lock", Fault::Lost);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    api.fault("delete /lock", Fault::Lost);
    assert_eq!(desk.run(Phase::GoLive, Some("v2")).await, Verdict::Done);
    assert_eq!(api.with(|state| state.lock.0.clone()), None);
    desk.quit().await;
}

#[tokio::test]
async fn run_can_be_narrowed_to_one_api_and_one_that_fails_does_not_hide_the_other() {
    let (one, two) = (Api::start().await, Api::start().await);
    let mut desk = desk(&[&one, &two], "");
    let selection = Selection::Only([("api2".parse().unwrap())].into());
    desk.begin(Intent { selection, ..desk.intent(Phase::Prepare, Some("v2")) });
    assert_eq!(desk.verdict().await.0, Verdict::Done);
    assert_eq!(one.with(|state| state.changes.len()), 0);
    assert_eq!(two.with(|state| state.passive.clone()).as_deref(), Some("v2"));
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    two.fault("post /live", Fault::Refused);
    let verdict = desk.run(Phase::GoLive, Some("v2")).await;
    let names = |targets: &[flipside::domain::target::Target]| -> Vec<String> {
        targets.iter().map(ToString::to_string).collect()
    };
    let Verdict::Partly { done, failed, .. } = verdict else { panic!("{verdict:?}") };
    assert_eq!((names(&done), names(&failed)), (vec!["api1".into()], vec!["api2".into()]));
    assert_eq!(desk.run(Phase::GoLive, Some("v2")).await, Verdict::Done);
    assert_eq!((one.live(), two.live()), ("v2".to_owned(), "v2".to_owned()));
    desk.quit().await;
}

#[tokio::test]
async fn doctor_says_what_an_api_answers() {
    let api = Api::start().await;
    let mut desk = desk(&[&api], "");
    let targets = vec![flipside::domain::target::Target::Api("api1".parse().unwrap())];
    desk.handle.orders.send(examine(targets.clone())).unwrap();
    assert!(examined(&mut desk).await.contains("its answers can be read"));
    api.with(|state| state.live = "no/release?".to_owned());
    desk.handle.orders.send(examine(targets)).unwrap();
    let found = examined(&mut desk).await;
    assert!(found.contains("it cannot be observed: /live is"), "{found}");
    assert!(!found.contains("ssh"), "{found}");
    desk.quit().await;
}

#[tokio::test]
async fn api_that_does_not_answer_is_named_by_every_phase_and_by_doctor() {
    let api = Api { url: "http://127.0.0.1:1".to_owned(), state: Arc::default() };
    let mut desk = desk(&[&api], "");
    for phase in [Phase::Prepare, Phase::Rollback] {
        let verdict = desk.run(phase, Some("v2")).await;
        let Verdict::Refused { why } = verdict else { panic!("{verdict:?}") };
        assert!(why.contains("api1") && why.contains("connection was refused"), "{why}");
    }
    let targets = vec![flipside::domain::target::Target::Api("api1".parse().unwrap())];
    desk.handle.orders.send(examine(targets)).unwrap();
    let found = examined(&mut desk).await;
    assert!(found.contains("connection was refused") && found.contains("Check `url`"), "{found}");
    desk.quit().await;
}

fn examine(targets: Vec<flipside::domain::target::Target>) -> flipside::domain::order::Order {
    let (app, stack) = ("shop".parse().unwrap(), flipside::domain::names::StackName::main());
    flipside::domain::order::Order::Examine { app, stack, targets }
}

/// Returns what is found on the first target that is examined.
async fn examined(desk: &mut Desk) -> String {
    loop {
        let Event { what, .. } = desk.handle.readers.events.recv().await.unwrap();
        if let What::Examined { target: Some(_), examination } = what {
            return serde_json::to_string(&examination).unwrap();
        }
    }
}

#[tokio::test]
async fn log_of_a_side_is_followed_by_its_request() {
    use flipside::domain::names::{Color, StackName};
    use flipside::domain::order::Order;
    use flipside::domain::target::Target;
    let api = Api::start().await;
    let mut desk = desk(&[&api], "");
    let send = |order| desk.handle.orders.send(order).unwrap();
    send(Order::Focus { app: "shop".parse().unwrap(), stack: StackName::main() });
    loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        if matches!(event.what, What::Observed { .. }) {
            break;
        }
    }
    let target = Target::Api("api1".parse().unwrap());
    send(Order::FollowLog { target, color: Some(Color::new("live").unwrap()) });
    let mut lines = Vec::new();
    while lines.len() < 4 {
        lines.push(desk.handle.readers.lines.recv().await.unwrap().text);
    }
    let ended = "the log of live was ended by its server";
    assert_eq!(lines, ["following the log of live", "one", "two", ended]);
    desk.quit().await;
}
