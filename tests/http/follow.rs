//! Logs over HTTP.

use std::sync::Mutex;
use std::time::Duration;

use flipside::domain::event::Stream;
use flipside::domain::http::Request;
use flipside::transport::http::Http;
use flipside::transport::{Ending, Limits, Sink, Web};

use tokio_util::sync::CancellationToken;

use crate::server::{Reply, Server, answer, status};
use crate::within;

#[derive(Default)]
struct Lines {
    text: Mutex<String>,
    /// What ends it once a line has arrived.
    stop: Option<CancellationToken>,
}

impl Sink for Lines {
    fn take(&self, stream: Stream, bytes: &[u8]) {
        let mut text = self.text.lock().unwrap();
        if stream == Stream::Own {
            text.push_str("# ");
        }
        text.push_str(std::str::from_utf8(bytes).unwrap());
        if let Some(stop) = &self.stop {
            stop.cancel();
        }
    }
}

impl Lines {
    /// The lines; a pause, which is random, as `_`.
    fn text(&self) -> String {
        let text = self.text.lock().unwrap().clone();
        let lines = text.lines().map(|line| match line.split_once("connecting again in") {
            Some((before, _)) => format!("{before}connecting again in _\n"),
            None => format!("{line}\n"),
        });
        lines.collect()
    }
}

async fn follow(server: &Server, limits: Limits) -> (Ending, String) {
    follow_into(Lines::default(), server, limits).await
}

async fn follow_into(lines: Lines, server: &Server, limits: Limits) -> (Ending, String) {
    let ending = Http::new().follow(&Request::get(&server.url), &lines, limits).await;
    (ending, lines.text())
}

const HEAD: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

#[tokio::test]
async fn lines_arrive_until_the_server_ends_the_log() {
    let end = Reply::Pieces(vec![HEAD.into(), chunk("one\ntw"), chunk("o\n"), "0\r\n\r\n".into()]);
    let server = Server::start([end]).await;
    let (ending, text) = follow(&server, within(Duration::from_secs(20))).await;
    assert_eq!((ending, text.as_str()), (Ending::Exited(0), "one\ntwo\n"));
}

#[tokio::test]
async fn log_that_breaks_off_is_connected_again_and_says_so() {
    let broken = Reply::Torn(format!("{HEAD}{}", chunk("one\ntw")));
    let end = Reply::Pieces(vec![format!("{HEAD}{}0\r\n\r\n", chunk("three\n"))]);
    let server = Server::start([broken, status("503 Service Unavailable"), end]).await;
    let (ending, text) = follow(&server, within(Duration::from_secs(20))).await;
    assert_eq!(ending, Ending::Exited(0), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["one", "tw"]);
    assert!(lines[2].starts_with("# the log broke off: "), "{text}");
    assert_eq!(
        lines[3..],
        [
            "# answered 503, expected 200 to 299; connecting again in _",
            "# connected again; lines may be missing or repeated",
            "three",
        ]
    );
}

#[tokio::test]
async fn log_that_is_refused_is_not_tried_again() {
    let server = Server::start([Reply::Answer(answer("404 Not Found", "", "no such log"))]).await;
    let (ending, text) = follow(&server, within(Duration::from_secs(20))).await;
    let why = "answered 404, expected 200 to 299".to_owned();
    assert_eq!((ending, text.as_str()), (Ending::NotStarted(why), ""));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn log_is_followed_until_it_is_stopped() {
    let open = Reply::Pieces(vec![format!("{HEAD}{}", chunk("one\n"))]);
    let server = Server::start([open]).await;
    let limits = within(Duration::from_secs(20));
    let lines = Lines { stop: Some(limits.cancel.clone()), ..Lines::default() };
    let (ending, text) = follow_into(lines, &server, limits).await;
    assert_eq!((ending, text.as_str()), (Ending::Cancelled { stopped: true }, "one\n"));
}
