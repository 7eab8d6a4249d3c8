//! Hooks that send a request, by the real client to a server on loopback, with faults on demand.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flipside::domain::event::{Event, Verdict, What};
use flipside::domain::order::Order;
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{FailurePolicy, HookMoment, PlannedHook};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::api_server::{Api, desk, header, received};
use crate::run::{Desk, operator};

const TOKEN: &str = "t0ken-of-the-pager";

/// What becomes of a request.
#[derive(Debug, Clone, Copy)]
enum Reply {
    /// Answered with this status and body.
    Says(u16, &'static str),
    /// It arrives, and the connection closes without an answer.
    Lost,
    /// It arrives, and nothing is answered.
    Silence,
}

/// Who is told by hooks: answers in this order, and the last one again and again.
struct Pager {
    url: String,
    got: Arc<Mutex<Vec<(String, String)>>>,
    dir: TempDir,
}

impl Pager {
    async fn start(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let got: Arc<Mutex<Vec<_>>> = Arc::default();
        let (mut replies, kept) = (VecDeque::from(replies.to_vec()), got.clone());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let reply =
                    if replies.len() > 1 { replies.pop_front() } else { replies.front().copied() };
                tokio::spawn(answer(socket, reply.unwrap(), kept.clone()));
            }
        });
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("token"), format!("{TOKEN}\n")).unwrap();
        Self { url, got, dir }
    }

    /// Rules of an environment with these hooks; `PAGER` and `TOKEN` stand for this server and its token's place.
    fn rules(&self, hooks: &str) -> String {
        let token = self.dir.path().join("token");
        let hooks = hooks.replace("PAGER", &self.url);
        let hooks = hooks.replace("TOKEN", &format!("file:{}", token.display()));
        format!("    apps: {{shop: {{hooks: [{hooks}]}}}}\n")
    }

    /// Returns the bodies of the requests that arrived.
    fn told(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }
}

async fn answer(mut socket: TcpStream, reply: Reply, got: Arc<Mutex<Vec<(String, String)>>>) {
    let Some(request) = received(&mut socket).await else { return };
    got.lock().unwrap().push(request);
    match reply {
        Reply::Says(status, body) => {
            let length = body.len();
            let text = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            let _ = socket.write_all(text.as_bytes()).await;
        }
        Reply::Lost => {}
        Reply::Silence => std::future::pending().await,
    }
}

const TELL: &str = r#"{phase: go-live, moment: before, name: tell, request: {method: POST, url: "PAGER/before", json: {text: "{app} {subject}"}}}"#;

/// Returns how the hooks of this moment ended.
fn ended(events: &[Event], wanted: HookMoment) -> Vec<Outcome> {
    let of = |event: &Event| match &event.what {
        What::HookEnded { moment, outcome, .. } if *moment == wanted => Some(outcome.clone()),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

async fn go_live(desk: &mut Desk, release: Option<&str>) -> (Verdict, Vec<Event>) {
    desk.start(Phase::GoLive, release, FailurePolicy::Stop);
    desk.verdict().await
}

async fn prepared(api: &Api, rules: &str) -> Desk {
    let mut desk = desk(&[api], rules);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    desk
}

#[tokio::test]
async fn requests_before_and_after_a_phase_have_its_facts_and_no_event_has_their_secrets() {
    let pager = Pager::start(&[Reply::Says(202, "accepted")]).await;
    let after = r#"{phase: go-live, moment: after, name: tell, request: {method: POST, url: "PAGER/{app}?by={operator}", auth: {bearer: "TOKEN"}, headers: {X-Verdict: "{verdict}", X-Key: s3cret-of-a-header}, text: "{release} {verdict} on {hosts}", status: 202, contains: accepted}}"#;
    let api = Api::start().await;
    let mut desk = prepared(&api, &pager.rules(&format!("{TELL}, {after}"))).await;
    let (verdict, events) = go_live(&mut desk, None).await;
    assert_eq!(verdict, Verdict::Done);
    assert_eq!(pager.told(), [r#"{"text":"shop "}"#, "v2 done on api1"], "the plan named v2");
    let (head, _) = pager.got.lock().unwrap()[1].clone();
    assert!(head.starts_with("POST /shop?by=mara%40desk HTTP"), "{head}");
    assert_eq!(header(&head, "authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(header(&head, "x-verdict"), Some("done"));
    for moment in [HookMoment::Before, HookMoment::After] {
        assert_eq!(ended(&events, moment), [Outcome::Done]);
    }
    let journal = serde_json::to_string(&events).unwrap();
    assert!(!journal.contains(TOKEN) && !journal.contains("s3cret"), "{journal}");
    let url = format!("tell: POST {}/shop?by=mara%40desk", pager.url);
    assert!(journal.contains(&url), "{journal}");
    desk.quit().await;
}

#[tokio::test]
async fn hook_that_is_refused_stops_the_phase_before_anything_is_changed() {
    let pager = Pager::start(&[Reply::Says(503, "")]).await;
    let failed = r#"{phase: go-live, moment: failed, name: tell, request: {method: POST, url: "PAGER/failed", text: "{verdict}", status: 503}}"#;
    let api = Api::start().await;
    let mut desk = prepared(&api, &pager.rules(&format!("{TELL}, {failed}"))).await;
    let (verdict, events) = go_live(&mut desk, Some("v2")).await;
    let Verdict::Refused { why } = verdict else { panic!("{verdict:?}") };
    let wanted = format!(
        "the hook `tell: POST {}/before` failed: answered 503, expected 200 to 299. Nothing was changed",
        pager.url
    );
    assert_eq!(why, wanted);
    assert_eq!(api.with(|state| state.changes.len()), 1, "only the prepare");
    assert_eq!(pager.told(), [r#"{"text":"shop v2"}"#, "refused"]);
    assert_eq!(ended(&events, HookMoment::Failed), [Outcome::Done]);
    desk.quit().await;
}

#[tokio::test]
async fn advisory_hook_stops_nothing() {
    let pager = Pager::start(&[Reply::Lost]).await;
    let hook = TELL.replace("name: tell", "name: tell, advisory: true");
    let api = Api::start().await;
    let mut desk = prepared(&api, &pager.rules(&hook)).await;
    let (verdict, events) = go_live(&mut desk, Some("v2")).await;
    assert_eq!(verdict, Verdict::Done);
    let [Outcome::Unknown { .. }] = ended(&events, HookMoment::Before)[..] else {
        panic!("{events:?}")
    };
    desk.quit().await;
}

#[tokio::test]
async fn hook_without_an_answer_is_unknown_and_sent_again_only_where_that_is_safe() {
    for (replay, replies, arrived) in [
        ("", &[Reply::Lost][..], 1),
        (", replay: safe", &[Reply::Lost, Reply::Says(200, "")], 2),
        (", replay: safe, retries: 1", &[Reply::Lost, Reply::Lost], 2),
    ] {
        let pager = Pager::start(replies).await;
        let hook = TELL.replace("method: POST", &format!("method: POST{replay}"));
        let api = Api::start().await;
        let mut desk = prepared(&api, &pager.rules(&hook)).await;
        let (verdict, events) = go_live(&mut desk, Some("v2")).await;
        assert_eq!(pager.told().len(), arrived, "{replay}");
        if let (Some(Reply::Says(..)), Verdict::Done) = (replies.last(), &verdict) {
            assert_eq!(ended(&events, HookMoment::Before), [Outcome::Done]);
        } else {
            let Verdict::Refused { why } = verdict else { panic!("{replay}: {verdict:?}") };
            assert!(why.starts_with("it is not known whether the hook `tell: POST"), "{why}");
            assert!(why.contains("The phase was not begun, as if the hook had failed"), "{why}");
            assert_eq!(api.live(), "v1");
        }
        desk.quit().await;
    }
}

#[tokio::test]
async fn hook_waits_for_what_follows_its_request() {
    let replies = [
        Reply::Says(201, ""),
        Reply::Says(200, r#"{"state": "asked"}"#),
        Reply::Says(200, r#"{"state": "approved"}"#),
    ];
    let pager = Pager::start(&replies).await;
    let hook = r#"{phase: go-live, moment: before, name: approval, request: {method: PUT, url: "PAGER/{run}", poll: {url: "PAGER/{run}", expect: {/state: approved}, every: 10ms, deadline: 20s}}}"#;
    let api = Api::start().await;
    let mut desk = prepared(&api, &pager.rules(hook)).await;
    let (verdict, events) = go_live(&mut desk, Some("v2")).await;
    assert_eq!(verdict, Verdict::Done);
    assert_eq!(pager.told().len(), 3);
    let waited = events.iter().any(|event| {
        matches!(&event.what, What::Note { text }
        if text.starts_with("the body says /state: asked, wanted approved; asked again in"))
    });
    assert!(waited, "{events:?}");
    desk.quit().await;
}

#[tokio::test]
async fn hook_that_is_not_answered_ends_with_an_abort() {
    let pager = Pager::start(&[Reply::Silence]).await;
    let hook = TELL.replace("method: POST", "method: POST, deadline: 1h");
    let api = Api::start().await;
    let mut desk = prepared(&api, &pager.rules(&hook)).await;
    desk.start(Phase::GoLive, Some("v2"), FailurePolicy::Stop);
    while pager.told().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    desk.handle.orders.send(Order::Abort { by: operator() }).unwrap();
    let (verdict, events) = desk.verdict().await;
    assert_eq!(verdict, Verdict::Aborted { by: operator() });
    let outcomes = ended(&events, HookMoment::Before);
    assert!(matches!(outcomes[..], [Outcome::Unknown { .. }]), "it may have arrived: {outcomes:?}");
    assert_eq!(api.live(), "v1");
    desk.quit().await;
}

#[tokio::test]
async fn plan_names_the_hooks_and_doctor_what_they_lack() {
    let pager = Pager::start(&[Reply::Says(200, "")]).await;
    let hooks = r#"{phase: go-live, moment: after, name: tell, request: {method: POST, url: "PAGER/", auth: {header: X-Key, value: "env:NO_SUCH_VARIABLE_HERE"}}}, {phase: go-live, moment: before, command: [no-such-program-here]}"#;
    let api = Api::start().await;
    let mut desk = prepared(&api, &pager.rules(hooks)).await;
    desk.handle.orders.send(Order::Propose { intent: desk.intent(Phase::GoLive, None) }).unwrap();
    let plan = desk.handle.proposals.recv().await.unwrap().plan.unwrap();
    let words: Vec<String> = plan.hooks.iter().map(PlannedHook::in_words).collect();
    let tell = format!("after it is done: tell: POST {}/", pager.url);
    assert_eq!(words, [tell, "before the phase: no-such-program-here".to_owned()]);
    let (app, stack) = ("shop".parse().unwrap(), flipside::domain::names::StackName::main());
    desk.handle.orders.send(Order::Examine { app, stack, targets: Vec::new() }).unwrap();
    let found = loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        if let What::Examined { target: None, examination } = event.what {
            break serde_json::to_string(&examination).unwrap();
        }
    };
    assert!(found.contains("`env:NO_SUCH_VARIABLE_HERE` could not be read"), "{found}");
    assert!(found.contains("no-such-program-here is not in PATH"), "{found}");
    assert!(pager.told().is_empty(), "neither sends a request");
    desk.quit().await;
}

#[test]
fn hook_in_a_journal_of_an_earlier_version_is_read() {
    let hook = "./smoke-test".to_owned();
    let what = What::HookStarted { moment: HookMoment::Before, hook };
    let written = serde_json::to_string(&what).unwrap();
    let before = written.replace(r#""hook":"./"#, r#""command":"./"#);
    assert_ne!(written, before);
    assert_eq!(serde_json::from_str::<What>(&before).unwrap(), what);
}
