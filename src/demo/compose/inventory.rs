//! The inventory of a fleet on Docker Compose: a file as a team would write it, and read as any other is.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use super::docker::registry::REPOSITORY;
use super::furnish::{JOBS, PROJECT, TEMPLATE_FILE};
use crate::demo::host::{Carries, Host};
use crate::demo::site::{Site, text as path_text};

/// What must happen once, happens here.
const PRIMARY: &str = "web1";

/// Returns the file's text.
///
/// # Errors
///
/// A path that is not text.
pub fn text(site: &Site, hosts: &[Arc<Host>]) -> io::Result<String> {
    let root = path_text(&site.root)?;
    let ssh = site.ssh_defaults()?;
    let jobs = JOBS.join(", ");
    let mut text = format!(
        "# The demo's fleet: every host is a part of this process, and gone when it ends.
version: 1

apps:
  {PROJECT}:
    image: {REPOSITORY}
    template: {TEMPLATE_FILE}
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

{ssh}
environments:
  demo:
    hosts:
"
    );
    for host in hosts {
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
