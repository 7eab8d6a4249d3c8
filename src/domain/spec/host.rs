//! Servers, and how to reach them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::base::secret_ref::SecretRef;
use crate::domain::names::HostName;

#[derive(Debug, Clone, PartialEq)]
pub struct HostSpec {
    pub name: HostName,
    pub roles: Vec<String>,
    pub groups: Vec<String>,
    pub ssh: SshSpec,
    /// Own variables, for templates.
    pub vars: BTreeMap<String, String>,
}

/// What the inventory says about reaching a host. Whatever it leaves open is asked of the user's own
/// SSH configuration, with `address` as the host's name there.
#[derive(Debug, Clone, PartialEq)]
pub struct SshSpec {
    /// A DNS name, an IP address, or an alias of `~/.ssh/config`.
    pub address: String,
    pub port: Option<u16>,
    pub user: Option<String>,
    /// Jump hosts, from the console outward: `user@host:port` or an alias of `~/.ssh/config`.
    /// `None`: as the SSH configuration says. Empty: none, whatever it says.
    pub jump: Option<Vec<String>>,
    /// Key files, tried in this order, before those of the SSH configuration.
    pub identities: Vec<PathBuf>,
    /// The passphrase of those keys, where nobody can be asked.
    pub passphrase: Option<SecretRef>,
    /// Known hosts files in place of those of the SSH configuration.
    pub known_hosts: Option<Vec<PathBuf>>,
    /// Another SSH configuration file in place of the user's.
    pub config: Option<PathBuf>,
    pub connect_timeout: Duration,
    pub keepalive: Duration,
}
