//! Targets that are an API and not a host.

use std::collections::BTreeMap;

use crate::domain::names::TargetName;

/// An API that stands for the servers behind it. How it is reached is a setting of the apps that it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiSpec {
    pub name: TargetName,
    /// The URL that the inventory gives the target itself. `None`: each of its apps has one of its own.
    pub url: Option<String>,
    pub roles: Vec<String>,
    pub groups: Vec<String>,
    pub vars: BTreeMap<String, String>,
}
