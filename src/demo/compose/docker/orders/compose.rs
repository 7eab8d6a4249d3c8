//! `docker compose config`, `up` and `run`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::container::follow;
use super::words::Words;
use crate::demo::compose::docker::compose_file::{ComposeFile, Service};
use crate::demo::compose::docker::container::{Container, Fixed};
use crate::demo::compose::docker::engine::Engine;
use crate::demo::compose::docker::filter::Filter;
use crate::demo::standin::voice::{Exit, Voice};

/// How long a container has to end by itself before it is replaced.
const GRACE: Duration = Duration::from_secs(10);

pub async fn carry_out(
    engine: &Engine,
    words: &[&str],
    directory: &Path,
    voice: &mut Voice,
) -> Option<Exit> {
    let words = Words::read(words, &[], &["-p", "--project-directory", "-f"])?;
    let project = words.value("-p")?;
    words.value("--project-directory")?;
    let path = directory.join(words.value("-f")?);
    let file = match ComposeFile::read(&path).await {
        Ok(file) => file,
        Err(why) => return Some(voice.fail(why).await),
    };
    match words.rest {
        ["config", "-q"] => Some(Exit::OK),
        ["up", rest @ ..] => up(engine, project, &file, rest, voice).await,
        ["run", rest @ ..] => run(engine, project, &file, rest, voice).await,
        _ => None,
    }
}

async fn up(
    engine: &Engine,
    project: &str,
    file: &ComposeFile,
    words: &[&str],
    voice: &mut Voice,
) -> Option<Exit> {
    let words = Words::read(words, &["-d", "--no-deps", "--no-build"], &["--pull"])?;
    // Other options would keep running, build, pull or start more than intended.
    let quiet = ["-d", "--no-deps", "--no-build"].into_iter().all(|option| words.has(option));
    if !quiet || words.value("--pull") != Some("never") || words.rest.is_empty() {
        return None;
    }
    for name in words.rest {
        let done = match wanted(engine, project, file, name) {
            Ok(wanted) => bring_up(engine, wanted, voice).await,
            Err(why) => Err(why),
        };
        if let Err(why) = done {
            return Some(voice.fail(why).await);
        }
    }
    Some(Exit::OK)
}

/// The container that the file wants for a service.
fn wanted(engine: &Engine, project: &str, file: &ComposeFile, name: &str) -> Result<Fixed, String> {
    let service: &Service = file.service(name)?;
    let release = engine
        .image(service.image())
        .ok_or_else(|| format!("Error response from daemon: No such image: {}", service.image()))?;
    Ok(Fixed {
        id: String::new(),
        name: format!("{project}-{name}-1"),
        project: project.to_owned(),
        service: name.to_owned(),
        oneoff: false,
        release,
        address: service.address()?,
        has_check: service.has_check(),
        restarts: service.restarts(),
    })
}

async fn bring_up(engine: &Engine, wanted: Fixed, voice: &mut Voice) -> Result<(), String> {
    let there = engine.containers(&Filter::service(&wanted.project, &wanted.service)).pop();
    let name = wanted.name.clone();
    let container = match there {
        Some(container) if same(&container.fixed, &wanted) => {
            if container.is_alive() {
                voice.err(format!(" Container {name}  Running")).await;
                return Ok(());
            }
            container
        }
        Some(container) => {
            voice.err(format!(" Container {name}  Recreate")).await;
            container.stop(GRACE).await;
            engine.remove(&container);
            let container = engine.create(wanted);
            voice.err(format!(" Container {name}  Recreated")).await;
            container
        }
        None => {
            voice.err(format!(" Container {name}  Creating")).await;
            let container = engine.create(wanted);
            voice.err(format!(" Container {name}  Created")).await;
            container
        }
    };
    voice.err(format!(" Container {name}  Starting")).await;
    engine.start(&container).await?;
    voice.err(format!(" Container {name}  Started")).await;
    Ok(())
}

/// Nothing of its configuration differs.
fn same(there: &Fixed, wanted: &Fixed) -> bool {
    *there == Fixed { id: there.id.clone(), ..wanted.clone() }
}

async fn run(
    engine: &Engine,
    project: &str,
    file: &ComposeFile,
    words: &[&str],
    voice: &mut Voice,
) -> Option<Exit> {
    let words = Words::read(words, &["--no-deps", "-T"], &["--name"])?;
    let name = words.value("--name")?;
    let [service, _command @ ..] = words.rest else { return None };
    if !words.has("--no-deps") || !words.has("-T") {
        return None;
    }
    if let Some(there) = engine.find(name) {
        return Some(
            voice
                .fail(format!(
                    "Error response from daemon: Conflict. The container name \"/{name}\" is already in use by container {:?}. You have to remove (or rename) that container to be able to reuse that name.",
                    there.fixed.id
                ))
                .await,
        );
    }
    let fixed = match wanted(engine, project, file, service) {
        Ok(fixed) => fixed,
        Err(why) => return Some(voice.fail(why).await),
    };
    let container = engine.create(Fixed {
        name: name.to_owned(),
        oneoff: true,
        address: None,
        has_check: false,
        restarts: false,
        ..fixed
    });
    Some(attached(engine, &container, voice).await)
}

/// Its output and its exit code are those of the order. It goes on when the order is given up.
async fn attached(engine: &Engine, container: &Arc<Container>, voice: &mut Voice) -> Exit {
    if let Err(why) = engine.start(container).await {
        return voice.fail(why).await;
    }
    follow(container, 0, voice).await;
    Exit(container.ended().await)
}
