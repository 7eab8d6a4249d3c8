//! `docker ps`, `inspect`, `logs`, `wait`, `start`, `stop` and `rm`.

use std::sync::Arc;
use std::time::Duration;

use super::words::Words;
use crate::demo::docker::container::{Container, State};
use crate::demo::docker::engine::Engine;
use crate::demo::docker::filter::Filter;
use crate::demo::standin::voice::{Exit, Voice};

const STATE_AND_EXIT: &str = "{{.State.Status}} {{.State.ExitCode}}";
const HEALTH_LOG: &str = "{{if .State.Health}}{{range .State.Health.Log}}health check exit {{.ExitCode}}: {{println .Output}}{{end}}{{end}}";
const RESTARTS: &str = "{{.RestartCount}}";

pub async fn ps(engine: &Engine, words: &[&str], voice: &mut Voice) -> Option<Exit> {
    let words = Words::read(words, &["-a", "-q", "--no-trunc"], &["--filter", "--format"])?;
    let mut labels = Vec::new();
    for filter in words.values("--filter") {
        labels.push(filter.strip_prefix("label=")?.to_owned());
    }
    let long = words.has("--no-trunc");
    let shown: fn(&Container, bool) -> String = match (words.has("-q"), words.value("--format")) {
        (true, None) => id,
        (false, Some("{{.State}}")) => |container, _| container.state_word().to_owned(),
        (false, Some("{{.State}} {{.Names}}")) => {
            |container, _| format!("{} {}", container.state_word(), container.fixed.name)
        }
        (false, Some("{{.ID}} {{.State}} {{.Status}}")) => |container, long| {
            format!("{} {} {}", id(container, long), container.state_word(), container.status())
        },
        _ => return None,
    };
    for container in engine.containers(&Filter::of(labels)) {
        if words.has("-a") || container.is_alive() {
            voice.out(shown(&container, long)).await;
        }
    }
    words.rest.is_empty().then_some(Exit::OK)
}

fn id(container: &Container, long: bool) -> String {
    if long { container.fixed.id.clone() } else { container.short_id().to_owned() }
}

async fn find(engine: &Engine, name: &str, voice: &mut Voice) -> Option<Arc<Container>> {
    let found = engine.find(name);
    if found.is_none() {
        voice.err(format!("Error response from daemon: No such container: {name}")).await;
    }
    found
}

/// Without a format only whether there is such a container can be told: nobody reads the rest.
pub async fn inspect(
    engine: &Engine,
    format: Option<&str>,
    name: &str,
    voice: &mut Voice,
) -> Option<Exit> {
    let Some(container) = find(engine, name, voice).await else { return Some(Exit::FAILED) };
    match format {
        None => voice.out(format!("[{{\"Id\": {:?}}}]", container.fixed.id)).await,
        Some(STATE_AND_EXIT) => {
            voice.out(format!("{} {}", container.state_word(), container.exit_code())).await;
        }
        Some(RESTARTS) => voice.out(container.restart_count().to_string()).await,
        Some(HEALTH_LOG) => {
            for check in container.checks() {
                voice.out(format!("health check exit {}: {}", check.exit, check.output)).await;
            }
            voice.out("").await;
        }
        Some(_) => return None,
    }
    Some(Exit::OK)
}

pub async fn logs(engine: &Engine, words: &[&str], voice: &mut Voice) -> Option<Exit> {
    let words = Words::read(words, &["-f"], &["--tail"])?;
    let [name] = words.rest else { return None };
    let tail = match words.value("--tail") {
        None | Some("all") => usize::MAX,
        Some(number) => number.parse().ok()?,
    };
    let Some(container) = find(engine, name, voice).await else { return Some(Exit::FAILED) };
    let from = container.log().borrow().len().saturating_sub(tail);
    if words.has("-f") {
        follow(&container, from, voice).await;
    } else {
        let lines = container.log().borrow().clone();
        for line in lines.into_iter().skip(from) {
            voice.out(line).await;
        }
    }
    Some(Exit::OK)
}

/// The log from one line on, until the container has ended.
pub async fn follow(container: &Container, from: usize, voice: &mut Voice) {
    let mut log = container.log();
    let mut told = from;
    loop {
        // Asked before the lines are read: what was written before the end is told before it.
        let ended = !container.is_alive();
        let new: Vec<String> = log.borrow_and_update().iter().skip(told).cloned().collect();
        told += new.len();
        for line in new {
            voice.out(line).await;
        }
        if ended {
            return;
        }
        tokio::select! {
            _ = log.changed() => {}
            _ = container.ended() => {}
        }
    }
}

pub async fn wait(engine: &Engine, name: &str, voice: &mut Voice) -> Exit {
    let Some(container) = find(engine, name, voice).await else { return Exit::FAILED };
    // What was never started does not run either: to Docker that is an end, with 0.
    let code = if container.state() == State::Created { 0 } else { container.ended().await };
    voice.out(code.to_string()).await;
    Exit::OK
}

pub async fn start(engine: &Engine, names: &[&str], voice: &mut Voice) -> Option<Exit> {
    let words = Words::read(names, &[], &[])?;
    let mut exit = Exit::OK;
    for name in words.rest {
        let Some(container) = find(engine, name, voice).await else {
            exit = Exit::FAILED;
            continue;
        };
        match engine.start(&container).await {
            Ok(()) => voice.out(*name).await,
            Err(why) => exit = voice.fail(why).await,
        }
    }
    (!words.rest.is_empty()).then_some(exit)
}

pub async fn stop(engine: &Engine, words: &[&str], voice: &mut Voice) -> Option<Exit> {
    let words = Words::read(words, &[], &["-t"])?;
    let limit =
        Duration::from_secs(words.value("-t").map_or(Some(10), |limit| limit.parse().ok())?);
    let mut exit = Exit::OK;
    for name in words.rest {
        match find(engine, name, voice).await {
            Some(container) => {
                container.stop(limit).await;
                voice.out(*name).await;
            }
            None => exit = Exit::FAILED,
        }
    }
    (!words.rest.is_empty()).then_some(exit)
}

pub async fn remove(engine: &Engine, words: &[&str], voice: &mut Voice) -> Option<Exit> {
    let words = Words::read(words, &["-f"], &[])?;
    let mut exit = Exit::OK;
    for name in words.rest {
        let Some(container) = find(engine, name, voice).await else {
            exit = if words.has("-f") { exit } else { Exit::FAILED };
            continue;
        };
        if container.is_alive() && !words.has("-f") {
            exit = voice
                .fail(format!(
                    "Error response from daemon: cannot remove container \"/{}\": container is running: stop the container before removing or force remove",
                    container.fixed.name
                ))
                .await;
            continue;
        }
        engine.remove_by_force(&container).await;
        voice.out(*name).await;
    }
    (!words.rest.is_empty()).then_some(exit)
}
