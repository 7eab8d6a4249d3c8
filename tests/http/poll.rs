//! Requests that are repeated until they are answered as expected.

use std::sync::Mutex;
use std::time::Duration;

use flipside::domain::http::{Delivery, Expect, JsonCondition, Method, Request};
use flipside::domain::outcome::Outcome;
use flipside::domain::plan::WaitStart;
use flipside::transport::http::Http;
use flipside::transport::http::poll::{Poll, poll};

use crate::server::{Reply, Server, answer, status};
use crate::within;

async fn wait(request: &Request, successes: u32, deadline: u64) -> (Outcome, Vec<String>) {
    let said = Mutex::new(Vec::new());
    let report = |text: String| said.lock().unwrap().push(text);
    let every = Duration::from_millis(50);
    let limits = within(Duration::from_millis(deadline));
    let outcome = poll(
        &Http::new(),
        Poll { request, every, successes, begin: WaitStart::AfterDone },
        limits,
        &report,
    )
    .await;
    (outcome, said.into_inner().unwrap())
}

fn state(state: &str) -> Reply {
    Reply::Answer(answer("200 OK", "", &format!(r#"{{"state":"{state}"}}"#)))
}

fn ready(server: &Server) -> Request {
    let condition = JsonCondition { pointer: "/state".into(), is: vec!["ready".into()] };
    let expect = Expect { json: vec![condition], ..Expect::default() };
    let timeout = Some(Duration::from_secs(3));
    let delivery = Delivery { timeout, ..Delivery::default() };
    Request { expect, delivery, ..Request::get(&server.url) }
}

#[tokio::test]
async fn wait_ends_with_the_expected_answer_whatever_came_before() {
    let torn = Reply::Torn("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{".into());
    let server = Server::start([
        state("starting"),
        state("starting"),
        status("503 Service Unavailable"),
        torn,
        Reply::Torn(String::new()),
        Reply::Silence,
        Reply::Slow(Duration::from_millis(20), answer("200 OK", "", r#"{"state":"ready"}"#)),
        state("ready"),
    ])
    .await;
    let (outcome, said) = wait(&ready(&server), 2, 20_000).await;
    assert_eq!(outcome, Outcome::Done, "{said:#?}");
    assert_eq!(server.asked().len(), 8);
    // The second "starting" is not said again.
    assert_eq!(said.len(), 6, "{said:#?}");
    let first = "the body says /state: starting, wanted ready; asked again in 0";
    assert!(said[0].starts_with(first), "{said:#?}");
    assert!(
        said[0].contains(" s, deadline in 20 s") || said[0].contains("deadline in 19."),
        "{said:#?}"
    );
    assert!(said[4].starts_with("no answer within 3 s; asked again"), "{said:#?}");
    assert!(said[5].starts_with("as expected, 1 of 2 in a row; asked again"), "{said:#?}");
}

#[tokio::test]
async fn wait_that_is_over_tells_the_last_answer() {
    let server = Server::start([state("starting")]).await;
    let (outcome, _) = wait(&ready(&server), 1, 2_000).await;
    let why = outcome.why().unwrap();
    assert!(why.starts_with("the body says /state: starting, wanted ready (asked "), "{why}");
    assert!(why.ends_with(" times in 2 s)"), "{why}");
    let asked = server.asked().len();
    assert!((2..=50).contains(&asked), "{asked} times, with 40 to 50 ms between them");
}

#[tokio::test]
async fn wait_keeps_the_pause_that_the_server_demands() {
    let busy = |after: u32| {
        let after = format!("retry-after: {after}\r\n");
        Reply::Answer(answer("429 Too Many Requests", &after, ""))
    };
    let server = Server::start([busy(1), state("ready")]).await;
    let (outcome, said) = wait(&ready(&server), 1, 20_000).await;
    assert_eq!(outcome, Outcome::Done);
    assert!(said[0].contains("answered 429, expected 200 to 299; asked again in 1 s"), "{said:?}");
    let server = Server::start([busy(60), state("ready")]).await;
    let (outcome, _) = wait(&ready(&server), 1, 20_000).await;
    let why = outcome.why().unwrap();
    assert!(why.starts_with("answered 429, expected 200 to 299; the server wants"), "{why}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn changing_request_whose_answer_was_lost_is_not_repeated() {
    let server = Server::start([Reply::Torn(String::new()), state("ready")]).await;
    let post = Request { method: Method::Post, ..ready(&server) };
    let (outcome, _) = wait(&post, 1, 20_000).await;
    assert_eq!(outcome.word(), "unknown");
    assert_eq!(server.asked().len(), 1);
}
