//! Reads answers of Docker Engine: `GET /containers/json` and `GET /images/json` of its HTTP API. Version 1.24
//! and later have every field that is read here.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde::Deserialize;

use super::facts::{Container, Image, MigrationContainer, Untagged};
use super::reference::Reference;
use crate::domain::observation::{Health, Running};
use crate::domain::release::{Digest, Tag};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawContainer {
    id: String,
    #[serde(default)]
    names: Vec<String>,
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

/// Returns the containers of services, without those of `compose run`.
///
/// `created_from` has a line `ID REFERENCE` for each container whose image the engine names only by its
/// id, because the tag that it was created from means another image today.
pub fn containers(json: &str, image: &str, created_from: &str) -> Result<Vec<Container>, String> {
    let raw: Vec<RawContainer> = serde_json::from_str(json).map_err(|_| engine_said(json))?;
    let services = raw.into_iter().filter(|c| !is_oneoff(c));
    Ok(services.filter_map(|c| container(c, image, created_from)).collect())
}

fn is_oneoff(container: &RawContainer) -> bool {
    container.labels.get("com.docker.compose.oneoff").is_some_and(|value| value == "True")
}

/// Returns the migration containers of this project, found by the names that `migrate.sh` gives them. Empty
/// if the answer is no list, which [`containers`] reports.
pub fn migrations(json: &str, project: &str) -> Vec<MigrationContainer> {
    let raw: Vec<RawContainer> = serde_json::from_str(json).unwrap_or_default();
    let prefix = format!("/{project}-migrate-");
    let tag = |name: &String| Tag::new(name.strip_prefix(&prefix)?).ok();
    let migration = |c: RawContainer| {
        let tag = c.names.iter().find_map(tag)?;
        let running = !matches!(c.state.as_str(), "exited" | "created" | "dead");
        Some(MigrationContainer { tag, running })
    };
    raw.into_iter().filter(is_oneoff).filter_map(migration).collect()
}

fn container(raw: RawContainer, image: &str, created_from: &str) -> Option<Container> {
    let service = raw.labels.get("com.docker.compose.service")?.clone();
    let named = created_from.lines().find_map(|line| line.strip_prefix(&raw.id)?.strip_prefix(' '));
    let created_from = named.map_or(raw.image, str::to_owned);
    let reference = Reference::parse(&created_from).filter(|reference| reference.is_of(image));
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
    let (tag, digest) = reference.map_or((None, None), |named| (named.tag, named.digest));
    let image_id = raw.image_id;
    Some(Container { id: raw.id, service, tag, digest, created_from, image_id, running, health })
}

/// Returns the images of the repository on the host: one entry for each tag, and those without a tag.
pub fn images(json: &str, image: &str) -> Result<(Vec<Image>, Vec<Untagged>), String> {
    let raw: Vec<RawImage> = serde_json::from_str(json).map_err(|_| engine_said(json))?;
    let (mut images, mut untagged) = (Vec::new(), Vec::new());
    for raw in raw {
        let named = |texts: &Option<Vec<String>>| -> Vec<Reference> {
            let references = texts.iter().flatten().filter_map(|text| Reference::parse(text));
            references.filter(|reference| reference.is_of(image)).collect()
        };
        let digests: Vec<Digest> =
            named(&raw.repo_digests).into_iter().filter_map(|named| named.digest).collect();
        let created = DateTime::from_timestamp(raw.created, 0).unwrap_or_default();
        let tags = named(&raw.repo_tags);
        if tags.is_empty() {
            untagged.push(Untagged { id: raw.id.clone(), digests: digests.clone() });
        }
        images.extend(tags.into_iter().filter_map(|named| named.tag).map(|tag| Image {
            id: raw.id.clone(),
            tag,
            digest: digests.first().cloned(),
            digests: digests.clone(),
            created,
        }));
    }
    Ok((images, untagged))
}

/// Explains an answer that is no list: the engine's own message, or that of `curl`.
fn engine_said(text: &str) -> String {
    #[derive(Deserialize)]
    struct Message {
        message: String,
    }
    match serde_json::from_str::<Message>(text) {
        Ok(answer) => format!("Docker Engine reports: {}", answer.message),
        Err(_) if text.trim().is_empty() => "Docker Engine does not answer".to_owned(),
        // `curl` prints the same message for each of its requests.
        Err(_) => unreachable(text.trim().lines().last().unwrap_or_default()),
    }
}

/// Explains, from the message of `curl`, why the engine gave no answer at all.
pub fn unreachable(message: &str) -> String {
    if message.contains("ailed to connect") || message.contains("ouldn't connect") {
        "Docker Engine cannot be reached at its socket: it does not run, or this user has no access"
            .to_owned()
    } else if message.contains("timed out") {
        "Docker Engine hangs: it does not answer within 3 s".to_owned()
    } else {
        format!("Docker Engine cannot be asked: {message}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const NEW: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn one(image: &str, created_from: &str) -> Container {
        let json = format!(
            r#"[{{"Id":"c1","Image":"{image}","ImageID":"{OLD}","Labels":{{"com.docker.compose.service":"blue"}},"State":"running","Status":"Up 1 hour (healthy)"}}]"#
        );
        containers(&json, "docker.io/team/shop", created_from).unwrap().remove(0)
    }

    fn tag(container: &Container) -> Option<&str> {
        container.tag.as_ref().map(crate::domain::release::Tag::as_str)
    }

    #[test]
    fn a_container_has_the_release_that_it_was_created_from() {
        assert_eq!(tag(&one("team/shop:v1", "")), Some("v1"));
        assert_eq!(tag(&one("index.docker.io/team/shop:v1", "")), Some("v1"));
        assert_eq!(tag(&one("other/shop:v1", "")), None);
        let pinned = one(&format!("team/shop:v1@{NEW}"), "");
        assert_eq!((tag(&pinned), pinned.digest.as_ref().unwrap().as_str()), (Some("v1"), NEW));
        // Its tag was pulled again: the engine gives an id instead of the name.
        assert_eq!(tag(&one(OLD, "")), None);
        assert_eq!(tag(&one(OLD, "c2 team/shop:v9\nc1 team/shop:v1\n")), Some("v1"));
    }

    #[test]
    fn a_migration_container_is_found_by_name_and_is_not_a_service() {
        let json = |name: &str, oneoff: &str, state: &str| {
            format!(
                r#"{{"Id":"c1","Names":["/{name}"],"Image":"shop:v2","ImageID":"i","Labels":{{"com.docker.compose.service":"migrator","com.docker.compose.oneoff":"{oneoff}"}},"State":"{state}","Status":""}}"#
            )
        };
        let all = [
            json("shop-migrate-v2", "True", "exited"),
            json("shop-migrate-v3", "True", "running"),
            json("shop-migrate-v4", "False", "exited"),
            json("shop-run-0a1b", "True", "exited"),
            json("shop2-migrate-v5", "True", "exited"),
        ];
        let list = format!("[{}]", all.join(","));
        let found: Vec<(String, bool)> =
            migrations(&list, "shop").into_iter().map(|m| (m.tag.to_string(), m.running)).collect();
        assert_eq!(found, [("v2".to_owned(), false), ("v3".to_owned(), true)]);
        assert_eq!(containers(&list, "shop", "").unwrap().len(), 1);
        assert_eq!(migrations("not a list", "shop"), []);
    }

    #[test]
    fn an_image_without_a_tag_keeps_its_digest() {
        let json = format!(
            r#"[{{"Id":"i2","RepoTags":["team/shop:v1","team/shop:stable","mirror/shop:v1"],"RepoDigests":["mirror/shop@{OLD}","team/shop@{NEW}"],"Created":1}},
                {{"Id":"i1","RepoTags":null,"RepoDigests":["team/shop@{OLD}"],"Created":1}}]"#
        );
        let (images, untagged) = images(&json, "team/shop").unwrap();
        let found: Vec<_> = images.iter().map(|i| (i.tag.as_str(), i.digest.as_ref())).collect();
        let new = Digest::new(NEW).unwrap();
        assert_eq!(found, [("v1", Some(&new)), ("stable", Some(&new))]);
        assert_eq!((untagged[0].id.as_str(), untagged[0].digests[0].as_str()), ("i1", OLD));
    }
}
