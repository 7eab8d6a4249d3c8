//! What to do about a mistake in an inventory.

use std::fmt;

use super::platform_keys::PlatformKeys;
use crate::base::suggest::{did_you_mean, list};

/// Joins two remedies of which one is enough.
pub fn or(one: &str, other: &str) -> String {
    if one.ends_with('?') { format!("{one} Or {other}") } else { format!("{one}; or {other}") }
}

/// Keys that are often written one level too high, and the section that they belong to.
const SECTIONS: &[(&str, &str)] = &[
    ("user", "ssh"),
    ("port", "ssh"),
    ("jump", "ssh"),
    ("identities", "ssh"),
    ("passphrase", "ssh"),
    ("known_hosts", "ssh"),
    ("connect_timeout", "ssh"),
    ("keepalive", "ssh"),
    ("canary", "batches"),
    ("size", "batches"),
    ("pause", "batches"),
];

fn is_of_ssh(key: &str) -> bool {
    SECTIONS.iter().any(|(own, section)| *own == key && *section == "ssh")
}

/// Settings of an app that hold for a whole environment.
pub const APP_WIDE: &[&str] =
    &["platform", "roles", "batches", "on_failure", "hooks", "notifications", "stacks"];

/// Returns the remedy for an unknown key.
pub fn key(key: &str, kind: &str, known: &[&str], platforms: &[PlatformKeys]) -> String {
    if kind == "app" && APP_WIDE.contains(&key) {
        return "this holds for the app in a whole environment: write it under `apps.APP` or `environments.ENVIRONMENT.apps.APP`".to_owned();
    }
    let of_platforms = platforms.iter().flat_map(|keys| &keys.sections);
    let mut sections = SECTIONS.iter().chain(of_platforms);
    if let Some((_, section)) = sections.find(|(k, section)| *k == key && known.contains(section)) {
        return format!("write it under `{section}:`");
    }
    if kind == "inventory" && ["hosts", "targets", "groups"].contains(&key) {
        return format!(
            "write it under an environment: `environments: {{production: {{{key}: …}}}}`"
        );
    }
    if kind == "target" && (["ssh", "address"].contains(&key) || is_of_ssh(key)) {
        return "a target is an API, which SSH does not reach: write its `url`, or write a server under `hosts:`"
            .to_owned();
    }
    if kind == "host" && key == "url" {
        return "a host is reached by its `address`; write an API under `targets:`".to_owned();
    }
    let of_stacks = key == "checks" || platforms.iter().any(|keys| keys.stack.contains(&key));
    if of_stacks && known.contains(&"every_app") {
        return "a setting of apps: write it under `every_app:`, or under one app".to_owned();
    }
    did_you_mean(key, known.iter().copied())
        .unwrap_or_else(|| format!("its keys are {}", list(known)))
}

/// Returns the name of a section for a sentence.
pub fn section(kind: &str) -> String {
    match kind {
        "inventory" => "an inventory".to_owned(),
        "host" | "target" | "group" => format!("a {kind}"),
        "app" | "environment" => format!("an {kind}"),
        other => format!("`{other}`"),
    }
}

/// What a key must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A single value, in words.
    Value(&'static str),
    List,
    /// A map with keys of its own.
    Section,
    /// A list of maps.
    Sections,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value(words) => words,
            Self::List => "a list",
            Self::Section => "keys of its own under it",
            Self::Sections => "items with keys of their own",
        })
    }
}

/// Returns how to write what the key must hold.
pub fn shape(key: &str, wanted: Wanted) -> String {
    match wanted {
        Wanted::Value(words) => format!("write `{key}:` and {words} on one line"),
        Wanted::List => format!("write `{key}: [one, two]`, or one `- item` a line under `{key}:`"),
        Wanted::Section => format!("write `{key}:` and its keys indented under it"),
        Wanted::Sections => "write each item as `- key: value`".to_owned(),
    }
}
