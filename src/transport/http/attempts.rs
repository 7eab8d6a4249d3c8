//! One request, sent again where that is safe.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::pause::backoff;
use crate::base::duration::in_seconds;
use crate::domain::http::{Replay, Request, Response};
use crate::domain::outcome::Outcome;
use crate::transport::{Limits, Unanswered, Web};

/// Where progress is reported, in words for the operator.
pub type Report<'a> = &'a (dyn Fn(String) + Send + Sync);

/// The end of all attempts of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The answer to the last attempt.
    pub answer: Result<Response, Unanswered>,
    /// Why an earlier attempt may have had an effect, if one may.
    pub doubt: Option<String>,
}

/// Sends the request. Whatever did not reach the server is sent again up to `delivery.retries` times; what may have
/// reached it is sent again only if [`Replay`] allows it. A pause that the server demands (`Retry-After`) is kept, or
/// the attempts end if it is longer than what is left of the deadline.
///
/// If the request has a precondition ([`Request::if_match`]), what it is read from is requested first, once: all attempts
/// have the same condition, so that at most one of them has an effect.
pub async fn send(web: &dyn Web, request: &Request, limits: Limits, report: Report<'_>) -> Sent {
    let Some(read) = &request.if_match else {
        return send_again(web, request, limits, report).await;
    };
    let over = Instant::now() + limits.deadline;
    let found = send_again(web, read, limits.clone(), report).await;
    let tag = match etag(read, found.answer) {
        Ok(tag) => tag,
        Err(why) => {
            let answer = Err(Unanswered::NotSent(format!("it was not sent: {why}")));
            return Sent { answer, doubt: None };
        }
    };
    let mut conditional = request.clone();
    conditional.headers.push(("If-Match".to_owned(), tag));
    let left = over.saturating_duration_since(Instant::now());
    let limits = Limits { deadline: left, cancel: limits.cancel };
    let sent = send_again(web, &conditional, limits.clone(), report).await;
    if sent.answer.as_ref().is_ok_and(|response| unmet(response.status).is_some()) {
        // The one who was refused wants to know what is there now.
        let now = web.request(read, limits).await;
        let differs =
            now.map_err(|error| error.to_string()).and_then(|now| read.expect.check(&now));
        if let Err(why) = differs {
            report(format!("{} {} now: {why}", read.method, read.url));
        }
    }
    sent
}

/// Returns the `ETag` of an answer that is as expected. `Err`: why there is none.
fn etag(read: &Request, answer: Result<Response, Unanswered>) -> Result<String, String> {
    let of_read = |why: String| format!("{} {}: {why}", read.method, read.url);
    let response = answer.map_err(|error| of_read(error.to_string()))?;
    read.expect.check(&response).map_err(|why| {
        of_read(format!("{why}; somebody else changed it since this was planned"))
    })?;
    let tag = response.header("etag").map(str::to_owned);
    tag.ok_or_else(|| {
        of_read("it has no ETag, without which another change would go unnoticed".to_owned())
    })
}

async fn send_again(web: &dyn Web, request: &Request, limits: Limits, report: Report<'_>) -> Sent {
    let over = Instant::now() + limits.deadline;
    let mut doubt = None;
    for repetition in 0.. {
        let left = over.saturating_duration_since(Instant::now());
        let one = Limits { deadline: request.delivery.limit(left), cancel: limits.cancel.clone() };
        let answer = web.request(request, one).await;
        let Some(why) = why_again(request, &answer) else { return Sent { answer, doubt } };
        if repetition >= request.delivery.retries || limits.cancel.is_cancelled() {
            return Sent { answer, doubt };
        }
        let demanded = retry_after(&answer);
        let pause = backoff(repetition).max(demanded.unwrap_or_default());
        if Instant::now() + pause >= over {
            if let Some(demanded) = demanded {
                report(too_late(demanded, over.saturating_duration_since(Instant::now())));
            }
            return Sent { answer, doubt };
        }
        if may_have_effect(request, &answer) {
            doubt = Some(why.clone());
        }
        let retries = request.delivery.retries;
        let number = repetition + 1;
        report(format!("{why}; sent again in {} ({number} of {retries})", in_seconds(pause)));
        tokio::select! {
            () = limits.cancel.cancelled() => return Sent { answer, doubt },
            () = sleep(pause) => {}
        }
    }
    Sent { answer: Err(Unanswered::NotSent("it was not sent".to_owned())), doubt }
}

/// Returns why the request should be sent again. `None`: it was answered as expected, or it must not be repeated.
fn why_again(request: &Request, answer: &Result<Response, Unanswered>) -> Option<String> {
    let repeatable = request.replay() != Replay::Unsafe;
    match answer {
        Ok(response) => {
            let why = request.expect.check(response).err()?;
            let passes = matches!(response.status, 408 | 425 | 429 | 502 | 503 | 504);
            (repeatable && passes).then_some(why)
        }
        Err(Unanswered::NotSent(why)) => Some(why.clone()),
        Err(Unanswered::Lost(why)) => repeatable.then(|| why.clone()),
    }
}

fn may_have_effect(request: &Request, answer: &Result<Response, Unanswered>) -> bool {
    match answer {
        Ok(response) => request.may_have_effect_despite(response.status),
        Err(Unanswered::NotSent(_)) => false,
        Err(Unanswered::Lost(_)) => request.changes_something(),
    }
}

pub(super) fn retry_after(answer: &Result<Response, Unanswered>) -> Option<Duration> {
    answer.as_ref().ok()?.retry_after(chrono::Utc::now())
}

pub(super) fn too_late(demanded: Duration, left: Duration) -> String {
    let (demanded, left) = (in_seconds(demanded), in_seconds(left));
    format!("the server wants to be asked again in {demanded}, and the deadline is in {left}")
}

impl Sent {
    /// Returns how the request ended. One that changes something, and may have arrived without an answer that tells, is
    /// unknown, as a command whose connection was lost: only an observation can tell.
    pub fn outcome(&self, request: &Request) -> Outcome {
        let why = match &self.answer {
            Ok(response) => match request.expect.check(response) {
                Ok(()) => return Outcome::Done,
                Err(why) if request.replay() == Replay::Conditional => {
                    unmet(response.status).map_or(why.clone(), |unmet| format!("{unmet} ({why})"))
                }
                Err(why) => why,
            },
            Err(unanswered) => unanswered.to_string(),
        };
        if let Some(doubt) = &self.doubt {
            return Outcome::unknown(format!(
                "an earlier attempt may have arrived: {doubt}; then: {why}"
            ));
        }
        if may_have_effect(request, &self.answer) {
            Outcome::unknown(why)
        } else {
            Outcome::failed(why)
        }
    }
}

/// Returns what the status says about the precondition of a request.
fn unmet(status: u16) -> Option<&'static str> {
    matches!(status, 409 | 412).then_some(
        "the precondition of the request does not hold: somebody else changed it in the meantime",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::http::{Delivery, Method};

    #[test]
    fn request_that_may_have_arrived_is_unknown() {
        let lost = || Err(Unanswered::Lost("connection reset".to_owned()));
        let not_sent = || Err(Unanswered::NotSent("connection refused".to_owned()));
        let answered = |status| Ok(Response { status, headers: Vec::new(), body: String::new() });
        let doubt = || Some("connection reset".to_owned());
        let cases = [
            (Method::Post, answered(200), None, "done"),
            (Method::Post, lost(), None, "unknown"),
            (Method::Delete, lost(), None, "unknown"),
            (Method::Post, not_sent(), None, "failed"),
            (Method::Post, answered(409), None, "failed"),
            (Method::Post, answered(502), None, "unknown"),
            (Method::Put, answered(504), None, "unknown"),
            (Method::Get, lost(), None, "failed"),
            (Method::Get, answered(504), None, "failed"),
            (Method::Put, answered(200), doubt(), "done"),
            (Method::Put, answered(412), doubt(), "unknown"),
            (Method::Put, answered(500), doubt(), "unknown"),
            (Method::Put, not_sent(), doubt(), "unknown"),
        ];
        for (method, answer, doubt, wanted) in cases {
            let request = Request { method, ..Request::get("http://api/") };
            let case = format!("{method} {answer:?} {doubt:?}");
            assert_eq!(Sent { answer, doubt }.outcome(&request).word(), wanted, "{case}");
        }
    }

    #[test]
    fn unmet_precondition_is_said() {
        let delivery = Delivery { replay: Some(Replay::Conditional), ..Delivery::default() };
        let request = Request { method: Method::Put, delivery, ..Request::get("http://api/") };
        let answer = Ok(Response { status: 412, headers: Vec::new(), body: String::new() });
        let outcome = Sent { answer, doubt: None }.outcome(&request);
        assert_eq!(
            outcome.to_string(),
            "failed: the precondition of the request does not hold: somebody else changed it in the meantime \
             (answered 412, expected 200 to 299)"
        );
    }
}
