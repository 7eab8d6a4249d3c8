//! A stack that runs under docker compose behind nginx.

use std::collections::BTreeMap;
use std::time::Duration;

use super::app::{EntryPoint, Template};
use crate::base::secret_ref::SecretRef;
use crate::domain::command::RunAs;
use crate::domain::names::Color;

#[derive(Debug, Clone, PartialEq)]
pub struct ComposeSpec {
    /// The compose project's name: it decides which containers are ours.
    pub project: String,
    /// The stack's own directory on the host.
    pub dir: String,
    /// The image's repository, without a tag.
    pub image: String,
    pub template: Template,
    pub colors: BTreeMap<Color, ComposeColor>,
    /// Services without a color, started anew on the release that goes live.
    pub jobs: Vec<String>,
    pub migration: Option<Migration>,
    pub nginx: NginxSpec,
    /// Users' way in.
    pub live: EntryPoint,
    /// The way to the passive color, to try it before users do.
    pub passive: EntryPoint,
    pub registry: Option<RegistryLogin>,
    /// The registry speaks HTTP without TLS, as `insecure-registries` says to a Docker Engine.
    pub plain_http_registry: bool,
    pub docker_socket: String,
    /// As whom the host's scripts run.
    pub run_as: RunAs,
    pub timeouts: Timeouts,
    /// So many right answers in a row make a switch a fact.
    pub switch_answers: u32,
    /// Releases kept besides those of both colors.
    pub keep_releases: u32,
    /// Less free disk than this and prepare is refused, in MiB.
    pub disk_free_mib: u64,
}

/// One color's container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeColor {
    pub service: String,
    /// As nginx reaches it: `127.0.0.1:8001`.
    pub address: String,
}

/// What must run once, on the primary, before the new color starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    pub service: String,
    /// In place of the service's own command; empty: its own.
    pub command: Vec<String>,
    pub timeout: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NginxSpec {
    /// How nginx is spoken to: `[sudo, -n, nginx]`, `[docker, exec, edge, nginx]`.
    pub command: Vec<String>,
    pub live_include: String,
    pub passive_include: String,
    pub live_upstream: String,
    pub passive_upstream: String,
    pub pid_file: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryLogin {
    pub server: String,
    pub user: String,
    pub password: SecretRef,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    pub pull: Duration,
    /// Until the passive color is healthy.
    pub start: Duration,
    /// For a container to end by itself after SIGTERM.
    pub stop: Duration,
    /// Until the switch is a fact.
    pub switch: Duration,
    /// For old connections to end.
    pub drain: Duration,
}
