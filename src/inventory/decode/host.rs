//! Reads a host and how to reach it.

use std::path::PathBuf;

use crate::domain::names::HostName;
use crate::domain::spec::{HostSpec, SshSpec};
use crate::inventory::fields::Fields;
use crate::inventory::scalar::{Address, Jump, Limit, LocalPath, Port, SafeWord, Slug, VarName};

/// The keys of hosts that any layer up to the host may set.
pub const KEYS: &[&str] = &["ssh", "roles", "vars"];
/// The keys that a host itself may set.
pub const OWN_KEYS: &[&str] = &["address", "groups", "ssh", "roles", "vars"];

/// Reads the settings that any layer up to the host may make.
pub fn shared(fields: &Fields<'_, '_>) -> Shared {
    Shared {
        ssh: fields.section("ssh").and_then(|ssh| {
            let read = self::ssh(&ssh);
            ssh.finish();
            read
        }),
        roles: fields.list::<Slug>("roles"),
        vars: fields.table::<VarName>("vars"),
    }
}

#[derive(Debug)]
pub struct Shared {
    ssh: Option<SshSpec>,
    roles: Option<Vec<Slug>>,
    vars: std::collections::BTreeMap<String, String>,
}

/// Reads the settings that only the host itself may make.
pub fn host_only(fields: &Fields<'_, '_>) -> HostOnly {
    HostOnly {
        address: fields.need("address", "web-01.example.org"),
        groups: fields.list::<Slug>("groups"),
    }
}

#[derive(Debug)]
pub struct HostOnly {
    pub address: Option<Address>,
    pub groups: Option<Vec<Slug>>,
}

/// Reads a host with all layers applied.
pub fn host(fields: &Fields<'_, '_>, name: &HostName) -> Option<HostSpec> {
    let host_only = host_only(fields);
    let shared = shared(fields);
    let mut ssh = shared.ssh?;
    ssh.address = host_only.address?.0;
    let words = |slugs: Vec<Slug>| slugs.into_iter().map(|slug| slug.0).collect();
    Some(HostSpec {
        name: name.clone(),
        roles: words(shared.roles?),
        groups: words(host_only.groups?),
        ssh,
        vars: shared.vars,
    })
}

fn ssh(fields: &Fields<'_, '_>) -> Option<SshSpec> {
    let local = |path: &LocalPath| fields.reader().local(&path.0);
    let locals = |paths: Option<Vec<LocalPath>>| -> Option<Vec<PathBuf>> {
        Some(paths?.iter().map(local).collect())
    };
    let jump = fields.list::<Jump>("jump");
    let port = fields.get::<Port>("port");
    let user = fields.get::<SafeWord>("user");
    let identities = locals(fields.list("identities"));
    let passphrase = fields.get("passphrase");
    let known_hosts = locals(fields.one_or_more("known_hosts"));
    let config = fields.get::<LocalPath>("config").as_ref().map(local);
    let connect_timeout = fields.need::<Limit>("connect_timeout", "10s");
    let keepalive = fields.need::<Limit>("keepalive", "15s");
    Some(SshSpec {
        address: String::new(),
        port: port.map(|port| port.0),
        user: user.map(|user| user.0),
        jump: jump.map(|jump| jump.into_iter().map(|address| address.0).collect()),
        identities: identities.unwrap_or_default(),
        passphrase,
        known_hosts,
        config,
        connect_timeout: connect_timeout?.0,
        keepalive: keepalive?.0,
    })
}
