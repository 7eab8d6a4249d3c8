//! The targets that steps run on: a host, or an API that stands for many hosts.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::names::{Color, HostName, TargetName};

/// The target of a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Host(HostName),
    /// A cluster, a swarm's managers or a Rancher environment, by the name the inventory gives it.
    Api(TargetName),
}

impl Target {
    pub fn name(&self) -> &str {
        match self {
            Self::Host(host) => host.as_str(),
            Self::Api(name) => name.as_str(),
        }
    }

    /// Its name as a selection holds it.
    pub fn id(&self) -> TargetName {
        match self {
            Self::Host(host) => host.clone().into(),
            Self::Api(name) => name.clone(),
        }
    }

    pub fn host(&self) -> Option<&HostName> {
        match self {
            Self::Host(host) => Some(host),
            Self::Api(_) => None,
        }
    }
}

impl From<HostName> for Target {
    fn from(host: HostName) -> Self {
        Self::Host(host)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a host carries of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carries {
    /// The app itself, behind its own nginx, and the app's jobs if it has any.
    App,
    /// Only the app's job services, which have no color.
    JobsOnly,
}

/// Returns the first letter of a color, in upper case. The screen never marks a color by its hue alone.
pub fn letter(color: &Color) -> char {
    color.as_str().chars().next().unwrap_or('?').to_ascii_uppercase()
}
