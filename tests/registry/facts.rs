//! The facts of a tag.

use flipside::domain::catalog::Image;

use crate::standin::{Desk, Door, PASSWORD, Standin, digest};

const NIGHT: &str = "2026-08-24T03:00:00Z";

fn platforms(facts: &flipside::domain::catalog::Facts) -> String {
    facts.platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn image_facts_contain_digest_platform_and_age() {
    let standin = Standin::start(Door::Open).await;
    standin.has("v1", NIGHT, "arm64");
    let facts = Desk::new().facts(&standin, "v1").await.unwrap();
    assert_eq!(facts.digest.as_ref().unwrap().as_str(), standin.state().tags["v1"]);
    assert_eq!(platforms(&facts), "linux/arm64");
    assert_eq!(facts.made_at.unwrap().to_rfc3339(), "2026-08-24T03:00:00+00:00");
    let asked = standin.state().asked.clone();
    let first = asked.iter().find(|it| it.path.contains("/manifests/")).unwrap();
    assert_eq!(first.method, "HEAD");
    for media in [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ] {
        assert!(first.accept.contains(media), "{media}");
    }
}

#[tokio::test]
async fn index_facts_contain_every_platform_and_an_age() {
    let standin = Standin::start(Door::Open).await;
    standin.has_index("v1", NIGHT, &["amd64", "arm64"]);
    let facts = Desk::new().facts(&standin, "v1").await.unwrap();
    assert_eq!(platforms(&facts), "linux/amd64 linux/arm64");
    assert_eq!(facts.made_at.unwrap().timestamp(), 1_787_540_400);
}

#[tokio::test]
async fn two_names_of_the_same_bytes_cost_one_pull() {
    let standin = Standin::start(Door::Open).await;
    standin.has("v1", NIGHT, "amd64").has("latest", NIGHT, "amd64");
    let desk = Desk::new();
    let (one, other) = (desk.facts(&standin, "v1").await, desk.facts(&standin, "latest").await);
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!((standin.count("HEAD", "/manifests/"), standin.count("GET", "/manifests/")), (2, 1));
}

#[tokio::test]
async fn other_bytes_than_the_digest_says_are_believed_by_nobody() {
    let standin = Standin::start(Door::Open).await;
    standin.has("v1", NIGHT, "amd64");
    let named = standin.state().tags["v1"].clone();
    standin.state().content.insert(named.clone(), b"{\"config\":{}}".to_vec());
    let why = Desk::new().facts(&standin, "v1").await.unwrap_err().to_string();
    assert!(why.contains(&format!("it sent {} for {named}", digest(b"{\"config\":{}}"))), "{why}");
}

#[tokio::test]
async fn a_registry_that_does_not_understand_head_is_asked_otherwise() {
    let standin = Standin::start(Door::Open).await;
    standin.has("v1", NIGHT, "amd64");
    standin.answers("/manifests/", 405, &[], "");
    let facts = Desk::new().facts(&standin, "v1").await.unwrap();
    assert_eq!(facts.digest.unwrap().as_str(), standin.state().tags["v1"]);
}

#[tokio::test]
async fn an_age_that_is_not_to_be_had_leaves_the_digest() {
    let standin = Standin::start(Door::Open).await;
    standin.has("v1", NIGHT, "amd64");
    standin.answers("/blobs/", 404, &[], "");
    let facts = Desk::new().facts(&standin, "v1").await.unwrap();
    assert!(facts.digest.is_some() && facts.made_at.is_none());
}

#[tokio::test]
async fn a_login_is_not_carried_to_where_a_registry_sends_on_to() {
    let (standin, storage) = (Standin::start(Door::Basic).await, Standin::start(Door::Open).await);
    for one in [&standin, &storage] {
        one.has("v1", NIGHT, "amd64");
    }
    standin.state().blobs_at = Some(storage.host.clone());
    let desk = Desk::new().login(&standin.host, PASSWORD);
    let facts = desk.facts(&standin, "v1").await.unwrap();
    assert!(facts.made_at.is_some(), "the storage was asked");
    assert!(standin.state().asked.iter().any(|asked| !asked.authorization.is_empty()));
    assert!(storage.state().asked.iter().all(|asked| asked.authorization.is_empty()));
}

/// Only a registry that shows the repository says that something of it is gone.
#[tokio::test]
async fn what_can_still_be_pulled_is_asked_by_its_digest() {
    let standin = Standin::start(Door::Open).await;
    standin.has("v1", NIGHT, "amd64").has("v2", NIGHT, "arm64");
    let (desk, image) = (Desk::new(), standin.image());
    let old = standin.state().tags["v1"].clone();
    let moved = standin.state().tags["v2"].clone();
    standin.state().tags.insert("v1".to_owned(), moved);
    assert!(desk.has(&image, "v1", &old).await.unwrap(), "the tag was moved, the bytes are there");
    assert!(desk.has(&image, "v1", "").await.unwrap());
    standin.state().content.remove(&old);
    assert!(!desk.has(&image, "v1", &old).await.unwrap());
    assert!(!desk.has(&image, "v9", "").await.unwrap());
    let hidden = Image { name: image.name.replace("/shop", "/other"), ..image };
    assert!(desk.has(&hidden, "v1", &old).await.is_err(), "it may be there, and hidden");
}
