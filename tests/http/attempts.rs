//! Requests that are sent again, and those that must not be.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use flipside::domain::http::{Delivery, Method, Replay, Request};
use flipside::domain::outcome::Outcome;
use flipside::transport::Limits;
use flipside::transport::http::{Http, attempts};

use crate::server::{Reply, Server, answer, status};
use crate::within;

fn lost() -> Reply {
    Reply::Torn(String::new())
}

fn request(server: &Server, method: Method, replay: Option<Replay>) -> Request {
    let delivery = Delivery { replay, retries: 2, timeout: Some(Duration::from_secs(3)) };
    Request { method, delivery, ..Request::get(&server.url) }
}

async fn send(request: &Request, limits: Limits) -> (Outcome, Vec<String>) {
    let said = Mutex::new(Vec::new());
    let report = |text: String| said.lock().unwrap().push(text);
    let sent = attempts::send(&Http::new(), request, limits, &report).await;
    (sent.outcome(request), said.into_inner().unwrap())
}

/// What a server does, what a request allows, how it ends, and how often it arrives.
#[tokio::test]
async fn request_is_sent_again_only_where_it_can_be() {
    use Method::{Delete, Get, Post, Put};
    let (safe, conditional) = (Some(Replay::Safe), Some(Replay::Conditional));
    let (ok, conflict) = (|| status("200 OK"), || status("412 Precondition Failed"));
    let busy = || status("503 Service Unavailable");
    let torn = || Reply::Torn("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".into());
    let moved = || Reply::Answer(answer("307 Temporary Redirect", "location: /b?t=x\r\n", ""));
    let cases = [
        (vec![lost(), ok()], Get, None, "done", 2),
        (vec![lost()], Get, None, "failed", 3),
        (vec![Reply::Silence, ok()], Get, None, "done", 2),
        (vec![torn(), busy(), ok()], Get, None, "done", 3),
        (vec![status("404 Not Found"), ok()], Get, None, "failed", 1),
        (vec![lost(), ok()], Post, None, "unknown", 1),
        (vec![torn(), ok()], Put, None, "unknown", 1),
        (vec![Reply::Silence, ok()], Delete, None, "unknown", 1),
        (vec![busy(), ok()], Post, None, "failed", 1),
        (vec![moved(), ok()], Post, safe, "failed", 1),
        (vec![lost(), ok()], Post, safe, "done", 2),
        (vec![lost(), busy()], Post, safe, "unknown", 3),
        (vec![lost(), ok()], Put, conditional, "done", 2),
        (vec![conflict(), ok()], Put, conditional, "failed", 1),
        (vec![status("409 Conflict"), ok()], Put, conditional, "failed", 1),
        (vec![lost(), conflict()], Put, conditional, "unknown", 2),
    ];
    for (replies, method, replay, wanted, arrivals) in cases {
        let case = format!("{method} {replay:?} {replies:?}");
        let server = Server::start(replies).await;
        let (outcome, said) =
            send(&request(&server, method, replay), within(Duration::from_secs(20))).await;
        assert_eq!(outcome.word(), wanted, "{case}: {outcome}");
        assert_eq!(server.asked().len(), arrivals, "{case}: {outcome}");
        assert_eq!(said.len(), arrivals - 1, "{case}: {said:?}");
    }
}

#[tokio::test]
async fn reason_of_a_failure_tells_what_is_true_now() {
    let server = Server::start([status("412 Precondition Failed")]).await;
    let put = request(&server, Method::Put, Some(Replay::Conditional));
    let (outcome, _) = send(&put, within(Duration::from_secs(20))).await;
    let why = outcome.why().unwrap();
    assert!(why.starts_with("the precondition of the request does not hold"), "{why}");
    let server = Server::start([lost(), status("409 Conflict")]).await;
    let put = request(&server, Method::Put, Some(Replay::Conditional));
    let (outcome, said) = send(&put, within(Duration::from_secs(20))).await;
    let why = outcome.why().unwrap();
    assert!(why.starts_with("an earlier attempt may have arrived: "), "{why}");
    assert!(said[0].contains("; sent again in 0."), "{said:?}");
    assert!(said[0].ends_with("(1 of 2)"), "{said:?}");
}

#[tokio::test]
async fn what_reached_no_server_can_always_be_sent_again() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let delivery = Delivery { retries: 1, ..Delivery::default() };
    let post =
        Request { method: Method::Post, delivery, ..Request::get(format!("http://{gone}/")) };
    let (outcome, said) = send(&post, within(Duration::from_secs(20))).await;
    assert_eq!(outcome, Outcome::failed(format!("{gone}: the connection was refused")));
    assert_eq!(said.len(), 1, "{said:?}");
}

#[tokio::test]
async fn pause_that_a_server_demands_is_kept_within_the_deadline() {
    let busy = |after: &str| {
        let after = format!("retry-after: {after}\r\n");
        Reply::Answer(answer("503 Service Unavailable", &after, ""))
    };
    let server = Server::start([busy("1"), status("200 OK")]).await;
    let begun = Instant::now();
    let get = request(&server, Method::Get, None);
    let (outcome, said) = send(&get, within(Duration::from_secs(20))).await;
    assert_eq!(outcome, Outcome::Done);
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(said, ["answered 503, expected 200 to 299; sent again in 1 s (1 of 2)"]);
    let server = Server::start([busy("120"), status("200 OK")]).await;
    let begun = Instant::now();
    let get = request(&server, Method::Get, None);
    let (outcome, said) = send(&get, within(Duration::from_secs(20))).await;
    assert_eq!(outcome, Outcome::failed("answered 503, expected 200 to 299"));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(said, ["the server wants to be asked again in 120 s, and the deadline is in 20 s"]);
}

#[tokio::test]
async fn request_that_is_cancelled_before_it_is_sent_has_no_effect() {
    let server = Server::start([status("200 OK")]).await;
    let limits = within(Duration::from_secs(20));
    limits.cancel.cancel();
    let (outcome, _) = send(&request(&server, Method::Post, None), limits).await;
    assert_eq!(outcome, Outcome::failed("cancelled"));
    assert_eq!(server.asked().len(), 0);
}
