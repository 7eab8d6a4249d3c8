//! The results of [`resolve`](super::resolve) that the checks of references read.

use std::collections::BTreeSet;

use super::decode::app::{AppSettings, Roles};
use super::outline::TargetPart;
use crate::domain::names::{AppName, EnvName};
use crate::domain::spec::{ApiSpec, HostSpec};
use crate::domain::target::Target;

/// A target of an environment with its settings.
#[derive(Debug)]
pub struct ResolvedTarget<'s, 't> {
    pub part: &'s TargetPart<'t>,
    pub spec: TargetSpec,
}

#[derive(Debug)]
pub enum TargetSpec {
    Host(HostSpec),
    Api(ApiSpec),
}

impl ResolvedTarget<'_, '_> {
    pub fn target(&self) -> &Target {
        &self.part.part.name
    }

    pub fn roles(&self) -> &[String] {
        match &self.spec {
            TargetSpec::Host(host) => &host.roles,
            TargetSpec::Api(api) => &api.roles,
        }
    }

    pub fn groups(&self) -> &[String] {
        match &self.spec {
            TargetSpec::Host(host) => &host.groups,
            TargetSpec::Api(api) => &api.groups,
        }
    }

    /// Returns where it is reached, unless its apps say so.
    pub fn address(&self) -> String {
        match &self.spec {
            TargetSpec::Host(host) => host.ssh.address.clone(),
            TargetSpec::Api(api) => api.url.clone().unwrap_or_default(),
        }
    }
}

/// What is known after all environments were read.
#[derive(Debug)]
pub struct Coverage {
    /// Everything could be read, so that what is missing is not merely misspelled.
    pub all_read: bool,
    /// The roles that apps need.
    pub roles: BTreeSet<String>,
    /// The apps that have a target with their role, by environment.
    pub carried: BTreeSet<(EnvName, AppName)>,
}

impl Default for Coverage {
    fn default() -> Self {
        Self { all_read: true, roles: BTreeSet::new(), carried: BTreeSet::new() }
    }
}

impl Coverage {
    pub fn ask(&mut self, settings: &AppSettings<'_>) {
        let Roles { app, jobs, primary } = &settings.roles;
        self.roles.extend([app, jobs, primary].map(|role| role.0.clone()));
    }

    pub fn carry(&mut self, env: &EnvName, app: &AppName) {
        self.carried.insert((env.clone(), app.clone()));
    }
}
