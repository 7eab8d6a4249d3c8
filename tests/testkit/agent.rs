//! Boxes with yodeploy's deploy agent, simulated by its contract (`yodeploy/flask_app/views.py` and `yodeploy/deploy.py` of
//! yodeploy): a POST answers when its hooks have ended; a lock that is taken, a version that is not there and a failed hook
//! are all the same 500; a worker is ended after 90 s, and what it did not do by then it does not do; nothing of a
//! request is undone. A test may let answers be lost.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flipside::domain::http::{Method, Request, Response, Url};
use flipside::domain::spec::Environment;
use flipside::inventory::from_text;
use flipside::transport::{BoxFuture, Limits, Unanswered, Web};
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until};

use super::fleet::Luck;

/// The time after which an agent ends a worker.
const WORKER: Duration = Duration::from_secs(90);

/// The versions in the artifact store.
pub const VERSIONS: [&str; 3] = ["v1", "v2", "v3"];

pub const INVENTORY: &str = r#"
version: 1
environments:
  prod: {targets: {web1: {roles: [app]}, web2: {roles: [app]}}}
apps:
  shop:
    platform: symlink
    agent: {url: "https://{target}.test:5000/deploy/", user: deploy, password: "env:AGENT"}
"#;

/// How the next deploy of a box goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goes {
    Well,
    /// The `deployed` hook fails: the version is live.
    HookFails,
    /// The answer is lost, and the work goes on.
    AnswerLost,
    /// Nothing arrives, and the connection breaks.
    RequestLost,
}

#[derive(Debug, Clone)]
struct Work {
    version: String,
    /// `None`: it never does.
    swings_at: Option<Instant>,
    ends_at: Instant,
}

#[derive(Debug, Clone)]
pub struct AgentBox {
    pub live: Option<String>,
    pub goes: Goes,
    /// How long a deploy takes until the link is swung.
    pub takes: Duration,
    /// Every request that deploys, as it arrived.
    pub posts: Vec<String>,
    work: Option<Work>,
}

/// What a request comes to.
enum Fate {
    Answered,
    NotSent,
    Lost { arrives: bool },
}

pub struct World {
    pub boxes: BTreeMap<String, AgentBox>,
    pub cut: Vec<String>,
    pub silent_after: Option<u32>,
    pub luck: Luck,
    /// How much longer than the others a request takes, at most, in milliseconds.
    pub jitter: (Luck, u64),
    /// Every request has this answer.
    pub refuses: Option<u16>,
}

#[derive(Clone)]
pub struct Agents(Arc<Mutex<World>>);

pub fn environment() -> Environment {
    let path = Path::new("/tmp/inventory.yaml");
    let loaded = from_text(path, INVENTORY.to_owned(), flipside::platform::DECODERS);
    let inventory = loaded.unwrap_or_else(|problems| panic!("{problems}")).inventory;
    inventory.environments.into_values().next().unwrap()
}

impl AgentBox {
    fn new() -> Self {
        Self {
            live: Some(VERSIONS[0].to_owned()),
            goes: Goes::Well,
            takes: Duration::from_millis(20),
            posts: Vec::new(),
            work: None,
        }
    }

    /// Does what is due by now.
    fn advance(&mut self) {
        let now = Instant::now();
        let Some(work) = &mut self.work else { return };
        if work.swings_at.take_if(|at| *at <= now).is_some() {
            self.live = Some(work.version.clone());
        }
        if work.ends_at <= now {
            self.work = None;
        }
    }

    /// Begins a deploy. Returns when it ends, and the answer then; `None`: the agent ends the connection.
    fn deploys(&mut self, form: &str) -> (Instant, Option<u16>) {
        let now = Instant::now();
        self.posts.push(form.to_owned());
        let version = form.split('&').find_map(|pair| pair.strip_prefix("version=")).unwrap();
        if self.work.is_some() || !VERSIONS.contains(&version) {
            return (now, Some(500));
        }
        let goes = std::mem::replace(&mut self.goes, Goes::Well);
        let in_time = self.takes < WORKER;
        let ends_at = now + self.takes.min(WORKER);
        let swings_at = in_time.then_some(ends_at);
        self.work = Some(Work { version: version.to_owned(), swings_at, ends_at });
        let status = if goes == Goes::HookFails { 500 } else { 200 };
        (ends_at, in_time.then_some(status))
    }
}

impl World {
    fn fate(&mut self, name: &str, request: &Request) -> Fate {
        if self.cut.iter().any(|cut| cut == name) {
            return Fate::NotSent;
        }
        match &mut self.silent_after {
            Some(0) => return Fate::Lost { arrives: false },
            Some(left) => {
                *left -= 1;
                if *left == 0 {
                    return Fate::Lost { arrives: true };
                }
            }
            None => {}
        }
        let deploys = request.method == Method::Post;
        let it = self.boxes.get_mut(name).unwrap();
        match it.goes {
            Goes::AnswerLost if deploys => {
                it.goes = Goes::Well;
                return Fate::Lost { arrives: true };
            }
            Goes::RequestLost if deploys => {
                it.goes = Goes::Well;
                return Fate::Lost { arrives: false };
            }
            _ => {}
        }
        if self.luck.roll(100) >= self.luck.percent {
            return Fate::Answered;
        }
        match self.luck.roll(4) {
            0 => Fate::NotSent,
            1 => Fate::Lost { arrives: false },
            2 => Fate::Lost { arrives: true },
            _ => {
                it.goes = Goes::HookFails;
                Fate::Answered
            }
        }
    }

    fn time(&mut self) -> Duration {
        let (luck, most) = &mut self.jitter;
        Duration::from_millis(5 + if *most > 0 { luck.roll(*most) } else { 0 })
    }
}

impl Agents {
    pub fn new() -> Self {
        Self::of(["web1", "web2"].map(|name| (name.to_owned(), AgentBox::new())).into())
    }

    fn of(boxes: BTreeMap<String, AgentBox>) -> Self {
        Self(Arc::new(Mutex::new(World {
            boxes,
            cut: Vec::new(),
            silent_after: None,
            luck: Luck::good(),
            jitter: (Luck::good(), 0),
            refuses: None,
        })))
    }

    /// Others, in the same state, and without a fault.
    pub fn copy(&self) -> Self {
        Self::of(self.with(|world| world.boxes.clone()))
    }

    pub fn with<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.0.lock().unwrap();
        world.boxes.values_mut().for_each(AgentBox::advance);
        change(&mut world)
    }

    pub fn on<T>(&self, name: &str, change: impl FnOnce(&mut AgentBox) -> T) -> T {
        self.with(|world| change(world.boxes.get_mut(name).unwrap()))
    }

    pub fn live(&self, name: &str) -> String {
        self.on(name, |it| it.live.clone().unwrap_or_default())
    }

    async fn answers(&self, name: &str, request: &Request, path: &str) -> Option<(u16, String)> {
        let version = || self.on(name, |it| it.live.clone());
        if path != "/" && path != "/shop" {
            return Some((404, json!({"error": "Not found", "status": 404}).to_string()));
        }
        if request.method == Method::Post {
            let form = &request.body.as_ref().unwrap().text;
            let (ends_at, status) = self.on(name, |it| it.deploys(form));
            sleep_until(ends_at).await;
            match status {
                Some(200) => {}
                Some(status) => {
                    return Some((
                        status,
                        json!({"error": "Server error", "status": status}).to_string(),
                    ));
                }
                None => return None,
            }
        }
        let app = json!({"name": "shop", "version": version()});
        Some((
            200,
            if path == "/" { json!({"applications": [app]}) } else { json!({"application": app}) }
                .to_string(),
        ))
    }
}

impl Web for Agents {
    fn request<'a>(
        &'a self,
        request: &'a Request,
        limits: Limits,
    ) -> BoxFuture<'a, Result<Response, Unanswered>> {
        Box::pin(async move {
            let Url::Plain(url) = &request.url else { panic!("{request:?}") };
            let rest = url.strip_prefix("https://").unwrap();
            let (name, path) = rest.split_once(".test:5000/deploy").unwrap();
            sleep(self.with(World::time)).await;
            let lost = || Err(Unanswered::Lost("the connection was reset".to_owned()));
            if let Some(status) = self.with(|world| world.refuses) {
                return Ok(Response { status, headers: Vec::new(), body: String::new() });
            }
            match self.with(|world| world.fate(name, request)) {
                Fate::NotSent => Err(Unanswered::NotSent("connection refused".to_owned())),
                Fate::Lost { arrives } => {
                    if arrives && request.method == Method::Post {
                        let form = request.body.as_ref().unwrap().text.clone();
                        self.on(name, |it| it.deploys(&form));
                    }
                    lost()
                }
                Fate::Answered => tokio::select! {
                    answer = self.answers(name, request, path) => match answer {
                        Some((status, body)) => Ok(Response { status, headers: Vec::new(), body }),
                        None => lost(),
                    },
                    () = sleep(limits.deadline) => Err(Unanswered::Lost(format!(
                        "no answer within {} s", limits.deadline.as_secs()
                    ))),
                },
            }
        })
    }
}
