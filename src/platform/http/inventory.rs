//! The part of an inventory that belongs to this platform.

mod words;

use std::time::Duration;

use super::spec::{
    BodySpec, Call, HealthPointer, HttpSpec, LIVE, LockSpec, LogRequests, NAME, Observe, PASSIVE,
    PollSpec, RequestSpec,
};
use super::template::{Content, Place, Values, unknown};
use crate::domain::color::ColorPair;
use crate::domain::http::{Auth, ClientIdentity, Delivery, Expect, JsonCondition, Method, Tls};
use crate::domain::names::Color;
use crate::domain::spec::PlatformSpec;
use crate::inventory::fields::Fields;
use crate::inventory::scalar::{
    AtLeastOne, HeaderName, JsonPointer, Limit, LocalPath, Status, Text, Url,
};
use crate::inventory::{PlatformDecoder, PlatformKeys, StackPlatform, WorksOn};
use words::{BodyText, MethodWord, ReplayWord, RequestPath};

#[derive(Debug)]
pub struct Decoder;

const STACK_KEYS: &[&str] = &[
    "url",
    "auth",
    "ca_file",
    "client",
    "headers",
    "observe",
    "prepare",
    "verify",
    "go_live",
    "rollback",
    "abandon",
    "logs",
    "lock",
    "may_lose_requests",
];

const SECTION_KEYS: &[(&str, &str)] = &[
    ("bearer", "auth"),
    ("password", "auth"),
    ("certificate", "client"),
    ("previous", "observe"),
    ("verified", "observe"),
    ("live_health", "observe"),
    ("passive_health", "observe"),
];

impl PlatformDecoder for Decoder {
    fn name(&self) -> &'static str {
        NAME
    }

    fn works_on(&self) -> WorksOn {
        WorksOn::Targets
    }

    fn built_in(&self) -> &'static str {
        "{}"
    }

    fn keys(&self) -> PlatformKeys {
        PlatformKeys { stack: STACK_KEYS.to_vec(), sections: SECTION_KEYS.to_vec() }
    }

    fn decode(&self, fields: &Fields<'_, '_>) -> Option<StackPlatform> {
        let spec = settings(fields)?;
        let color = |name: &str| Color::new(name).ok();
        let colors = ColorPair::new(color(LIVE)?, color(PASSIVE)?).ok()?;
        Some(StackPlatform {
            colors,
            passive: None,
            runs_once: None,
            spec: PlatformSpec::new(spec),
        })
    }
}

fn settings(fields: &Fields<'_, '_>) -> Option<HttpSpec> {
    let url = fields.need::<Url>("url", "https://deploy.example.org/apps/shop");
    let auth = fields.optional_section("auth").map(|section| auth(section).ok_or(()));
    let ca_file = fields.get::<LocalPath>("ca_file").map(|path| fields.reader().local(&path.0));
    let client = fields.optional_section("client").map(|section| client(section).ok_or(()));
    let headers = fields.table::<HeaderName>("headers").into_iter().collect();
    if fields.source("observe").is_none() {
        fields.report_missing("observe", "{path: /state, live: /live/release}");
    }
    let observe = fields.section("observe").and_then(observe);
    let [prepare, verify, go_live, rollback, abandon] =
        ["prepare", "verify", "go_live", "rollback", "abandon"].map(|key| calls(fields, key));
    let may_lose_requests = fields.or("may_lose_requests", false, "false");
    let logs = fields.optional_section("logs").map_or(Ok(LogRequests::default()), logs);
    let lock = fields.optional_section("lock").map(|section| lock(section).ok_or(()));
    Some(HttpSpec {
        url: url?.0.trim_end_matches('/').to_owned(),
        auth: auth.transpose().ok()?,
        tls: Tls { name: None, ca_file, client: client.transpose().ok()? },
        headers,
        observe: observe?,
        prepare: prepare?,
        verify: verify?,
        go_live: go_live?,
        rollback: rollback?,
        abandon: abandon?,
        logs: logs.ok()?,
        may_lose_requests,
        lock: lock.transpose().ok()?,
    })
}

fn auth(fields: Fields<'_, '_>) -> Option<Auth> {
    let auth = if fields.source("bearer").is_some() {
        fields.get("bearer").map(Auth::Bearer)
    } else {
        let user = fields.need::<Text>("user", "deploy");
        let password = fields.need("password", "env:API_PASSWORD");
        user.zip(password).map(|(user, password)| Auth::Basic { user: user.0, password })
    };
    fields.finish();
    auth
}

fn client(fields: Fields<'_, '_>) -> Option<ClientIdentity> {
    let certificate = fields.need("certificate", "file:certs/flipside.pem");
    let key = fields.need("key", "file:certs/flipside.key.pem");
    fields.finish();
    Some(ClientIdentity { certificate: certificate?, key: key? })
}

fn lock(fields: Fields<'_, '_>) -> Option<LockSpec> {
    let path = fields.need::<RequestPath>("path", "/lock");
    fields.finish();
    Some(LockSpec { path: path?.0 })
}

/// Returns the requests of logs. `Err`: one of them has a mistake, which was reported.
fn logs(fields: Fields<'_, '_>) -> Result<LogRequests, ()> {
    let log = |key| {
        let section = fields.optional_section(key).map(|section| log(section).ok_or(()));
        section.transpose()
    };
    let (live, passive) = (log("live"), log("passive"));
    fields.finish();
    Ok(LogRequests { live: live?, passive: passive? })
}

fn log(fields: Fields<'_, '_>) -> Option<RequestSpec> {
    let request = request(&fields);
    let changes = request.as_ref().is_some_and(|request| request.method != Method::Get);
    if let (true, Some(source)) = (changes, fields.source("method")) {
        fields.reject(source, "a log is read by a GET".to_owned(), "remove `method`");
        return None;
    }
    fields.finish();
    request
}

fn observe(fields: Fields<'_, '_>) -> Option<Observe> {
    let path = fields.need::<RequestPath>("path", "/state");
    let live = fields.need::<JsonPointer>("live", "/live/release");
    let pointer = |key| fields.get::<JsonPointer>(key).map(|pointer| pointer.0);
    let observe = Observe {
        passive: pointer("passive"),
        previous: pointer("previous"),
        last_phase: pointer("last_phase"),
        last_at: pointer("last_at"),
        last_by: pointer("last_by"),
        verified: pointer("verified"),
        live_health: health(&fields, "live_health"),
        passive_health: health(&fields, "passive_health"),
        path: path.map(|path| path.0).unwrap_or_default(),
        live: live.map(|pointer| pointer.0).unwrap_or_default(),
    };
    fields.finish();
    (!observe.path.is_empty() && !observe.live.is_empty()).then_some(observe)
}

fn health(fields: &Fields<'_, '_>, key: &'static str) -> Option<HealthPointer> {
    let fields = fields.section(key)?;
    let pointer = fields.need::<JsonPointer>("pointer", "/live/health");
    let healthy = fields.need_list::<Text>("healthy", "[ok]");
    fields.finish();
    let healthy = healthy?.into_iter().map(|text| text.0).collect();
    Some(HealthPointer { pointer: pointer?.0, healthy })
}

/// Returns the requests under a key. `None`: one of them has a mistake.
fn calls(fields: &Fields<'_, '_>, key: &'static str) -> Option<Vec<Call>> {
    fields.maps(key).into_iter().map(call).collect()
}

fn call(fields: Fields<'_, '_>) -> Option<Call> {
    let name = fields.need::<Text>("name", "switch");
    let request = request(&fields);
    let deadline = fields.or("deadline", Limit(Duration::from_secs(30)), "30s").0;
    let poll = fields.optional_section("poll").map(|section| poll(section).ok_or(()));
    fields.finish();
    Some(Call { name: name?.0, request: request?, deadline, poll: poll.transpose().ok()? })
}

fn poll(fields: Fields<'_, '_>) -> Option<PollSpec> {
    let request = request(&fields);
    let every = fields.or("every", Limit(Duration::from_secs(2)), "2s").0;
    let deadline = fields.or("deadline", Limit(Duration::from_secs(120)), "2m").0;
    let successes = fields.or("successes", AtLeastOne(1), "1").0;
    fields.finish();
    Some(PollSpec { request: request?, every, deadline, successes })
}

fn request(fields: &Fields<'_, '_>) -> Option<RequestSpec> {
    let method = fields.or("method", MethodWord::default(), "GET").0;
    let path = fields.need::<RequestPath>("path", "/live");
    let headers: Vec<_> = fields.table::<HeaderName>("headers").into_iter().collect();
    let body = body(fields);
    let status = fields.one_or_more::<Status>("status").unwrap_or_default();
    let contains = fields.one_or_more::<BodyText>("contains").unwrap_or_default();
    let json = fields.texts::<JsonPointer>("expect").into_iter();
    let wanted: Vec<_> = fields.table::<HeaderName>("expect_headers").into_iter().collect();
    let timeout = fields.get::<Limit>("timeout").map(|limit| limit.0);
    let retries = fields.or("retries", 0, "0");
    let replay = fields.get::<ReplayWord>("replay").map(|word| word.0);
    let wrong = headers.iter().find_map(|(_, text)| unknown(text));
    if let (Some(name), Some(source)) = (wrong, fields.source("headers")) {
        let what = format!("`headers`: {{{name}}} is not a placeholder");
        fields.reject(source, what, words::PLACEHOLDERS);
        return None;
    }
    let expect = Expect {
        status: status.into_iter().map(|status| status.0).collect(),
        headers: wanted,
        body: contains.into_iter().map(|text| text.0).collect(),
        json: json.map(|(pointer, is)| JsonCondition { pointer, is }).collect(),
    };
    let delivery = Delivery { replay, retries, timeout };
    Some(RequestSpec { method, path: path?.0, headers, body: body.ok()?, expect, delivery })
}

/// Returns the body, if there is one. `Err`: it has a mistake, which was reported.
fn body(fields: &Fields<'_, '_>) -> Result<Option<BodySpec>, ()> {
    let kinds = [("json", Content::Json), ("form", Content::Form), ("text", Content::Text)];
    let mut bodies = Vec::new();
    for (key, content) in kinds {
        if let Some(source) = fields.source(key) {
            let text = fields.get::<BodyText>(key).ok_or(())?.0;
            if content == Content::Json && !is_json(&text) {
                let what = format!("`{key}` is not JSON once its placeholders are filled in");
                fields.reject(
                    source,
                    what,
                    "write placeholders inside of strings: `\"{release}\"`",
                );
                return Err(());
            }
            bodies.push((source, BodySpec { content, text }));
        } else {
            fields.expect(key);
        }
    }
    if let [_, (source, _), ..] = bodies.as_slice() {
        fields.reject(*source, "a request has one body".to_owned(), "keep one of them");
        return Err(());
    }
    Ok(bodies.pop().map(|(_, body)| body))
}

fn is_json(text: &str) -> bool {
    let value = || Some("v1".to_owned());
    let values = Values { release: value(), previous: value(), ..Values::default() };
    let filled = values.fill(text, Place::Json);
    filled.is_ok_and(|text| serde_json::from_str::<serde_json::Value>(&text).is_ok())
}

#[cfg(test)]
mod tests;
