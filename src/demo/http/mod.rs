//! Anyone's own API: no host, but APIs in this process that deploy to a live and a passive side of their own.
//!
//! Requests, answers, the lock and the logs are real HTTP, on loopback. What the API deploys is an HTTP server in this
//! process, which users reach at a port of their own.

pub mod api;
mod deployment;
mod inventory;
mod lock;
mod routes;
pub mod story;
pub mod tour;
mod users;

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;

use super::site::{Built, Site};
use api::Api;
use inventory::TOKEN_FILE;

/// What the first targets are called.
const REGIONS: [&str; 6] = ["eu", "us", "ap", "sa", "af", "me"];

/// Builds an API for each region, with the first release live.
///
/// # Errors
///
/// A file or a port is not to be had.
pub async fn build(site: &Site) -> io::Result<Built> {
    // The hasher's keys are the standard library's only source of randomness.
    let token = format!("{:016x}", RandomState::new().build_hasher().finish());
    let mut file = fs::File::options();
    let file = file.write(true).create_new(true).mode(0o600).open(site.root.join(TOKEN_FILE))?;
    io::Write::write_all(&mut &file, token.as_bytes())?;
    let (mut apis, mut users) = (Vec::new(), Vec::new());
    for (number, ports) in (1..).zip(&site.ports) {
        let region =
            REGIONS.get(number - 1).map_or_else(|| format!("r{number}"), ToString::to_string);
        let api = Arc::new(Api::new(region, *ports, &token, site.pace, site.tasks.clone()));
        routes::serve(&api).await?;
        users::serve(&api).await?;
        api.first_answers().await;
        users.push((api.name.clone(), ports.live()));
        apis.push(api);
    }
    let inventory = inventory::text(site, &apis)?;
    Ok(Built { apis, users, inventory, ..Built::default() })
}
