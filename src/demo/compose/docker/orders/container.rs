//! `docker ps`, `inspect`, `logs`, `wait`, `start`, `stop` and `rm`.

use std::sync::Arc;
use std::time::Duration;

use super::words::Words;
use crate::demo::compose::docker::container::{Container, State};
use crate::demo::compose::docker::engine::Engine;
use crate::demo::compose::docker::filter::Filter;
use crate::demo::standin::voice::{Exit, Voice};

const STATE_AND_EXIT: &str = "{{.State.Status}} {{.State.ExitCode}}";
const HEALTH_LOG: &str = "{{if .State.Health}}{{range .State.Health.Log}}health check exit {{.ExitCode}}: {{println .Output}}{{end}}{{end}}";
const RESTARTS: &str = "{{.RestartCount}}";
const JOB: &str = "{{index .Config.Labels \"com.docker.compose.service\"}} {{.State.Status}} {{.RestartCount}} {{.Created}}";
const SERVICE_AND_NAME: &str = "{{.Label \"com.docker.compose.service\"}} {{.Names}}";

pub async fn ps(engine: &Engine, words: &[&str], voice: &mut Voice) -> Option<Exit> {
    let words = Words::read(words, &["-a", "-q", "--no-trunc"], &["--filter", "--format"])?;
    let (mut labels, mut status) = (Vec::new(), None);
    for filter in words.values("--filter") {
        match filter.split_once('=')? {
            ("label", label) => labels.push(label.to_owned()),
            ("status", wanted) => status = Some(wanted),
            _ => return None,
        }
    }
    let long = words.has("--no-trunc");
    let shown: fn(&Container, bool) -> String = match (words.has("-q"), words.value("--format")) {
        (true, None) => id,
        (false, Some(SERVICE_AND_NAME)) => {
            |container, _| format!("{} {}", container.fixed.service, container.fixed.name)
        }
        (false, Some("{{.ID}} {{.State}} {{.Status}}")) => |container, long| {
            format!("{} {} {}", id(container, long), container.state_word(), container.status())
        },
        _ => return None,
    };
    for container in engine.containers(&Filter::of(labels)) {
        let is_meant = status.is_none_or(|status| container.state_word() == status);
        if is_meant && (words.has("-a") || container.is_alive()) {
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

/// Without a format only the existence of the container is reported: no script reads the rest.
pub async fn inspect(
    engine: &Engine,
    format: Option<&str>,
    names: &[&str],
    voice: &mut Voice,
) -> Option<Exit> {
    let mut exit = Exit::OK;
    for name in names {
        match find(engine, name, voice).await {
            Some(container) => show(&container, format, voice).await?,
            None => exit = Exit::FAILED,
        }
    }
    Some(exit)
}

/// `None`: no such format is known here.
async fn show(container: &Container, format: Option<&str>, voice: &mut Voice) -> Option<()> {
    match format {
        None => voice.out(format!("[{{\"Id\": {:?}}}]", container.fixed.id)).await,
        Some(STATE_AND_EXIT) => {
            voice.out(format!("{} {}", container.state_word(), container.exit_code())).await;
        }
        Some(JOB) => {
            let (service, state) = (&container.fixed.service, container.state_word());
            let (restarts, made) = (container.restart_count(), container.made_at().to_rfc3339());
            voice.out(format!("{service} {state} {restarts} {made}")).await;
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
    Some(())
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
    let mut printed = from;
    loop {
        // Read before the lines are: lines that were written before the end are printed before it.
        let ended = !container.is_alive();
        let new: Vec<String> = log.borrow_and_update().iter().skip(printed).cloned().collect();
        printed += new.len();
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
