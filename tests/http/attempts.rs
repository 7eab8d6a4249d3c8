//! Requests that are sent again, and those that must not be.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use flipside::domain::http::{Delivery, JsonCondition, Method, Replay, Request};
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
    let asked = "the server wants to be asked again in 120 s, and the deadline is in ";
    assert!(said.len() == 1 && said[0].starts_with(asked), "{said:?}");
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

/// Returns a PUT whose condition is the `ETag` of a GET of the same resource, which must name v1.
fn conditional(server: &Server) -> Request {
    let mut read = request(server, Method::Get, None);
    let is = vec!["v1".to_owned()];
    read.expect.json = vec![JsonCondition { pointer: "/live".to_owned(), is }];
    Request { if_match: Some(Box::new(read)), ..request(server, Method::Put, None) }
}

fn tagged(etag: &str, live: &str) -> Reply {
    let body = format!(r#"{{"live":"{live}"}}"#);
    Reply::Answer(answer("200 OK", &format!("etag: \"{etag}\"\r\n"), &body))
}

#[tokio::test]
async fn request_with_a_condition_is_sent_with_the_etag_that_was_just_read() {
    let refused = || status("412 Precondition Failed");
    for (replies, wanted, changes) in [
        (vec![tagged("1", "v1"), status("200 OK")], "done", 1),
        (vec![tagged("1", "v1"), lost(), status("200 OK")], "done", 2),
        (vec![tagged("1", "v1"), refused(), tagged("2", "v3")], "failed", 1),
        // The first attempt may be the change that the second one meets.
        (vec![tagged("1", "v1"), lost(), refused(), tagged("2", "v2")], "unknown", 2),
        (vec![tagged("1", "v3")], "failed", 0),
        (vec![Reply::Answer(answer("200 OK", "", r#"{"live":"v1"}"#))], "failed", 0),
        (vec![status("404 Not Found")], "failed", 0),
    ] {
        let case = format!("{replies:?}");
        let server = Server::start(replies).await;
        let (outcome, _) = send(&conditional(&server), within(Duration::from_secs(20))).await;
        assert_eq!(outcome.word(), wanted, "{case}: {outcome}");
        let asked = server.asked();
        let puts: Vec<&String> = asked.iter().filter(|head| head.starts_with("PUT")).collect();
        assert_eq!(puts.len(), changes, "{case}: {asked:?}");
        assert!(puts.iter().all(|head| head.contains("if-match: \"1\"\r\n")), "{case}: {puts:?}");
    }
}

#[tokio::test]
async fn operator_who_lost_is_told_what_is_there_now() {
    let replies = [tagged("1", "v1"), status("412 Precondition Failed"), tagged("2", "v3")];
    let server = Server::start(replies).await;
    let (outcome, said) = send(&conditional(&server), within(Duration::from_secs(20))).await;
    assert!(outcome.to_string().contains("somebody else changed it in the meantime"), "{outcome}");
    let now = format!("GET {} now: the body says /live: v3, wanted v1", server.url);
    assert_eq!(said, [now]);
    let server = Server::start([tagged("1", "v3")]).await;
    let (outcome, _) = send(&conditional(&server), within(Duration::from_secs(20))).await;
    let why = format!(
        "failed: it was not sent: GET {}: the body says /live: v3, wanted v1; somebody else changed it since this \
         was planned",
        server.url
    );
    assert_eq!(outcome.to_string(), why);
}
