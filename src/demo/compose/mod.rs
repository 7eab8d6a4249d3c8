//! Docker Compose behind nginx: hosts with a stand-in for Docker Engine, all but the last with the app, the last one with
//! its jobs alone.

pub mod catalog;
pub mod docker;
mod furnish;
mod inventory;
pub mod story;
pub mod tour;

use std::fs;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixListener;

use super::host::{Carries, Host, Places, Runs};
use super::ports::Ports;
use super::release::RELEASES;
use super::site::{Built, Site};
use super::standin::voice::{Exit, Voice};
use super::standin::wire::{Call, Program};
use docker::engine::Engine;
use docker::filter::Filter;
use docker::{api, orders};
use furnish::{FIRST_TAG, JOBS, PROJECT, TEMPLATE, TEMPLATE_FILE};

/// Builds `web1`, `web2` … and `jobs1`, and waits until their first release answers.
pub async fn build(site: &Site) -> io::Result<Built> {
    fs::write(site.root.join(TEMPLATE_FILE), TEMPLATE)?;
    let mut hosts = Vec::new();
    for (number, ports) in (1..).zip(&site.ports) {
        hosts.push(if number < site.ports.len() {
            host(site, &format!("web{number}"), *ports, Carries::App).await?
        } else {
            host(site, "jobs1", *ports, Carries::JobsOnly).await?
        });
    }
    for host in &hosts {
        is_well(host).await;
    }
    let carry_app = hosts.iter().filter(|host| host.carries() == Carries::App);
    let users = carry_app.map(|host| (host.name.clone(), host.ports().live())).collect();
    let inventory = inventory::text(site, &hosts)?;
    Ok(Built { hosts, users, inventory, ..Built::default() })
}

async fn host(site: &Site, name: &str, ports: Ports, carries: Carries) -> io::Result<Arc<Host>> {
    let places = Places::under(site.root.join(name));
    furnish::stack(&places, name, ports, carries)?;
    let engine = Arc::new(Engine::new(name, site.pace, site.tasks.clone()));
    first_release(&engine, &places, carries).await?;
    let nginx = match carries {
        Carries::App => Some(site.proxy(&places, ports).await?),
        Carries::JobsOnly => None,
    };
    let socket = UnixListener::bind(&places.docker_socket)?;
    site.tasks.spawn(api::serve(socket, Arc::clone(&engine), site.tasks.clone()));
    site.host(name, places, ports, Runs::Docker(engine), nginx).await
}

/// The first release was brought up by the same orders as any other.
async fn first_release(engine: &Arc<Engine>, places: &Places, carries: Carries) -> io::Result<()> {
    engine.add_image(RELEASES[0]);
    let project_directory = places.stack.display().to_string();
    let file = places.stack.join(furnish::FIRST_FILE).display().to_string();
    let mut words = vec!["compose", "-p", PROJECT, "--project-directory", &project_directory];
    words.extend(["-f", &file, "up", "-d", "--no-deps", "--no-build", "--pull", "never"]);
    if carries == Carries::App {
        words.push("shop_blue");
    }
    words.extend(JOBS);
    let call = Call {
        program: Program::Docker,
        words: Vec::new(),
        directory: places.stack.clone(),
        stdin: None,
    };
    match orders::carry_out(engine, &words, &call, &mut Voice::silent()).await {
        Exit::OK => Ok(()),
        Exit(code) => Err(io::Error::other(format!("{FIRST_TAG} did not start: {code}"))),
    }
}

/// Waits until a host's first release answers.
async fn is_well(host: &Host) {
    let Some(engine) = host.docker() else { return };
    while engine.containers(&Filter::default()).iter().any(|c| !c.is_well()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
