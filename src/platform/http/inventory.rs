//! The part of an inventory that belongs to this platform.

use super::spec::{
    FREEZE_PLACEHOLDERS, HealthPointer, HttpSpec, LIVE, LOG_PLACEHOLDERS, LockSpec, LogRequests,
    NAME, Observe, PASSIVE, PLACEHOLDERS, Wording,
};
use crate::domain::color::ColorPair;
use crate::domain::http::{Call, Method, RequestTemplate};
use crate::domain::names::Color;
use crate::domain::spec::PlatformSpec;
use crate::inventory::fields::Fields;
use crate::inventory::request::{self, Address, RequestRules};
use crate::inventory::scalar::{JsonPointer, Text, Url};
use crate::inventory::{PlatformDecoder, PlatformKeys, StackPlatform, WorksOn};

const RULES: RequestRules = RequestRules { address: Address::Path, placeholders: PLACEHOLDERS };

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
    "freeze",
    "unfreeze",
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
    ("frozen", "observe"),
    ("live_health", "observe"),
    ("passive_health", "observe"),
];

impl PlatformDecoder for Decoder {
    fn name(&self) -> &'static str {
        NAME
    }

    fn works_on(&self, _: &dyn Fn(&str) -> bool) -> WorksOn {
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
    let login = request::login(fields);
    let headers = request::headers(fields, "headers");
    if fields.source("observe").is_none() {
        fields.report_missing("observe", "{path: /state, live: /live/release}");
    }
    let observe = fields.section("observe").and_then(observe);
    let [prepare, verify, go_live, rollback, abandon] =
        ["prepare", "verify", "go_live", "rollback", "abandon"]
            .map(|key| calls(fields, key, RULES));
    let rules = RequestRules { placeholders: FREEZE_PLACEHOLDERS, ..RULES };
    let [freeze, unfreeze] = ["freeze", "unfreeze"].map(|key| calls(fields, key, rules));
    let may_lose_requests = fields.or("may_lose_requests", false, "false");
    let logs = fields.optional_section("logs").map_or(Ok(LogRequests::default()), logs);
    let lock = fields.optional_section("lock").map(|section| lock(section).ok_or(()));
    let login = login?;
    let spec = HttpSpec {
        url: url?.0.trim_end_matches('/').to_owned(),
        auth: login.auth,
        tls: login.tls,
        headers: headers?,
        observe: observe?,
        prepare: prepare?,
        verify: verify?,
        go_live: go_live?,
        rollback: rollback?,
        abandon: abandon?,
        freeze: freeze?,
        unfreeze: unfreeze?,
        logs: logs.ok()?,
        may_lose_requests,
        lock: lock.transpose().ok()?,
        wording: Wording::DESCRIBED,
    };
    freeze_is_whole(fields, &spec).then_some(spec)
}

/// Checks that an API that keeps a freeze can close go-live, open it again, and say which holds.
fn freeze_is_whole(fields: &Fields<'_, '_>, spec: &HttpSpec) -> bool {
    let parts = [
        ("freeze", !spec.freeze.is_empty()),
        ("unfreeze", !spec.unfreeze.is_empty()),
        ("observe.frozen", spec.observe.frozen.is_some()),
    ];
    let absent: Vec<&str> = parts.iter().filter(|(_, there)| !there).map(|(key, _)| *key).collect();
    if absent.is_empty() || absent.len() == parts.len() {
        return true;
    }
    let written = ["freeze", "unfreeze", "observe"].into_iter().find_map(|key| fields.source(key));
    if let Some(source) = written {
        let what = format!("a freeze has three parts, and `{}` is missing", absent.join("` and `"));
        let remedy = "write `freeze`, `unfreeze` and `observe.frozen`, or none of them";
        fields.reject(source, what, remedy);
    }
    false
}

fn lock(fields: Fields<'_, '_>) -> Option<LockSpec> {
    let path = request::fixed_path(&fields, "path", "/lock");
    fields.finish();
    Some(LockSpec { path: path? })
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

fn log(fields: Fields<'_, '_>) -> Option<RequestTemplate> {
    let rules = RequestRules { placeholders: LOG_PLACEHOLDERS, ..RULES };
    let request = request::template(&fields, rules);
    let changes = request.as_ref().is_some_and(|request| request.method != Method::Get);
    if let (true, Some(source)) = (changes, fields.source("method")) {
        fields.reject(source, "a log is read by a GET".to_owned(), "remove `method`");
        return None;
    }
    fields.finish();
    request
}

fn observe(fields: Fields<'_, '_>) -> Option<Observe> {
    let path = request::fixed_path(&fields, "path", "/state");
    let live = fields.need::<JsonPointer>("live", "/live/release");
    let pointer = |key| fields.get::<JsonPointer>(key).map(|pointer| pointer.0);
    let observe = Observe {
        passive: pointer("passive"),
        previous: pointer("previous"),
        last_phase: pointer("last_phase"),
        last_at: pointer("last_at"),
        last_by: pointer("last_by"),
        verified: pointer("verified"),
        frozen: pointer("frozen"),
        frozen_at: pointer("frozen_at"),
        frozen_by: pointer("frozen_by"),
        live_health: health(&fields, "live_health"),
        passive_health: health(&fields, "passive_health"),
        path: path.unwrap_or_default(),
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
fn calls(fields: &Fields<'_, '_>, key: &'static str, rules: RequestRules) -> Option<Vec<Call>> {
    fields.maps(key).into_iter().map(|fields| call(fields, rules)).collect()
}

fn call(fields: Fields<'_, '_>, rules: RequestRules) -> Option<Call> {
    let name = fields.need::<Text>("name", "switch").map(|name| name.0);
    let call = request::call(&fields, name, rules);
    fields.finish();
    call
}

#[cfg(test)]
mod tests;
