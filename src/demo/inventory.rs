//! The inventory of a fleet: a file as a team would write it, and read as any other is.

use std::fmt::Write as _;
use std::path::Path;

use super::docker::registry::REPOSITORY;
use super::fleet::Fleet;
use super::furnish::{Carries, JOBS, PROJECT};
use super::host::Host;
use super::ssh::keys::USER;
use crate::domain::spec::Inventory;
use crate::inventory;

/// What must happen once, happens here.
const PRIMARY: &str = "web1";

/// The file's text. `Err`: a path that is not text.
pub fn text(fleet: &Fleet) -> Result<String, String> {
    let root = word(fleet.root())?;
    let identity = word(fleet.identity())?;
    let known_hosts = word(fleet.known_hosts())?;
    let ssh_config = fleet.ssh_config();
    let ssh_config = word(&ssh_config)?;
    let jobs = JOBS.join(", ");
    let mut text = format!(
        "# The demo's fleet: every host is a part of this process, and gone when it ends.
version: 1

apps:
  {PROJECT}:
    image: {REPOSITORY}
    template: compose.yml
    jobs: [{jobs}]
    migration: {{service: migrator, timeout: 1m}}
    timeouts: {{pull: 1m, start: 20s, stop: 10s, switch: 10s, drain: 10s}}
    keep_releases: 2
    disk_free: 1MiB # nothing of a demo takes room
    # Health, and not `/`: what a health check does not find, users must be able to find.
    live: {{release_header: X-Release}}
    passive: {{release_header: X-Release}}
    # A real server has no need to say any of this: there, these are the paths that hold anyway.
    dir: {root}/{{host}}/srv/{PROJECT}
    docker_socket: {root}/{{host}}/docker.sock
    nginx:
      live_include: {root}/{{host}}/etc/nginx/flipside/{PROJECT}-live.conf
      passive_include: {root}/{{host}}/etc/nginx/flipside/{PROJECT}-passive.conf
      pid_file: {root}/{{host}}/run/nginx.pid

defaults:
  ssh:
    user: {USER}
    identities: [{identity}]
    known_hosts: [{known_hosts}]
    config: {ssh_config} # empty: nothing of the operator's own settings
    jump: []
    connect_timeout: 5s
    keepalive: 5s

environments:
  demo:
    hosts:
"
    );
    for host in fleet.hosts() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}", entry(host));
    }
    Ok(text)
}

/// Ports are each host's own, so each says them itself.
fn entry(host: &Host) -> String {
    let ports = host.ports();
    let role = match host.carries() {
        Carries::App => "app",
        Carries::JobsOnly => "jobs",
    };
    let primary = if host.name == PRIMARY { ", primary" } else { "" };
    let (live, passive) = (ports.live(), ports.passive());
    format!(
        "      {name}:
        address: {ip}
        roles: [{role}{primary}]
        ssh: {{port: {ssh}}}
        apps:
          {PROJECT}:
            colors: [{{name: blue, port: {blue}}}, {{name: green, port: {green}}}]
            live: {{url: \"http://{live}/health\", public_url: \"http://{{host}}:{live_port}/health\"}}
            passive: {{url: \"http://{passive}/health\", public_url: \"http://{{host}}:{passive_port}/health\"}}
",
        name = host.name,
        ip = ports.ssh().ip(),
        ssh = ports.ssh().port(),
        blue = ports.blue().port(),
        green = ports.green().port(),
        live_port = live.port(),
        passive_port = passive.port(),
    )
}

fn word(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{} is not text", path.display()))
}

/// Writes the file and reads it back, by the same rules as any other inventory.
pub fn write(fleet: &Fleet) -> Result<Inventory, String> {
    let path = fleet.inventory_path();
    std::fs::write(&path, text(fleet)?).map_err(|error| error.to_string())?;
    let loaded = inventory::load(&path, crate::platform::DECODERS)
        .map_err(|problems| problems.to_string())?;
    Ok(loaded.inventory)
}
