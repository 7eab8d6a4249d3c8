//! Registries that are unreachable, fail, or are no registry: errors name the registry, the request and a remedy.

use std::time::Duration;

use flipside::domain::catalog::{Image, SourceError, SourceErrorKind};
use tokio::net::TcpListener;

use crate::standin::{Desk, Door, Standin};

async fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> SourceError {
    let standin = Standin::start(Door::Open).await;
    standin.answers("/tags/list", status, headers, body);
    let why = Desk::new().tags(&standin).await.unwrap_err();
    assert_eq!(
        (why.source.as_str(), why.asked.as_str()),
        (standin.host.as_str(), "the tags of shop")
    );
    why
}

fn named(name: &str) -> Image {
    Image { name: name.to_owned(), login: None, plain_http: false }
}

#[tokio::test]
async fn refusals_contain_the_registrys_message_and_a_remedy() {
    let denied = r#"{"errors":[{"code":"DENIED","message":"not \u001b[31myours"}]}"#;
    let why = answer(403, &[], denied).await;
    assert_eq!(why.kind, SourceErrorKind::Denied);
    assert!(
        why.to_string().contains(
            "may not read it (403): it says \"not yours\". ask for the right to pull shop"
        ),
        "{why}"
    );
    let why = answer(404, &[], r#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#).await;
    assert_eq!(why.kind, SourceErrorKind::NotFound);
    assert!(
        why.to_string().contains("(404): it says \"NAME_UNKNOWN\". check the name in `image`"),
        "{why}"
    );
    let why = answer(503, &[], "<html>").await;
    assert_eq!(why.kind, SourceErrorKind::InvalidAnswer);
    assert!(why.to_string().contains("it failed (503). try again"), "{why}");
}

#[tokio::test]
async fn a_registry_that_is_asked_too_often_says_for_how_long() {
    let why = answer(429, &[("retry-after", "30")], "").await;
    assert_eq!(why.kind, SourceErrorKind::RateLimited(Some(Duration::from_secs(30))));
    assert!(why.to_string().ends_with("wait 30 s"), "{why}");
    assert_eq!(answer(429, &[], "").await.kind, SourceErrorKind::RateLimited(None));
}

#[tokio::test]
async fn server_that_is_no_registry_is_reported() {
    let why = answer(200, &[], "<html>hello").await;
    assert_eq!(why.kind, SourceErrorKind::InvalidAnswer);
    assert!(why.to_string().contains("its list cannot be read (line 1, column 1)"), "{why}");
    let standin = Standin::start(Door::Open).await;
    standin.answers("/v2/", 404, &[], "<html>");
    let why = Desk::new().tags(&standin).await.unwrap_err();
    assert!(why.to_string().contains("nothing there speaks the Registry API (404)"), "{why}");
    let why = answer(200, &[], &"x".repeat(5 << 20)).await;
    assert!(why.to_string().contains("its answer is longer than 4 MiB"), "{why}");
    let loops = answer(302, &[("location", "/v2/")], "").await;
    assert_eq!(
        loops.kind,
        SourceErrorKind::InvalidAnswer,
        "it led to something that is no list: {loops}"
    );
}

#[tokio::test]
async fn unreachable_registry_is_named_with_a_remedy() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let why = Desk::new().tags_of(&named(&format!("{gone}/shop"))).await.unwrap_err();
    assert_eq!(why.kind, SourceErrorKind::Unreachable);
    let says = format!(
        "{gone}, asked for its version (/v2/): {gone}: the connection was refused. check that the registry runs"
    );
    assert!(why.to_string().starts_with(&says), "{why}");
    let why = Desk::new().tags_of(&named("no-such-registry.invalid/shop")).await.unwrap_err();
    assert!(
        why.to_string().contains("the name is not known") && why.remedy.contains("DNS"),
        "{why}"
    );
}

#[tokio::test]
async fn a_registry_that_says_nothing_is_given_up_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let image = named(&format!("{}/shop", silent.local_addr().unwrap()));
    let why = Desk::new().tags_of(&image).await.unwrap_err();
    assert_eq!(why.kind, SourceErrorKind::Unreachable);
    assert!(why.to_string().contains("no answer within 2 s"), "{why}");
}

#[tokio::test]
async fn one_without_tls_is_not_asked_so_unless_the_inventory_says_it() {
    let standin = Standin::start(Door::Open).await;
    standin.has_tags(&["v1"]);
    // The same registry by an address that is not this machine's by its look.
    let name = format!("{}/shop", standin.host.replace("127.0.0.1", "0.0.0.0"));
    let why = Desk::new().tags_of(&named(&name)).await.unwrap_err();
    assert_eq!(why.kind, SourceErrorKind::Untrusted);
    assert!(why.to_string().contains("`plain_http_registry: true`"), "{why}");
    let plain = Image { plain_http: true, ..named(&name) };
    assert_eq!(Desk::new().tags_of(&plain).await.unwrap().0, ["v1"]);
}

#[tokio::test]
async fn a_name_that_makes_no_sense_is_asked_of_nobody() {
    let why = Desk::new().tags_of(&named("Shop")).await.unwrap_err();
    assert_eq!(why.kind, SourceErrorKind::NotAsked);
    let why = Desk::new().tags_of(&named("r.example.org/a?b")).await.unwrap_err();
    assert_eq!(why.kind, SourceErrorKind::NotAsked);
}
