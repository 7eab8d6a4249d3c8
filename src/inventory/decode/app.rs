//! Reads the settings of an app that hold for a whole environment: the roles of its hosts, batches, the failure policy,
//! hooks and notifications.

use std::time::Duration;

use crate::base::secret_ref::SecretRef;
use crate::domain::phase::Phase;
use crate::domain::plan::{FailurePolicy, HookMoment, Pause, Width};
use crate::domain::spec::{FACTS, Hook, HookAction, NotifyKind, NotifySpec};
use crate::inventory::fields::Fields;
use crate::inventory::layer::LayerValue;
use crate::inventory::platforms::Platforms;
use crate::inventory::request::{self, Address, RequestRules};
use crate::inventory::scalar::{Limit, Slug, Text};

/// The roles by which hosts carry the app.
#[derive(Debug, Clone)]
pub struct Roles {
    pub app: Slug,
    pub jobs: Slug,
    pub primary: Slug,
}

#[derive(Debug)]
pub struct AppSettings<'t> {
    pub roles: Roles,
    /// The names of hosts and groups as written.
    pub canary: Option<LayerValue<'t>>,
    pub size: Width,
    pub pause: Option<Pause>,
    pub on_failure: FailurePolicy,
    pub hooks: Vec<Hook>,
    pub notifications: Vec<NotifySpec>,
}

pub fn app_settings<'t>(
    fields: &Fields<'_, 't>,
    platforms: &Platforms<'_>,
) -> Option<AppSettings<'t>> {
    let platform = platforms.read(fields);
    let roles = fields.section("roles").and_then(roles);
    let batches = fields.section("batches").map(|batches| {
        let canary = batches.list::<Slug>("canary").and_then(|_| batches.source("canary"));
        let size = batches.or("size", Width::All, "all");
        let pause = batches.get("pause");
        batches.finish();
        (canary, size, pause)
    });
    let on_failure = on_failure(fields);
    let hooks = fields.maps("hooks").into_iter().filter_map(hook).collect();
    let notifications = fields.maps("notifications").into_iter().filter_map(notification).collect();
    let (canary, size, pause) = batches.unwrap_or_default();
    let (_, roles) = (platform?, roles?);
    Some(AppSettings { roles, canary, size, pause, on_failure, hooks, notifications })
}

fn roles(fields: Fields<'_, '_>) -> Option<Roles> {
    let app = fields.need("app", "app");
    let jobs = fields.need("jobs", "jobs");
    let primary = fields.need("primary", "primary");
    fields.finish();
    Some(Roles { app: app?, jobs: jobs?, primary: primary? })
}

/// Reads `stop`, `continue`, or `at_most: 2` under the key.
fn on_failure(fields: &Fields<'_, '_>) -> FailurePolicy {
    if fields.is_map_at("on_failure") {
        let Some(section) = fields.section("on_failure") else { return FailurePolicy::Stop };
        let most = section.need::<u32>("at_most", "2");
        section.finish();
        return most.map(FailurePolicy::AtMost).unwrap_or_default();
    }
    fields.or("on_failure", FailurePolicy::Stop, "stop")
}

fn hook(fields: Fields<'_, '_>) -> Option<Hook> {
    let phase = fields.need::<Phase>("phase", "go-live");
    let moment = fields.need::<HookMoment>("moment", "before");
    let advisory = fields.or("advisory", false, "false");
    let action = if fields.source("request").is_some() {
        hook_request(&fields)
    } else {
        fields.expect("request");
        hook_command(&fields)
    };
    fields.finish();
    Some(Hook { phase: phase?, moment: moment?, action: action?, advisory })
}

fn hook_command(fields: &Fields<'_, '_>) -> Option<HookAction> {
    let name = fields.get::<Text>("name").map(|name| name.0);
    let words = fields.need_list::<Text>("command", "[./smoke-test, --all]");
    let timeout = fields.or("timeout", Limit(Duration::from_secs(60)), "1m").0;
    Some(HookAction::Command {
        name,
        words: words?.into_iter().map(|word| word.0).collect(),
        timeout,
    })
}

/// The words of a request in a hook.
const HOOK_REQUEST: RequestRules = RequestRules { address: Address::Url, placeholders: FACTS };

fn hook_request(fields: &Fields<'_, '_>) -> Option<HookAction> {
    let name = fields.need::<Text>("name", "tell the pager").map(|name| name.0);
    let mut alone = true;
    for (key, remedy) in [
        ("command", "keep one of them; two hooks run one after the other"),
        ("timeout", "write `deadline` (all attempts) or `timeout` (one attempt) under `request`"),
    ] {
        fields.expect(key);
        if let Some(source) = fields.source(key) {
            fields.reject(source, format!("`{key}` beside `request`"), remedy);
            alone = false;
        }
    }
    let section = fields.section("request")?;
    let call = request::call(&section, name, HOOK_REQUEST);
    section.finish();
    call.filter(|_| alone).map(|call| HookAction::Request(Box::new(call)))
}

fn notification(fields: Fields<'_, '_>) -> Option<NotifySpec> {
    let kind = fields.need::<NotifyKind>("kind", "slack");
    let url = fields.need::<SecretRef>("url", "env:SLACK_URL");
    fields.finish();
    Some(NotifySpec { kind: kind?, url: url? })
}
