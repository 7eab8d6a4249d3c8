//! The HTTP transport against a server on loopback that answers by the letter.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // These are tests throughout.

mod attempts;
mod follow;
mod poll;
mod proxy;
mod server;
mod tls;

use std::time::Duration;

use flipside::base::secret_ref::SecretRef;
use flipside::domain::http::{Auth, Body, Method, Request, Response};
use flipside::transport::http::{BODY_LIMIT, Http};
use flipside::transport::{Limits, Unanswered, Web};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::server::{Reply, Server, answer};

fn within(deadline: Duration) -> Limits {
    Limits { deadline, cancel: CancellationToken::new() }
}

async fn ask(request: &Request) -> Result<Response, Unanswered> {
    let limits = Limits { deadline: Duration::from_secs(20), cancel: CancellationToken::new() };
    Http::new().request(request, limits).await
}

#[tokio::test]
async fn an_answer_is_told_as_it_came_and_no_redirect_is_followed() {
    let server = Server::start([Reply::Answer(answer(
        "302 Found",
        "location: /else\r\nx-color: blue\r\n",
        "moved",
    ))])
    .await;
    let response = ask(&Request::get(&server.url)).await.unwrap();
    assert_eq!((response.status, response.body.as_str()), (302, "moved"));
    assert_eq!(response.header("X-Color"), Some("blue"));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn what_a_server_says_after_the_body_counts_as_a_header() {
    let text = "HTTP/1.1 200 OK\r\ntrailer: ETag\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nEtag: \"1\"\r\n\r\n";
    let server = Server::start([Reply::Answer(text.to_owned())]).await;
    let response = ask(&Request::get(&server.url)).await.unwrap();
    assert_eq!((response.body.as_str(), response.header("etag")), ("ok", Some("\"1\"")));
}

#[tokio::test]
async fn every_request_has_its_own_connection() {
    let server = Server::start([Reply::Answer(answer("200 OK", "", "ok"))]).await;
    let http = Http::new();
    for _ in 0..3 {
        let limits = Limits { deadline: Duration::from_secs(20), cancel: CancellationToken::new() };
        // The server answers once a connection, so a second request on one would find nobody.
        http.request(&Request::get(&server.url), limits).await.unwrap();
    }
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_secret_goes_into_the_header_and_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    std::fs::write(&path, "t0ken\n").unwrap();
    let secret = SecretRef::File(path.display().to_string());
    let server = Server::start([Reply::Answer(answer("200 OK", "", ""))]).await;
    let mut request = Request::get(&server.url);
    request.method = Method::Post;
    request.body = Some(Body { content_type: "application/json".into(), text: "{}".into() });
    request.auth = Some(Auth::Bearer(secret.clone()));
    ask(&request).await.unwrap();
    request.auth = Some(Auth::Basic { user: "me".into(), password: secret });
    ask(&request).await.unwrap();
    let asked = server.asked();
    assert!(asked[0].contains("authorization: Bearer t0ken\r\n"), "{}", asked[0]);
    assert!(asked[0].contains("content-type: application/json\r\n"), "{}", asked[0]);
    assert!(asked[1].contains("authorization: Basic bWU6dDBrZW4=\r\n"), "{}", asked[1]);
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let body = "x".repeat(3 * BODY_LIMIT);
    let server = Server::start([Reply::Answer(answer("200 OK", "", &body))]).await;
    let response = ask(&Request::get(&server.url)).await.unwrap();
    assert_eq!(response.body.len(), BODY_LIMIT);
}

#[tokio::test]
async fn errors_are_told_in_words_without_secrets_of_the_url() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let why = ask(&Request::get(format!("http://u:hunter2@{gone}/?t=hunter2"))).await.unwrap_err();
    assert_eq!(why, Unanswered::NotSent(format!("{gone}: the connection was refused")));
    let why = ask(&Request::get("http://no-such-name.invalid/")).await.unwrap_err();
    assert!(matches!(why, Unanswered::NotSent(_)), "{why}");
    assert!(why.to_string().contains("no-such-name.invalid:80: the name is not known"), "{why}");
    let why = ask(&Request::get("not a url")).await.unwrap_err();
    assert!(why.to_string().contains("makes no sense"), "{why}");
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = plain.local_addr().unwrap();
    let request = Request::get(format!("https://{address}/"));
    let (asked, ()) = tokio::join!(ask(&request), async move {
        let (mut socket, _) = plain.accept().await.unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let why = asked.unwrap_err();
    assert!(matches!(why, Unanswered::NotSent(_)), "{why}");
    assert!(why.to_string().starts_with(&format!("{address}: TLS: ")), "{why}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let deadline = Duration::from_secs(1);
    let limits = Limits { deadline, cancel: CancellationToken::new() };
    let why = Http::new().request(&Request::get(url), limits).await.unwrap_err();
    assert_eq!(why, Unanswered::Lost("no answer within 1 s".to_owned()));
}

#[tokio::test]
async fn request_that_was_read_and_not_answered_is_lost() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let request = Request::get(format!("http://{}/", listener.local_addr().unwrap()));
    let (asked, ()) = tokio::join!(ask(&request), async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 1024]).await.unwrap();
    });
    let why = asked.unwrap_err();
    assert!(matches!(why, Unanswered::Lost(_)), "{why:?}");
}

#[tokio::test]
async fn answer_that_breaks_off_is_lost() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let request = Request::get(format!("http://{}/", listener.local_addr().unwrap()));
    let (asked, ()) = tokio::join!(ask(&request), async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 1024]).await.unwrap();
        let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
        socket.write_all(half).await.unwrap();
    });
    let why = asked.unwrap_err();
    assert!(matches!(why, Unanswered::Lost(_)), "{why:?}");
    assert!(why.to_string().contains("the body broke off"), "{why}");
}
