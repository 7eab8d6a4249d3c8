//! Reads the settings of an app that hold for a whole environment: the roles of its hosts, batches, the failure policy,
//! hooks and notifications.

use std::time::Duration;

use crate::base::secret_ref::SecretRef;
use crate::domain::phase::Phase;
use crate::domain::plan::{FailurePolicy, Pause, Width};
use crate::domain::spec::{Hook, HookMoment, NotifyKind, NotifySpec};
use crate::inventory::fields::Fields;
use crate::inventory::layer::LayerValue;
use crate::inventory::platforms::Platforms;
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
    let command = fields.need_list::<Text>("command", "[./smoke-test, --all]");
    let timeout = fields.or("timeout", Limit(Duration::from_secs(60)), "1m").0;
    let advisory = fields.or("advisory", false, "false");
    fields.finish();
    let command = command?.into_iter().map(|word| word.0).collect();
    Some(Hook { phase: phase?, moment: moment?, command, timeout, advisory })
}

fn notification(fields: Fields<'_, '_>) -> Option<NotifySpec> {
    let kind = fields.need::<NotifyKind>("kind", "slack");
    let url = fields.need::<SecretRef>("url", "env:SLACK_URL");
    fields.finish();
    Some(NotifySpec { kind: kind?, url: url? })
}
