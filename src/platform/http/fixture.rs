//! Test fixture: the API of a shop with a passive side, and what it may answer.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::Http;
use super::spec::{
    HealthPointer, HttpSpec, LIVE, LockSpec, LogRequests, Observe, PASSIVE, Wording,
};
use crate::base::secret_ref::SecretRef;
use crate::domain::color::ColorPair;
use crate::domain::http::placeholders::Content;
use crate::domain::http::{
    Auth, BodyTemplate, Call, JsonCondition, Method, PollTemplate, Replay, RequestTemplate, Tls,
};
use crate::domain::names::{AppName, Color, RunId, StackName};
use crate::domain::observation::Observed;
use crate::domain::phase::Phase;
use crate::domain::plan::{Batches, FailurePolicy, Intent, Operator, Selection, WaitStart};
use crate::domain::release::Release;
use crate::domain::spec::{Member, PlatformSpec};
use crate::domain::target::{Carries, Target};
use crate::platform::contract::{Platform, ProbeReply};

pub fn request(method: Method, path: &str, body: Option<&str>) -> RequestTemplate {
    let body = body.map(|text| BodyTemplate { content: Content::Json, text: text.to_owned() });
    RequestTemplate { method, body, ..RequestTemplate::get(path) }
}

fn call(name: &str, request: RequestTemplate) -> Call {
    Call { name: name.to_owned(), request, deadline: Duration::from_secs(30), poll: None }
}

/// An API that names everything.
pub fn spec() -> HttpSpec {
    let health = |pointer: &str| {
        Some(HealthPointer { pointer: pointer.to_owned(), healthy: vec!["ok".to_owned()] })
    };
    let pointer = |text: &str| Some(text.to_owned());
    let observe = Observe {
        path: "/state".to_owned(),
        live: "/live/release".to_owned(),
        passive: pointer("/passive/release"),
        previous: pointer("/previous"),
        last_phase: pointer("/change/what"),
        last_at: pointer("/change/at"),
        last_by: pointer("/change/by"),
        verified: pointer("/verified"),
        frozen: None,
        frozen_at: None,
        frozen_by: None,
        live_health: health("/live/health"),
        passive_health: health("/passive/health"),
    };
    let mut upload =
        call("upload", request(Method::Put, "/passive", Some(r#"{"release":"{release}"}"#)));
    upload.request.delivery.replay = Some(Replay::Safe);
    let is = vec!["ok".to_owned()];
    let mut ready = request(Method::Get, "/passive?release={release}", None);
    ready.expect.json = vec![JsonCondition { pointer: "/health".to_owned(), is }];
    let (every, deadline) = (Duration::from_secs(2), Duration::from_secs(120));
    upload.poll = Some(PollTemplate {
        request: ready,
        every,
        deadline,
        successes: 2,
        begin: WaitStart::AfterDone,
    });
    let users = r#"{"to":"{release}","from":"{previous}","by":"{operator}"}"#;
    HttpSpec {
        url: "https://api.test/shop".to_owned(),
        auth: Some(Auth::Bearer(SecretRef::Env("TOKEN".to_owned()))),
        tls: Tls::default(),
        headers: vec![("X-Run".to_owned(), "flipside".to_owned())],
        observe,
        prepare: vec![upload],
        verify: vec![
            call("smoke", request(Method::Get, "/passive/smoke", None)),
            call("sign", request(Method::Post, "/verified", Some(r#"{"release":"{release}"}"#))),
        ],
        go_live: vec![call("switch", request(Method::Post, "/live", Some(users)))],
        rollback: vec![call("switch back", request(Method::Post, "/live", Some(users)))],
        abandon: vec![call("remove", request(Method::Delete, "/passive/{release}", None))],
        freeze: Vec::new(),
        unfreeze: Vec::new(),
        logs: LogRequests::default(),
        may_lose_requests: false,
        lock: Some(LockSpec { path: "/lock".to_owned() }),
        wording: Wording::DESCRIBED,
    }
}

/// An API that keeps a freeze as well.
pub fn with_freeze() -> HttpSpec {
    let mut spec = spec();
    spec.observe.frozen = Some("/freeze".to_owned());
    let body = Some(r#"{"by":"{operator}","from":"{previous}","why":"{reason}"}"#);
    spec.freeze = vec![call("close", request(Method::Put, "/freeze", body))];
    spec.unfreeze = vec![call("open", request(Method::Delete, "/freeze", None))];
    spec
}

/// An API that names only the live release, and has no lock.
pub fn plain() -> HttpSpec {
    let mut spec = spec();
    spec.observe = Observe {
        passive: None,
        previous: None,
        last_phase: None,
        last_at: None,
        last_by: None,
        verified: None,
        live_health: None,
        passive_health: None,
        ..spec.observe
    };
    spec.lock = None;
    spec
}

pub fn member(name: &str, spec: HttpSpec) -> Member {
    let color = |name: &str| Color::new(name).unwrap();
    Member {
        target: Target::Api(name.parse().unwrap()),
        address: spec.url.clone(),
        app: AppName::new("shop").unwrap(),
        stack: StackName::main(),
        carries: Carries::App,
        primary: true,
        colors: ColorPair::new(color(LIVE), color(PASSIVE)).unwrap(),
        platform: PlatformSpec::new(spec),
        checks: Vec::new(),
        vars: BTreeMap::new(),
    }
}

pub fn intent(phase: Phase, release: Option<&str>) -> Intent {
    Intent {
        run: RunId::new("r1").unwrap(),
        phase,
        environment: "prod".parse().unwrap(),
        app: AppName::new("shop").unwrap(),
        stack: StackName::main(),
        release: release.map(|tag| Release::of_tag(tag.parse().unwrap())),
        goal: None,
        selection: Selection::All,
        policy: FailurePolicy::default(),
        batches: Batches::default(),
        sign_off_required: false,
        freeze: false,
        reason: None,
        by: Operator { user: "ann".to_owned(), machine: "desk".to_owned() },
        asked_at: chrono::DateTime::UNIX_EPOCH,
        begun_at: None,
    }
}

pub fn reply(code: i32, body: &str) -> ProbeReply {
    let (stdout, stderr) = (body.to_owned(), String::new());
    ProbeReply { code, stdout, stderr, asked_ms: 1_000, answered_ms: 1_020 }
}

/// What is known of an API with this answer, which nobody has locked.
pub fn observed(member: &Member, body: &Value) -> Observed {
    let replies = [reply(200, &body.to_string()), reply(404, "")];
    let spec = member.platform.get::<HttpSpec>().unwrap();
    match Http.read(member, spec, &replies, None) {
        Ok(observation) => Observed::Current(Box::new(observation)),
        Err(why) => Observed::Failed { why: why.to_string(), last: None },
    }
}

/// Returns the answer of an API: the release on each side, with ` sick` where it is not healthy; the one before; the
/// phase of the last change; the one that is signed off.
pub fn state(live: &str, passive: &str, previous: &str, phase: &str, verified: &str) -> Value {
    let side = |text: &str| match text.strip_suffix(" sick") {
        Some(tag) => json!({ "release": tag, "health": "degraded" }),
        None if text.is_empty() => Value::Null,
        None => json!({ "release": text, "health": "ok" }),
    };
    json!({
        "live": side(live), "passive": side(passive), "previous": previous, "verified": verified,
        "change": { "what": phase, "at": "2026-01-05T10:00:00Z", "by": "ann@desk" },
    })
}
