//! The inventory of a fleet on symlink hosts: a file as a team would write it, and read as any other is.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use super::archives::{APP, ARCHIVES};
use super::services::NAME as SHOPCTL;
use crate::demo::host::Host;
use crate::demo::site::{Site, text as path_text};

/// Returns the file's text.
///
/// # Errors
///
/// A path that is not text.
pub fn text(site: &Site, hosts: &[Arc<Host>]) -> io::Result<String> {
    let root = path_text(&site.root)?;
    let ssh = site.ssh_defaults()?;
    // One that never becomes healthy is waited for as long as the slowest good one takes, and a little longer.
    let start = site.pace.slow_boot.as_secs() + 3;
    let mut text = format!(
        "# The demo's fleet: every host is a part of this process, and gone when it ends.
version: 1

apps:
  {APP}:
    platform: symlink
    source: {{upload: \"{ARCHIVES}/{APP}-{{release}}.tar.gz\"}}
    checksum: beside
    release_hooks:
      prepare: {{command: [bin/prepare], timeout: 20s}}
      deployed: {{command: [bin/deployed], timeout: 20s}}
    services:
      start: [{SHOPCTL}, start, \"{{color}}\", \"{{port}}\", \"{{slot}}\"]
      stop: [{SHOPCTL}, stop, \"{{color}}\"]
      status: [{SHOPCTL}, status, \"{{color}}\"]
    config: {{central: [config/central], app: config/shop}}
    limits: {{size: 100MiB, files: 1000}}
    timeouts: {{fetch: 1m, start: {start}s, stop: 10s, switch: 10s, drain: 10s}}
    keep_releases: 2
    disk_free: 1MiB # nothing of a demo takes room
    # Health, and not `/`: what a health check does not find, users must be able to find.
    live: {{release_header: X-Release}}
    passive: {{release_header: X-Release}}
    # A real server has no need to say any of this: there, these are the paths that hold anyway.
    dir: {root}/{{host}}/srv/{APP}
    nginx:
      live_include: {root}/{{host}}/etc/nginx/flipside/{APP}-live.conf
      passive_include: {root}/{{host}}/etc/nginx/flipside/{APP}-passive.conf
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
    let (live, passive) = (ports.live(), ports.passive());
    format!(
        "      {name}:
        address: {ip}
        ssh: {{port: {ssh}}}
        apps:
          {APP}:
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
