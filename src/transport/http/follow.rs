//! A log over HTTP: the lines of an answer that does not end.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::cause::in_words;
use super::client::{Http, head};
use super::pause::backoff;
use crate::base::duration::in_seconds;
use crate::domain::event::Stream;
use crate::domain::http::Request;
use crate::transport::{Ending, Limits, Sink};

/// How one connection of a log ended.
enum End {
    /// The server ended the answer in order.
    Complete,
    /// Another attempt would end the same way.
    Refused(String),
    /// `pause`: what the server demands before the next attempt.
    Broken { why: String, pause: Duration },
}

/// Sends the lines to the sink until the answer ends or the limits do. A connection that breaks is made again, after a
/// pause that grows; the sink gets a line about it, since lines may then be missing or repeated.
pub(super) async fn follow(
    http: &Http,
    request: &Request,
    sink: &dyn Sink,
    limits: Limits,
) -> Ending {
    let over = Instant::now() + limits.deadline;
    let mut log = Log { sink, in_line: false, heard: false };
    let work = async {
        let mut broken = 0;
        loop {
            log.heard = false;
            let end = log.connection(http, request, broken > 0).await;
            log.end_line();
            match end {
                End::Complete => return Ending::Exited(0),
                End::Refused(why) => return Ending::NotStarted(why),
                End::Broken { why, pause } => {
                    broken = if log.heard { 0 } else { broken };
                    let pause = backoff(broken + 1).max(pause);
                    log.own(&format!("{why}; connecting again in {}", in_seconds(pause)));
                    sleep(pause).await;
                    broken += 1;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = limits.cancel.cancelled() => Ending::Cancelled { stopped: true },
        ending = work => ending,
        () = sleep_until(over) => Ending::TimedOut { stopped: true },
    }
}

struct Log<'a> {
    sink: &'a dyn Sink,
    /// The last line has no end yet.
    in_line: bool,
    /// Something arrived over this connection.
    heard: bool,
}

impl Log<'_> {
    async fn connection(&mut self, http: &Http, request: &Request, again: bool) -> End {
        let sending = match http.prepare(request).await {
            Ok(sending) => sending,
            Err(why) => return End::Refused(why),
        };
        let broken = |why| End::Broken { why, pause: Duration::ZERO };
        let mut response = match sending.send().await {
            Ok(response) => response,
            Err(error) => return broken(in_words(&error)),
        };
        if let Some(end) = refusal(request, &response) {
            return end;
        }
        if again {
            self.own("connected again; lines may be missing or repeated");
        }
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => self.lines(&chunk),
                Ok(None) => return End::Complete,
                Err(error) => return broken(format!("the log broke off: {}", in_words(&error))),
            }
        }
    }

    fn lines(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last() {
            self.heard = true;
            self.in_line = *last != b'\n';
            self.sink.take(Stream::Stdout, bytes);
        }
    }

    /// Ends a line that was cut off, so that the next one does not continue it.
    fn end_line(&mut self) {
        if std::mem::take(&mut self.in_line) {
            self.sink.take(Stream::Stdout, b"\n");
        }
    }

    fn own(&mut self, text: &str) {
        self.sink.take(Stream::Own, format!("{text}\n").as_bytes());
    }
}

/// Returns how a connection ended whose answer is not the expected one. The body is not a log then, and not read.
fn refusal(request: &Request, response: &reqwest::Response) -> Option<End> {
    let head = head(response);
    let why = request.expect.check(&head).err()?;
    if !matches!(head.status, 408 | 425 | 429 | 500..) {
        return Some(End::Refused(why));
    }
    Some(End::Broken { why, pause: head.retry_after(chrono::Utc::now()).unwrap_or_default() })
}
