//! An archive, a link and hooks: hosts with a pair of services behind nginx, and archives on the operator's machine.
//!
//! The host's own `tar` and `gzip` unpack real archives, and the hooks in them run. What stands in is the program that starts
//! and stops a service ([`services`]): a service is an HTTP server in this process, of the release that its slot holds.

mod archives;
mod furnish;
mod inventory;
pub mod services;
pub mod story;
pub mod tour;

use std::io;
use std::sync::Arc;

use super::host::{Host, Places, Runs};
use super::ports::Ports;
use super::site::{Built, Site};
use services::Services;

/// Makes the archives, builds `web1`, `web2` …, and waits until their first release answers.
///
/// # Errors
///
/// A file, a port or `tar` is not to be had.
pub async fn build(site: &Site) -> io::Result<Built> {
    let first = archives::make(&site.root, &site.pace).await?;
    furnish::layers(&site.root)?;
    let mut hosts = Vec::new();
    for (number, ports) in (1..).zip(&site.ports) {
        hosts.push(host(site, &format!("web{number}"), *ports, &first).await?);
    }
    for host in &hosts {
        if let Some(services) = host.services() {
            services.answers("blue").await;
        }
    }
    let users = hosts.iter().map(|host| (host.name.clone(), host.ports().live())).collect();
    let inventory = inventory::text(site, &hosts)?;
    Ok(Built { hosts, users, inventory, ..Built::default() })
}

async fn host(
    site: &Site,
    name: &str,
    ports: Ports,
    first: &archives::Archive,
) -> io::Result<Arc<Host>> {
    let places = Places::under(site.root.join(name));
    furnish::stack(&places, first).await?;
    let logs = places.root.join("log");
    let services = Arc::new(Services::new(name, logs, site.pace, site.tasks.clone()));
    let slot = places.stack.join(".flipside/slots/blue");
    services.start("blue", ports.blue().port(), &slot).map_err(io::Error::other)?;
    let nginx = site.proxy(&places, ports).await?;
    site.host(name, places, ports, Runs::Services(services), Some(nginx)).await
}
