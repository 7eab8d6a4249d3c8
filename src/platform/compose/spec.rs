//! A stack that runs under Docker Compose behind nginx.

use std::borrow::Cow;
use std::time::Duration;

use crate::domain::capabilities::Capabilities;
use crate::domain::catalog::{Image, RegistryLogin};
use crate::domain::spec::{Claim, PlatformSettings, Template};
use crate::domain::target::Carries;
use crate::platform::kit::spec::{ProxySpec, StackSpec, claim};

/// The name of this platform in an inventory.
pub const NAME: &str = "compose";

#[derive(Debug, Clone, PartialEq)]
pub struct ComposeSpec {
    pub stack: StackSpec,
    pub proxy: ProxySpec,
    /// The name of the compose project. Only containers of this project belong to the stack.
    pub project: String,
    /// The image's repository, without a tag.
    pub image: String,
    pub template: Template,
    /// Services without a color, which are recreated on the release that goes live.
    pub jobs: Vec<String>,
    pub migration: Option<Migration>,
    pub registry: Option<RegistryLogin>,
    /// The registry speaks HTTP without TLS, as `insecure-registries` says to a Docker Engine.
    pub plain_http_registry: bool,
    pub docker_socket: String,
}

/// What must run once, on the primary, before the new color starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    pub service: String,
    /// In place of the service's own command; empty: its own.
    pub command: Vec<String>,
    pub timeout: Duration,
}

impl PlatformSettings for ComposeSpec {
    fn platform(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::all()
    }

    fn image(&self) -> Option<Image> {
        Some(Image {
            name: self.image.clone(),
            login: self.registry.clone(),
            plain_http: self.plain_http_registry,
        })
    }

    fn directory(&self) -> Option<&str> {
        Some(&self.stack.dir)
    }

    fn claims(&self, carries: Carries) -> Vec<Claim<'_>> {
        let project = "give one of them another `project`";
        let mut claims = self.stack.claims(Some(&self.proxy), carries);
        claims.push(claim("compose project", "project", &self.project, project));
        claims
    }

    fn how_it_switches(&self) -> String {
        self.proxy.how_it_switches()
    }

    fn start_limit(&self) -> Duration {
        self.stack.timeouts.start
    }

    fn migrates(&self) -> bool {
        self.migration.is_some()
    }

    fn texts_with_secrets(&self) -> Vec<Cow<'_, str>> {
        vec![Cow::Borrowed(&self.template.text)]
    }

    fn public_names(&self) -> Vec<&str> {
        vec![&self.project, &self.stack.dir, &self.image]
    }
}
