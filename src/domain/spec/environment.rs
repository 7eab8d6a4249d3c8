//! Environments: sets of hosts with their own rules.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::app::AppSpec;
use super::host::HostSpec;
use crate::domain::names::{AppName, EnvName, HostName};

/// A whole inventory.
#[derive(Debug, Clone, PartialEq)]
pub struct Inventory {
    /// The file it was read from, as found.
    pub path: PathBuf,
    pub environments: BTreeMap<EnvName, Environment>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    pub name: EnvName,
    /// The word on the band of the screen: `PROD`.
    pub label: String,
    /// Changes want the environment's name: typed in the console, `--confirm` without a terminal.
    pub protected: bool,
    /// Nothing may be changed here until it is lifted.
    pub read_only: bool,
    /// Go-live wants a sign-off of the same release first.
    pub verify_required: bool,
    /// How long the armed roll back card waits before it acts; zero acts at once.
    pub roll_back_countdown: Duration,
    pub hosts: BTreeMap<HostName, HostSpec>,
    pub apps: BTreeMap<AppName, AppSpec>,
}
