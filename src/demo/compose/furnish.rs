//! The files of a host as its first release left them.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::docker::image::reference;
use crate::demo::host::{Carries, Places};
use crate::demo::ports::Ports;

pub const PROJECT: &str = "shop";
/// The template's file, beside the inventory.
pub const TEMPLATE_FILE: &str = "compose.yml";
pub const FIRST_TAG: &str = "v1";
pub const FIRST_FILE: &str = "docker-compose.20260101-000000-v1.yml";
pub const JOBS: [&str; 2] = ["djobs", "cron"];

/// The template of the dated compose files, as the demo's inventory has it.
pub const TEMPLATE: &str = r#"# {{ app }} on {{ host }}
services:
  shop_blue:
    image: {{ image.blue }}
    restart: unless-stopped
    ports: ["{{ colors.blue.address }}:8000"]
    healthcheck:
      test: [CMD, curl, -fsS, http://127.0.0.1:8000/health]
  shop_green:
    image: {{ image.green }}
    restart: unless-stopped
    ports: ["{{ colors.green.address }}:8000"]
    healthcheck:
      test: [CMD, curl, -fsS, http://127.0.0.1:8000/health]
  djobs:
    image: {{ image.jobs }}
    command: [worker]
    restart: unless-stopped
  cron:
    image: {{ image.jobs }}
    command: [scheduler]
    restart: unless-stopped
  migrator:
    image: {{ image.migrator }}
    command: [migrate]
    profiles: [migrate]"#;

/// Directories, the dated compose file with its link, the record of the live color.
pub fn stack(places: &Places, host: &str, ports: Ports, carries: Carries) -> io::Result<()> {
    for directory in [&places.stack, &places.tmp] {
        fs::create_dir_all(directory)?;
    }
    compose(&places.root)?;
    let head = match carries {
        Carries::App => format!("# flipside release={FIRST_TAG} color=blue"),
        Carries::JobsOnly => format!("# flipside release={FIRST_TAG}"),
    };
    let mut text = TEMPLATE.to_owned();
    let image = reference(FIRST_TAG);
    for (place, value) in [
        ("{{ app }}", PROJECT.to_owned()),
        ("{{ host }}", host.to_owned()),
        ("{{ image.blue }}", image.clone()),
        ("{{ image.green }}", image.clone()),
        ("{{ image.jobs }}", image.clone()),
        ("{{ image.migrator }}", image),
        ("{{ colors.blue.address }}", ports.blue().to_string()),
        ("{{ colors.green.address }}", ports.green().to_string()),
    ] {
        text = text.replace(place, &value);
    }
    fs::write(places.stack.join(FIRST_FILE), format!("{head}\n{text}\n"))?;
    symlink(FIRST_FILE, places.stack.join("docker-compose.yml"))?;
    if carries == Carries::App {
        fs::write(places.stack.join("live-color"), "blue\n")?;
    }
    Ok(())
}

/// Writes Compose to the path that scripts try first: otherwise they would find that of the operator's own machine.
fn compose(home: &Path) -> io::Result<()> {
    let plugins = home.join(".docker/cli-plugins");
    fs::create_dir_all(&plugins)?;
    let path = plugins.join("docker-compose");
    fs::write(&path, "#!/bin/sh\nexec docker compose \"$@\"\n")?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}
