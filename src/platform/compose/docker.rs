//! The Docker Engine's answers: `GET /containers/json` and `GET /images/json` of its HTTP API
//! (version 1.24 and later have every field that is read here).

use std::collections::BTreeMap;

use chrono::DateTime;
use serde::Deserialize;

use super::facts::{Container, Image};
use crate::domain::observation::{Health, Running};
use crate::domain::release::{Digest, Tag};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawContainer {
    id: String,
    image: String,
    #[serde(rename = "ImageID")]
    image_id: String,
    labels: BTreeMap<String, String>,
    state: String,
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawImage {
    id: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    repo_digests: Option<Vec<String>>,
    created: i64,
}

/// The containers of services, one each; those of `compose run` are left out.
pub fn containers(json: &str, image: &str) -> Result<Vec<Container>, String> {
    let raw: Vec<RawContainer> = serde_json::from_str(json).map_err(|_| engine_said(json))?;
    let oneoff =
        |c: &RawContainer| c.labels.get("com.docker.compose.oneoff").is_some_and(|v| v == "True");
    Ok(raw.into_iter().filter(|c| !oneoff(c)).filter_map(|c| container(c, image)).collect())
}

fn container(raw: RawContainer, image: &str) -> Option<Container> {
    let service = raw.labels.get("com.docker.compose.service")?.clone();
    let tag = raw.image.strip_prefix(image).and_then(|rest| rest.strip_prefix(':'));
    let running = match raw.state.as_str() {
        "running" => Running::Up,
        "exited" | "created" => Running::Stopped,
        _ => Running::Unsettled,
    };
    let health = match running {
        Running::Up if raw.status.contains("(healthy)") => Health::Healthy,
        Running::Up if raw.status.contains("(unhealthy)") => Health::Unhealthy,
        Running::Up if raw.status.contains("(health: starting)") => Health::Starting,
        Running::Up => Health::Unchecked,
        _ => Health::None,
    };
    let tag = tag.and_then(|tag| Tag::new(tag).ok());
    Some(Container { id: raw.id, service, tag, image_id: raw.image_id, running, health })
}

/// Every tag of the repository that is on the host.
pub fn images(json: &str, image: &str) -> Result<Vec<Image>, String> {
    let raw: Vec<RawImage> = serde_json::from_str(json).map_err(|_| engine_said(json))?;
    let mut images = Vec::new();
    for raw in raw {
        let digest = raw
            .repo_digests
            .iter()
            .flatten()
            .find_map(|known| Digest::new(known.strip_prefix(image)?.strip_prefix('@')?).ok());
        for tag in raw.repo_tags.iter().flatten() {
            let tag = tag.strip_prefix(image).and_then(|rest| rest.strip_prefix(':'));
            if let Some(tag) = tag.and_then(|tag| Tag::new(tag).ok()) {
                let created = DateTime::from_timestamp(raw.created, 0).unwrap_or_default();
                images.push(Image { id: raw.id.clone(), tag, digest: digest.clone(), created });
            }
        }
    }
    Ok(images)
}

/// What came in place of a list: the engine's own message, or what `curl` says.
fn engine_said(text: &str) -> String {
    #[derive(Deserialize)]
    struct Message {
        message: String,
    }
    match serde_json::from_str::<Message>(text) {
        Ok(said) => format!("Docker Engine says: {}", said.message),
        Err(_) if text.trim().is_empty() => "Docker Engine does not answer".to_owned(),
        // `curl` tells the same for each question that it asks.
        Err(_) => unreachable(text.trim().lines().last().unwrap_or_default()),
    }
}

/// The engine gave no answer at all: what `curl` says of it, in words for a person.
pub fn unreachable(said: &str) -> String {
    if said.contains("ailed to connect") || said.contains("ouldn't connect") {
        "Docker Engine cannot be reached at its socket: does it run, and may this user ask it?"
            .to_owned()
    } else if said.contains("timed out") {
        "Docker Engine hangs: it does not answer within 3 s".to_owned()
    } else {
        format!("Docker Engine cannot be asked: {said}")
    }
}
