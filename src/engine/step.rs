//! Carries out one step on one target, from the journal's "started" to one of three outcomes.

use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::context::EngineContext;
use super::output::StepOutput;
use crate::domain::command::Command;
use crate::domain::http::{Request, Response};
use crate::domain::outcome::Outcome;
use crate::domain::plan::{Action, Effect, Probe, Step, Wait};
use crate::domain::target::Target;
use crate::transport::http::attempts;
use crate::transport::http::poll::{Poll, poll};
use crate::transport::{Ending, Limits, Unanswered, Web};

/// The interval of messages about a step that is past its deadline.
const OVERDUE: Duration = Duration::from_secs(30);

/// How a step ended, and the exit code where there was one.
pub struct StepEnd {
    pub outcome: Outcome,
    pub exit: Option<i32>,
}

/// Everything one step needs to be carried out.
pub struct StepExecution<'a> {
    pub context: &'a EngineContext,
    pub target: &'a Target,
    pub step: &'a Step,
    pub output: &'a StepOutput,
    pub abort: CancellationToken,
}

/// Sends requests that an abort does not cut off once they are under way: it only prevents the next one. Each still has
/// its deadline.
struct NotCutOff<'w>(&'w dyn Web);

impl Web for NotCutOff<'_> {
    fn request<'a>(
        &'a self,
        request: &'a Request,
        limits: Limits,
    ) -> BoxFuture<'a, Result<Response, Unanswered>> {
        if limits.cancel.is_cancelled() {
            let why = "the run was aborted by the operator before it was sent";
            return Box::pin(async { Err(Unanswered::NotSent(why.to_owned())) });
        }
        let limits = Limits { cancel: CancellationToken::new(), ..limits };
        self.0.request(request, limits)
    }
}

/// Returns the line that the journal and the pane show for an action.
pub fn summary(action: &Action) -> String {
    match action {
        Action::Run(command) | Action::Wait(Wait { probe: Probe::Run(command), .. }) => {
            command.summary()
        }
        Action::Request(request) | Action::Wait(Wait { probe: Probe::Request(request), .. }) => {
            request_line(request)
        }
        Action::Ask(question) => question.text.clone(),
    }
}

fn request_line(request: &Request) -> String {
    format!("{} {}", request.method, request.url)
}

impl<'a> StepExecution<'a> {
    /// Carries out the step. Questions are not carried out here: the round asks them.
    pub fn out(&'a self) -> BoxFuture<'a, StepEnd> {
        match &self.step.action {
            Action::Run(command) => Box::pin(self.run(command, self.step.deadline)),
            Action::Request(request) => Box::pin(self.request(request, self.step.deadline)),
            Action::Wait(wait) => Box::pin(self.wait(wait)),
            Action::Ask(_) => {
                Box::pin(async { end(Outcome::failed("a question cannot be carried out")) })
            }
        }
    }

    fn limits(&self, deadline: Duration) -> Limits {
        Limits { deadline, cancel: self.abort.clone() }
    }

    /// Returns whether no abort ends the step once it has begun. A step that moves users or replaces what runs has a script
    /// with its own limits; ended in the middle of a restore, it would leave a host half-way. A request of such a step is
    /// waited for until its deadline: cut off, nobody would know what became of it.
    fn ends_by_itself(&self) -> bool {
        matches!(self.step.effect, Effect::Switches | Effect::Replaces)
    }

    async fn run(&self, command: &Command, deadline: Duration) -> StepEnd {
        let Some(host) = self.target.host() else {
            return end(Outcome::failed("a command needs a host"));
        };
        let ending = if self.ends_by_itself() {
            let command = command.clone().ending_by_itself();
            let shell = &self.context.shell;
            let running = shell.run(host, &command, self.output, self.limits(deadline));
            self.wait_past_deadline(running, deadline).await
        } else {
            self.context.shell.run(host, command, self.output, self.limits(deadline)).await
        };
        let last = self.output.finish();
        let exit = match ending {
            Ending::Exited(code) => Some(code),
            _ => None,
        };
        StepEnd { outcome: self.outcome(ending, deadline, last), exit }
    }

    /// Waits for the step's end. Past the deadline it reports what it waits for, and continues to wait.
    async fn wait_past_deadline(
        &self,
        mut running: BoxFuture<'_, Ending>,
        deadline: Duration,
    ) -> Ending {
        let begun = Instant::now();
        let mut next = begun + deadline;
        loop {
            tokio::select! {
                biased;
                ending = &mut running => return ending,
                () = sleep_until(next) => self.output.own(format!(
                    "{} has not ended after {} s. Flipside does not end it, since that would leave {} \
                    half-way. Waiting until it ends by itself or the connection is lost.",
                    self.step.name,
                    begun.elapsed().as_secs(),
                    self.target
                )),
            }
            next += OVERDUE;
        }
    }

    fn outcome(&self, ending: Ending, deadline: Duration, last: Option<String>) -> Outcome {
        let read_only = self.step.effect == Effect::ReadOnly;
        let unknown_if_changing = |why: String| {
            if read_only { Outcome::Failed { why } } else { Outcome::Unknown { why } }
        };
        match ending {
            Ending::Exited(0) => Outcome::Done,
            Ending::Exited(code) => {
                let reason = self
                    .output
                    .reason()
                    .or(last)
                    .unwrap_or_else(|| "it printed nothing".to_owned());
                Outcome::failed(format!("exit {code}: {reason}"))
            }
            Ending::NotStarted(why) => Outcome::failed(format!("it was not started: {why}")),
            Ending::Lost(why) => {
                unknown_if_changing(format!("the connection was lost while it ran: {why}"))
            }
            Ending::Signalled(signal) => unknown_if_changing(format!("it was killed by {signal}")),
            Ending::TimedOut { stopped } => {
                let then = if stopped { "it was stopped" } else { "it may still run" };
                unknown_if_changing(format!(
                    "it did not end within {} s; {then}",
                    deadline.as_secs()
                ))
            }
            Ending::Stalled { after, stopped } => {
                let then = if stopped { "it was stopped" } else { "it may still run" };
                unknown_if_changing(format!(
                    "it took no byte of the file for {} s; {then}",
                    after.as_secs()
                ))
            }
            // Such a step can only be cancelled before it started.
            Ending::Cancelled { .. } if self.ends_by_itself() => {
                Outcome::failed("it was not started: the run was aborted by the operator")
            }
            Ending::Cancelled { stopped } => {
                let then = if stopped { "and was stopped" } else { "and may still run" };
                unknown_if_changing(format!("it was aborted by the operator {then}"))
            }
        }
    }

    async fn request(&self, request: &Request, deadline: Duration) -> StepEnd {
        let report = |text: String| self.output.own(text);
        let web = self.context.web.as_ref();
        let limits = self.limits(deadline);
        let sent = if self.ends_by_itself() {
            attempts::send(&NotCutOff(web), request, limits, &report).await
        } else {
            attempts::send(web, request, limits, &report).await
        };
        if let Ok(response) = &sent.answer {
            self.output.own(format!("answered {}", response.status));
        }
        end(sent.outcome(request))
    }

    async fn poll(&self, wait: &Wait, request: &Request) -> StepEnd {
        let report = |text: String| self.output.own(text);
        let Wait { every, successes, begin, .. } = *wait;
        let limits = self.limits(self.step.deadline);
        let web = self.context.web.as_ref();
        end(poll(web, Poll { request, every, successes, begin }, limits, &report).await)
    }

    /// Asks until the answer was right often enough, or the deadline is over.
    async fn wait(&self, wait: &Wait) -> StepEnd {
        let command = match &wait.probe {
            Probe::Run(command) => command,
            Probe::Request(request) => return self.poll(wait, request).await,
        };
        let over = Instant::now() + self.step.deadline;
        let mut right = 0;
        loop {
            let left = over.saturating_duration_since(Instant::now());
            let ended = self.run(command, left).await;
            let why = match ended.outcome {
                Outcome::Done => {
                    right += 1;
                    if right >= wait.successes {
                        return ended;
                    }
                    self.output.own(format!("right, {right} of {}", wait.successes));
                    String::new()
                }
                Outcome::Failed { why } | Outcome::Unknown { why } => {
                    right = 0;
                    why
                }
            };
            let next = Instant::now() + wait.every;
            if next >= over {
                return end(Outcome::failed(if why.is_empty() {
                    "not right often enough in time".to_owned()
                } else {
                    why
                }));
            }
            tokio::select! {
                () = self.abort.cancelled() => {
                    return end(Outcome::failed("it was aborted by the operator"));
                }
                () = sleep(wait.every) => {}
            }
        }
    }
}

fn end(outcome: Outcome) -> StepEnd {
    StepEnd { outcome, exit: None }
}
