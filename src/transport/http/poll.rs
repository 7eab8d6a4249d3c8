//! A request that is repeated until its answer is as expected, or a deadline is over.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::attempts::{Report, Sent, retry_after, too_late};
use super::pause::shorter;
use crate::base::duration::in_seconds;
use crate::domain::http::{Replay, Request};
use crate::domain::outcome::Outcome;
use crate::domain::plan::WaitStart;
use crate::transport::{Limits, Unanswered, Web};

/// How often the same answer is reported again.
const AGAIN: Duration = Duration::from_secs(10);

/// What is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Poll<'a> {
    pub request: &'a Request,
    pub every: Duration,
    /// How many expected answers in a row end the wait.
    pub successes: u32,
    /// If the wait settles the step before it, and there is no answer at the deadline, its own outcome is unknown.
    pub begin: WaitStart,
}

/// Repeats the request. Each pause is up to a fifth shorter than `every`, or as long as the server demands. Reports what
/// was answered last and how long is left until the deadline, when that answer changes and every 10 s.
pub async fn poll(web: &dyn Web, poll: Poll<'_>, limits: Limits, report: Report<'_>) -> Outcome {
    let over = Instant::now() + limits.deadline;
    let mut progress = Progress { report, said: None };
    let (mut right, mut asked) = (0, 0);
    loop {
        let left = over.saturating_duration_since(Instant::now());
        let deadline = poll.request.delivery.limit(left);
        let one = Limits { deadline, cancel: limits.cancel.clone() };
        let answer = web.request(poll.request, one).await;
        if limits.cancel.is_cancelled() {
            return Outcome::failed("it was aborted by the operator");
        }
        asked += 1;
        let demanded = retry_after(&answer);
        let lost = matches!(answer, Err(Unanswered::Lost(_)));
        let is_unknown = answer.is_err() && poll.begin == WaitStart::AfterUnknown;
        let outcome = Sent { answer, doubt: None }.outcome(poll.request);
        if lost && !outcome.is_done() && poll.request.replay() == Replay::Unsafe {
            return outcome;
        }
        let now = match outcome.why() {
            None => {
                right += 1;
                if right >= poll.successes {
                    return Outcome::Done;
                }
                format!("as expected, {right} of {} in a row", poll.successes)
            }
            Some(why) => {
                right = 0;
                why.to_owned()
            }
        };
        let pause = shorter(poll.every).max(demanded.unwrap_or_default());
        let left = over.saturating_duration_since(Instant::now());
        if pause >= left {
            let why = match demanded.filter(|demanded| *demanded >= left) {
                Some(demanded) => format!("{now}; {}", too_late(demanded, left)),
                None => format!("{now} (asked {asked} times in {})", in_seconds(limits.deadline)),
            };
            return if is_unknown { Outcome::unknown(why) } else { Outcome::failed(why) };
        }
        progress.say(&now, pause, left);
        tokio::select! {
            () = limits.cancel.cancelled() => {
                return Outcome::failed("it was aborted by the operator");
            }
            () = sleep(pause) => {}
        }
    }
}

struct Progress<'a> {
    report: Report<'a>,
    said: Option<(String, Instant)>,
}

impl Progress<'_> {
    fn say(&mut self, now: &str, pause: Duration, left: Duration) {
        let is_known = |(said, at): &(String, Instant)| said == now && at.elapsed() < AGAIN;
        if self.said.as_ref().is_some_and(is_known) {
            return;
        }
        let (pause, left) = (in_seconds(pause), in_seconds(left));
        (self.report)(format!("{now}; asked again in {pause}, deadline in {left}"));
        self.said = Some((now.to_owned(), Instant::now()));
    }
}
