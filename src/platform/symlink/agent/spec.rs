//! An app that yodeploy's deploy agents release: the requests of its contract (`yodeploy/flask_app/views.py` of yodeploy).
//!
//! `GET /deploy/APP` answers `{"application": {"name", "version"}}`, `GET /deploy/` the same of all apps under
//! `applications`, and `POST /deploy/APP` releases `version` and answers when both hooks have ended.

use std::time::Duration;

use crate::base::duration::in_seconds;
use crate::base::secret_ref::SecretRef;
use crate::domain::http::placeholders::Content;
use crate::domain::http::{
    Auth, BodyTemplate, Call, Delivery, Expect, JsonCondition, Meaning, Method, PollTemplate,
    RequestTemplate, Tls, Unexpected,
};
use crate::domain::plan::WaitStart;
use crate::platform::http::spec::{HttpSpec, LogRequests, Observe, Wording};

/// The pointer to the live version in an answer.
const LIVE: &str = "/application/version";

/// How long an answer may take beyond the agent's own limit, in which the agent ends the connection itself.
const GRACE: Duration = Duration::from_secs(10);

/// How often the agent is asked which version is live.
const EVERY: Duration = Duration::from_secs(2);

pub const WORDING: Wording = Wording {
    it: "the agent",
    unlocked: "the agent locks only while it answers one request, so nothing prevents a second run at the same time",
    no_previous: "the agent keeps no record of it",
    no_live: Some(
        "the agent names no live version: its link is missing, or does not lead to a version of its own",
    ),
};

/// What the inventory says of an agent.
#[derive(Debug, Clone)]
pub struct AgentSettings {
    /// Without a slash at its end: `https://web1:5000/deploy`.
    pub url: String,
    pub user: String,
    pub password: SecretRef,
    pub tls: Tls,
    /// The name that the agent has for the app.
    pub app: String,
    /// Where the artifact store has the app's versions: `master`.
    pub target: String,
    /// The time after which the agent ends its own work on a request.
    pub timeout: Duration,
}

/// One app on one agent.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentSpec {
    pub api: HttpSpec,
    /// The name that the agent has for the app.
    pub app: String,
    /// Its credentials, as text: `the user deploy with the password of env:AGENT`.
    pub credentials: String,
}

impl AgentSettings {
    pub fn spec(self) -> AgentSpec {
        let Self { url, user, password, tls, app, target, timeout } = self;
        let credentials = format!("the user {user} with the password of {password}");
        let observe = Observe {
            path: format!("/{app}"),
            live: LIVE.to_owned(),
            passive: None,
            previous: None,
            last_phase: None,
            last_at: None,
            last_by: None,
            verified: None,
            frozen: None,
            frozen_at: None,
            frozen_by: None,
            live_health: None,
            passive_health: None,
        };
        let deploy = deploy(&app, &target, &credentials, timeout);
        let api = HttpSpec {
            url,
            auth: Some(Auth::Basic { user, password }),
            tls,
            headers: Vec::new(),
            observe,
            prepare: Vec::new(),
            verify: Vec::new(),
            go_live: vec![deploy.clone()],
            rollback: vec![deploy],
            abandon: Vec::new(),
            freeze: Vec::new(),
            unfreeze: Vec::new(),
            logs: LogRequests::default(),
            may_lose_requests: true,
            lock: None,
            wording: WORDING,
        };
        AgentSpec { api, app, credentials }
    }
}

/// Returns the request that makes a release live, whichever it is: the agent has no other. Without `version` it would take
/// the latest one, so that is always sent.
fn deploy(app: &str, target: &str, credentials: &str, timeout: Duration) -> Call {
    let target = target.replace('/', "%2F");
    let body = BodyTemplate {
        content: Content::Form,
        text: format!("target={target}&version={{release}}&user={{operator}}"),
    };
    let is_live = |meanings| Expect {
        status: vec![200],
        json: vec![JsonCondition { pointer: LIVE.to_owned(), is: vec!["{release}".to_owned()] }],
        meanings,
        ..Expect::default()
    };
    let of_app = RequestTemplate::get(format!("/{app}"));
    let request = RequestTemplate {
        method: Method::Post,
        body: Some(body),
        expect: is_live(meanings(app, credentials, timeout)),
        ..of_app.clone()
    };
    let asked = RequestTemplate {
        expect: is_live(Vec::new()),
        delivery: Delivery { timeout: Some(Duration::from_secs(10)), ..Delivery::default() },
        ..of_app
    };
    // A worker that is ended at its limit swings nothing afterwards. Until then it may, whether its answer can arrive or not.
    let poll = PollTemplate {
        request: asked,
        every: EVERY,
        deadline: timeout,
        successes: 1,
        begin: WaitStart::AfterUnknown,
    };
    Call { name: "deploy".to_owned(), request, deadline: timeout + GRACE, poll: Some(poll) }
}

/// Returns what the agent means by its answers. Of everything but an unknown app it says only that it failed.
fn meanings(app: &str, credentials: &str, timeout: Duration) -> Vec<Meaning> {
    let refused = format!("the agent refuses {credentials}");
    let unknown = format!("the agent has no app {app}; `flipside doctor` lists those that it has");
    let limit = in_seconds(timeout);
    let failed = format!(
        "the agent gives no reason. Its lock may be taken, {{release}} may be missing from the artifact store, a hook may \
         have failed, or its worker was ended after {limit} while a hook may go on. If the agent names {{release}} as live \
         now, it failed after the link was swung. The agent's log on its host has the reason"
    );
    let faster = "another deploy was faster";
    let of = |of, text: &str| Meaning { of, text: text.to_owned() };
    vec![
        of(Unexpected::Status(401), &refused),
        of(Unexpected::Status(403), &refused),
        of(Unexpected::Status(404), &unknown),
        of(Unexpected::Status(500), &failed),
        of(Unexpected::Value, faster),
    ]
}
