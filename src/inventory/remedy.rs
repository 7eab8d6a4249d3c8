//! What to do about a mistake in an inventory.

use crate::base::suggest::{did_you_mean, list};

/// Joins two remedies of which one is enough.
pub fn or(one: &str, other: &str) -> String {
    if one.ends_with('?') { format!("{one} Or {other}") } else { format!("{one}; or {other}") }
}

/// Where a key of one section is often looked for in another.
const HOMES: &[(&str, &str)] = &[
    ("user", "ssh"),
    ("port", "ssh"),
    ("jump", "ssh"),
    ("identities", "ssh"),
    ("passphrase", "ssh"),
    ("known_hosts", "ssh"),
    ("connect_timeout", "ssh"),
    ("keepalive", "ssh"),
    ("live_include", "nginx"),
    ("passive_include", "nginx"),
    ("live_upstream", "nginx"),
    ("passive_upstream", "nginx"),
    ("pid_file", "nginx"),
    ("canary", "batches"),
    ("size", "batches"),
    ("pause", "batches"),
    ("pull", "timeouts"),
    ("start", "timeouts"),
    ("stop", "timeouts"),
    ("switch", "timeouts"),
    ("drain", "timeouts"),
];

/// Settings of an app that hold for it in a whole environment.
pub const FLEET: &[&str] =
    &["platform", "roles", "batches", "on_failure", "hooks", "notifications", "stacks"];

/// Settings of an app, for saying where they belong when they stand beside it.
const OF_APPS: &[&str] = &[
    "image",
    "template",
    "colors",
    "service",
    "project",
    "dir",
    "jobs",
    "migration",
    "nginx",
    "live",
    "passive",
    "checks",
    "registry",
    "plain_http_registry",
    "sudo",
    "docker_socket",
    "timeouts",
    "switch_answers",
    "keep_releases",
    "disk_free",
];

/// What to do about a key that nobody knows.
pub fn key(key: &str, kind: &str, known: &[&str]) -> String {
    if kind == "app" && FLEET.contains(&key) {
        return "this holds for the app in a whole environment: write it under `apps.APP` or `environments.ENVIRONMENT.apps.APP`".to_owned();
    }
    if let Some((_, home)) = HOMES.iter().find(|(k, home)| *k == key && known.contains(home)) {
        return format!("write it under `{home}:`");
    }
    if kind == "inventory" && ["hosts", "groups"].contains(&key) {
        return "write it under an environment: `environments: {production: {hosts: …}}`"
            .to_owned();
    }
    if OF_APPS.contains(&key) && known.contains(&"every_app") {
        return "a setting of apps: write it under `every_app:`, or under one app".to_owned();
    }
    did_you_mean(key, known.iter().copied())
        .unwrap_or_else(|| format!("its keys are {}", list(known)))
}

/// A section as a sentence calls it.
pub fn place(kind: &str) -> String {
    match kind {
        "inventory" => "an inventory".to_owned(),
        "host" | "group" => format!("a {kind}"),
        "app" | "environment" => format!("an {kind}"),
        other => format!("`{other}`"),
    }
}

/// The shape that was wanted, as a line to write.
pub fn shape(key: &str, wanted: &str) -> String {
    match wanted {
        "a list" => format!("write `{key}: [one, two]`, or one `- item` a line under `{key}:`"),
        _ if wanted.starts_with("keys") => format!("write `{key}:` and its keys indented under it"),
        _ if wanted.starts_with("items") => "write each item as `- key: value`".to_owned(),
        _ => format!("write `{key}:` and {wanted} on one line"),
    }
}
