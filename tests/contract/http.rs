//! An app behind APIs with a passive side and a lock, each of them simulated.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{TimeDelta, TimeZone, Utc};
use flipside::domain::http::{Method, Request, Response, Url};
use flipside::domain::spec::Environment;
use flipside::inventory::from_text;
use flipside::transport::sources::Catalog;
use flipside::transport::{BoxFuture, Limits, Shell, Unanswered, Web};
use serde_json::{Value, json};

use crate::platform::PlatformUnderTest;
use crate::testkit::fleet::{Asked, Fleet, Luck};

const APIS: [&str; 2] = ["api1", "api2"];

const INVENTORY: &str = r#"
version: 1
environments:
  prod: {targets: {api1: {roles: [app, primary]}, api2: {roles: [app]}}}
apps:
  shop:
    platform: http
    url: "https://{target}.test"
    observe:
      path: /state
      live: /live
      passive: /passive
      previous: /previous
      verified: /verified
      last_phase: /phase
      last_at: /at
    prepare: [{name: upload, method: PUT, path: /passive, json: '{"to": "{release}"}', replay: safe, retries: 1}]
    verify:
      - {name: smoke, path: "/passive?is={release}"}
      - {name: sign off, method: PUT, path: /verified, json: '{"to": "{release}"}'}
    go_live: [{name: switch, method: POST, path: /live, json: '{"to": "{release}", "phase": "go-live"}'}]
    rollback: [{name: switch back, method: POST, path: /live, json: '{"to": "{release}", "phase": "rollback"}'}]
    abandon: [{name: remove, method: DELETE, path: "/passive/{release}"}]
    lock: {path: /lock}
"#;

/// One API. A switch exchanges what is live and what is passive.
#[derive(Debug, Clone)]
struct Api {
    live: String,
    passive: Option<String>,
    previous: Option<String>,
    verified: Option<String>,
    /// The phase of the last switch, and how many there were.
    phase: Option<String>,
    switches: i64,
    /// The lock's content, and how often it was created.
    lock: (Option<String>, u32),
}

struct World {
    apis: BTreeMap<String, Api>,
    cut: Vec<String>,
    silent_after: Option<u32>,
    luck: Luck,
    /// How much longer than the others a request takes, at most, in milliseconds.
    jitter: (Luck, u64),
}

#[derive(Clone)]
pub struct Http {
    world: Arc<Mutex<World>>,
    environment: Arc<Environment>,
}

/// What becomes of a request.
enum Fate {
    Answered,
    /// Nothing arrives.
    NotSent,
    /// It arrives or not, and no answer comes back.
    Lost {
        arrives: bool,
    },
    /// It is refused.
    Busy,
}

impl Api {
    fn new() -> Self {
        Self {
            live: Http::RELEASES[0].to_owned(),
            passive: None,
            previous: None,
            verified: None,
            phase: None,
            switches: 0,
            lock: (None, 0),
        }
    }

    fn etag(&self) -> String {
        format!("\"{}\"", self.lock.1)
    }

    fn answers(&mut self, request: &Request, path: &str) -> (u16, String) {
        let header = |wanted: &str| {
            let found = request.headers.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.clone())
        };
        let body = request.body.as_ref().map_or("", |body| body.text.as_str());
        let wanted: Value = serde_json::from_str(body).unwrap_or_default();
        let to = wanted["to"].as_str().map(str::to_owned);
        let (path, is) = path.split_once("?is=").unwrap_or((path, ""));
        match (request.method, path) {
            (Method::Get, "/state") => (200, self.state().to_string()),
            (Method::Get, "/passive") if self.passive.as_deref() != Some(is) => {
                (409, String::new())
            }
            (Method::Get, "/lock") => {
                self.lock.0.clone().map_or((404, String::new()), |lock| (200, lock))
            }
            (Method::Put, "/lock") if self.lock.0.is_some() => (412, String::new()),
            (Method::Put, "/lock") => {
                self.lock = (Some(body.to_owned()), self.lock.1 + 1);
                (201, String::new())
            }
            (Method::Delete, "/lock") if header("If-Match") != Some(self.etag()) => {
                (412, String::new())
            }
            (Method::Get, _) => (200, String::new()),
            (Method::Delete, "/lock") => {
                self.lock.0 = None;
                (204, String::new())
            }
            (Method::Put, "/passive") => {
                self.passive = to;
                (200, String::new())
            }
            (Method::Put, "/verified") => {
                self.verified = to;
                (200, String::new())
            }
            (Method::Post, "/live") => {
                self.switch(&to.unwrap(), wanted["phase"].as_str().unwrap());
                (200, String::new())
            }
            (Method::Delete, _) => {
                let named = path.strip_prefix("/passive/");
                self.passive.take_if(|passive| Some(passive.as_str()) == named);
                (200, String::new())
            }
            other => panic!("{other:?}"),
        }
    }

    fn switch(&mut self, to: &str, phase: &str) {
        if self.live != to {
            let before = std::mem::replace(&mut self.live, to.to_owned());
            (self.passive, self.previous) = (Some(before.clone()), Some(before));
            (self.phase, self.switches) = (Some(phase.to_owned()), self.switches + 1);
        }
    }

    fn state(&self) -> Value {
        let Self { live, passive, previous, verified, phase, switches, .. } = self;
        let at = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap() + TimeDelta::hours(*switches);
        let at = at.to_rfc3339();
        json!({
            "live": live, "passive": passive, "previous": previous, "verified": verified,
            "phase": phase, "at": at,
        })
    }
}

impl World {
    fn fate(&mut self, api: &str) -> Fate {
        if self.cut.iter().any(|cut| cut == api) {
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
        if self.luck.roll(100) >= self.luck.percent {
            return Fate::Answered;
        }
        match self.luck.roll(4) {
            0 => Fate::NotSent,
            1 => Fate::Lost { arrives: false },
            2 => Fate::Lost { arrives: true },
            _ => Fate::Busy,
        }
    }

    fn time(&mut self) -> Duration {
        let (luck, most) = &mut self.jitter;
        Duration::from_millis(5 + if *most > 0 { luck.roll(*most) } else { 0 })
    }
}

impl Http {
    fn with<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.world.lock().unwrap())
    }

    fn of(apis: BTreeMap<String, Api>, environment: Arc<Environment>) -> Self {
        let world = World {
            apis,
            cut: Vec::new(),
            silent_after: None,
            luck: Luck::good(),
            jitter: (Luck::good(), 0),
        };
        Self { world: Arc::new(Mutex::new(world)), environment }
    }

    fn each(&self, change: impl Fn(&mut Api)) {
        self.with(|world| world.apis.values_mut().for_each(&change));
    }
}

impl PlatformUnderTest for Http {
    const RELEASES: [&'static str; 3] = ["v1", "v2", "v3"];

    fn new() -> Self {
        let path = Path::new("/tmp/inventory.yaml");
        let loaded = from_text(path, INVENTORY.to_owned(), flipside::platform::DECODERS);
        let inventory = loaded.unwrap_or_else(|problems| panic!("{problems}")).inventory;
        let environment = inventory.environments.into_values().next().unwrap();
        let apis = APIS.map(|name| (name.to_owned(), Api::new()));
        Self::of(BTreeMap::from(apis), Arc::new(environment))
    }

    fn copy(&self) -> Self {
        let apis = self.with(|world| world.apis.clone());
        Self::of(apis, Arc::clone(&self.environment))
    }

    fn environment(&self) -> Environment {
        (*self.environment).clone()
    }

    fn shell(&self) -> Arc<dyn Shell> {
        Fleet::new(&[])
    }

    fn web(&self) -> Arc<dyn Web> {
        Arc::new(self.clone())
    }

    fn catalog(&self) -> Arc<dyn Catalog> {
        Arc::new(Asked(Arc::clone(&Fleet::new(&[]).registry)))
    }

    fn users(&self) -> BTreeMap<String, String> {
        let users = |world: &mut World| {
            world.apis.iter().map(|(name, api)| (name.clone(), api.live.clone())).collect()
        };
        self.with(users)
    }

    fn state(&self, target: &str) -> String {
        let api = self.with(|world| world.apis[target].clone());
        format!("{target}: {}\n", api.state())
    }

    fn goes_silent_after(&self, commands: Option<u32>) {
        self.with(|world| world.silent_after = commands);
    }

    fn cut_off(&self, target: &str) {
        self.with(|world| world.cut.push(target.to_owned()));
    }

    fn faults(&self, seed: u64, percent: u64) {
        self.with(|world| world.luck = Luck::of_seed(seed, percent));
    }

    fn jitter(&self, seed: u64) {
        self.with(|world| world.jitter = (Luck::of_seed(seed, 0), 80));
    }

    fn locks_are_taken_over(&self) {
        let lock = r#"{"who":"li","machine":"m","why":"rollback","since":"2026-01-01T00:00:00Z","release":null,"run":"li-run"}"#;
        self.each(|api| api.lock = (Some(lock.to_owned()), api.lock.1 + 1));
    }

    fn unlock(&self) {
        self.each(|api| api.lock.0 = None);
    }
}

impl Web for Http {
    fn request<'a>(
        &'a self,
        request: &'a Request,
        _: Limits,
    ) -> BoxFuture<'a, Result<Response, Unanswered>> {
        Box::pin(async move {
            let Url::Plain(url) = &request.url else { panic!("{request:?}") };
            let rest = url.strip_prefix("https://").unwrap();
            let (host, path) = rest.split_once(".test").unwrap();
            tokio::time::sleep(self.with(World::time)).await;
            self.with(|world| {
                let fate = world.fate(host);
                let lost = || Unanswered::Lost("the connection was reset".to_owned());
                let api = world.apis.get_mut(host).unwrap();
                let (status, body) = match fate {
                    Fate::NotSent => {
                        return Err(Unanswered::NotSent("connection refused".to_owned()));
                    }
                    Fate::Lost { arrives: false } => return Err(lost()),
                    Fate::Busy => (500, String::new()),
                    Fate::Answered | Fate::Lost { .. } => api.answers(request, path),
                };
                if matches!(fate, Fate::Lost { .. }) {
                    return Err(lost());
                }
                let headers = vec![("etag".to_owned(), api.etag())];
                Ok(Response { status, headers, body })
            })
        })
    }
}
