//! A scripted stand-in for [`Shell`] and [`Web`], for tests of what is built on them. It opens no
//! socket and has no time of its own: it sleeps on tokio's clock, so a paused clock passes at once.
//!
//! ```
//! use flipside::transport::fake::{FakeShell, Reply};
//! let shell = FakeShell::new()
//!     .on("web1", "probe", Reply::exits(0).out("live=blue\n"))
//!     .on("web1", "probe", Reply::lost("reset by peer"))
//!     .on("*", "switch", Reply::exits(0));
//! assert!(shell.ran().is_empty());
//! ```

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::{BoxFuture, Ending, Limits, Shell, Sink, Unanswered, Web};
use crate::domain::command::Command;
use crate::domain::event::Stream;
use crate::domain::http::{Request, Response};
use crate::domain::names::HostName;

/// What a command does, from its start to its end.
#[derive(Debug, Clone)]
pub struct Reply {
    beats: Vec<Beat>,
    end: End,
    /// Whether it dies when it is told to.
    obeys: bool,
}

#[derive(Debug, Clone)]
enum Beat {
    Wait(Duration),
    Say(Stream, String),
}

#[derive(Debug, Clone)]
enum End {
    With(Ending),
    Never,
}

impl Reply {
    pub fn exits(status: i32) -> Self {
        Self::ends(Ending::Exited(status))
    }

    /// Its connection breaks before the status comes.
    pub fn lost(why: &str) -> Self {
        Self::ends(Ending::Lost(why.to_owned()))
    }

    /// The host cannot be reached, or refuses.
    pub fn not_started(why: &str) -> Self {
        Self::ends(Ending::NotStarted(why.to_owned()))
    }

    /// It runs until it is cancelled, its deadline passes or its connection is cut.
    pub fn hangs() -> Self {
        Self { beats: Vec::new(), end: End::Never, obeys: true }
    }

    pub fn ends(ending: Ending) -> Self {
        Self { beats: Vec::new(), end: End::With(ending), obeys: true }
    }

    /// Prints this, after what was said before.
    #[must_use]
    pub fn out(mut self, text: impl Into<String>) -> Self {
        self.beats.push(Beat::Say(Stream::Stdout, text.into()));
        self
    }

    #[must_use]
    pub fn err(mut self, text: impl Into<String>) -> Self {
        self.beats.push(Beat::Say(Stream::Stderr, text.into()));
        self
    }

    /// Takes its time before what comes next.
    #[must_use]
    pub fn wait(mut self, time: Duration) -> Self {
        self.beats.push(Beat::Wait(time));
        self
    }

    /// When it is told to end, it is not seen to.
    #[must_use]
    pub fn stubborn(mut self) -> Self {
        self.obeys = false;
        self
    }
}

/// What was run, and when by tokio's clock.
#[derive(Debug, Clone)]
pub struct Ran {
    pub host: HostName,
    pub command: Command,
    pub at: Instant,
}

type Otherwise = Box<dyn Fn(&HostName, &Command) -> Option<Reply> + Send + Sync>;

/// Answers commands by host and command name. See the module.
#[derive(Default)]
pub struct FakeShell {
    rules: Mutex<HashMap<(String, String), VecDeque<Reply>>>,
    otherwise: Option<Otherwise>,
    ran: Mutex<Vec<Ran>>,
    /// Why a host's connection is cut, if it is.
    cut: Mutex<HashMap<String, watch::Sender<Option<String>>>>,
    closed: Mutex<bool>,
}

impl FakeShell {
    pub fn new() -> Self {
        Self::default()
    }

    /// The next reply of a command (by its name) on a host; `*` is any host that has no rule of its
    /// own for it. Replies are given in the order they were added, and the last again and again.
    #[must_use]
    pub fn on(self, host: &str, command: &str, reply: Reply) -> Self {
        self.then(host, command, reply);
        self
    }

    /// As [`FakeShell::on`], while it is in use.
    pub fn then(&self, host: &str, command: &str, reply: Reply) {
        let key = (host.to_owned(), command.to_owned());
        lock(&self.rules).entry(key).or_default().push_back(reply);
    }

    /// Asked for commands that no rule knows: a whole simulated host fits in here.
    #[must_use]
    pub fn otherwise(
        mut self,
        answer: impl Fn(&HostName, &Command) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        self.otherwise = Some(Box::new(answer));
        self
    }

    /// Breaks a host's connection: what runs there is lost, and nothing starts until it is healed.
    pub fn cut(&self, host: &str, why: &str) {
        self.line(host).send_replace(Some(why.to_owned()));
    }

    pub fn heal(&self, host: &str) {
        self.line(host).send_replace(None);
    }

    pub fn ran(&self) -> Vec<Ran> {
        lock(&self.ran).clone()
    }

    /// The names of the commands that were run on a host, in order.
    pub fn names(&self, host: &str) -> Vec<String> {
        let ran = lock(&self.ran);
        ran.iter().filter(|r| r.host.as_str() == host).map(|r| r.command.name.clone()).collect()
    }

    pub fn is_closed(&self) -> bool {
        *lock(&self.closed)
    }

    fn line(&self, host: &str) -> watch::Sender<Option<String>> {
        lock(&self.cut).entry(host.to_owned()).or_default().clone()
    }

    fn reply(&self, host: &HostName, command: &Command) -> Reply {
        let mut rules = lock(&self.rules);
        for place in [host.as_str(), "*"] {
            if let Some(replies) = rules.get_mut(&(place.to_owned(), command.name.clone())) {
                let next =
                    if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() };
                if let Some(reply) = next {
                    return reply;
                }
            }
        }
        drop(rules);
        let answer = self.otherwise.as_ref().and_then(|answer| answer(host, command));
        answer.unwrap_or_else(|| {
            Reply::not_started(&format!("the fake has no reply to {} on {host}", command.name))
        })
    }

    async fn play(
        &self,
        host: &HostName,
        command: &Command,
        sink: &dyn Sink,
        limits: Limits,
    ) -> Ending {
        let mut line = self.line(host.as_str()).subscribe();
        if let Some(why) = line.borrow_and_update().clone() {
            return Ending::NotStarted(why);
        }
        if limits.cancel.is_cancelled() {
            return Ending::Cancelled { stopped: true };
        }
        let ran = Ran { host: host.clone(), command: command.clone(), at: Instant::now() };
        lock(&self.ran).push(ran);
        let Reply { beats, end, obeys } = self.reply(host, command);
        let deadline = Instant::now() + limits.deadline;
        let acted = async {
            for beat in beats {
                match beat {
                    Beat::Wait(time) => sleep(time).await,
                    Beat::Say(stream, text) => sink.take(stream, text.as_bytes()),
                }
            }
            match end {
                End::With(ending) => ending,
                End::Never => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            ending = acted => ending,
            Ok(why) = line.wait_for(Option::is_some) => {
                Ending::Lost(why.clone().unwrap_or_default())
            }
            () = limits.cancel.cancelled() => Ending::Cancelled { stopped: obeys },
            () = sleep_until(deadline) => Ending::TimedOut { stopped: obeys },
        }
    }
}

impl Shell for FakeShell {
    fn run<'a>(
        &'a self,
        host: &'a HostName,
        command: &'a Command,
        sink: &'a dyn Sink,
        limits: Limits,
    ) -> BoxFuture<'a, Ending> {
        Box::pin(self.play(host, command, sink, limits))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async { *lock(&self.closed) = true })
    }
}

impl std::fmt::Debug for FakeShell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeShell").field("ran", &self.ran).finish_non_exhaustive()
    }
}

type Answer = (Duration, Result<Response, Unanswered>);

/// Answers requests by URL. See the module.
#[derive(Debug, Default)]
pub struct FakeWeb {
    rules: Mutex<HashMap<String, VecDeque<Answer>>>,
    asked: Mutex<Vec<Request>>,
}

impl FakeWeb {
    pub fn new() -> Self {
        Self::default()
    }

    /// The next answer to requests for this URL. The last is given again and again.
    #[must_use]
    pub fn on(self, url: &str, answer: Result<Response, Unanswered>) -> Self {
        self.after(Duration::ZERO, url, answer)
    }

    /// As [`FakeWeb::on`], and it takes its time.
    #[must_use]
    pub fn after(self, time: Duration, url: &str, answer: Result<Response, Unanswered>) -> Self {
        lock(&self.rules).entry(url.to_owned()).or_default().push_back((time, answer));
        self
    }

    pub fn asked(&self) -> Vec<Request> {
        lock(&self.asked).clone()
    }

    async fn play(&self, request: &Request, limits: Limits) -> Result<Response, Unanswered> {
        lock(&self.asked).push(request.clone());
        let next = lock(&self.rules).get_mut(&request.url.to_string()).and_then(|answers| {
            if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
        });
        let Some((time, answer)) = next else {
            return Err(Unanswered::NotSent(format!("the fake has no answer for {}", request.url)));
        };
        tokio::select! {
            biased;
            () = limits.cancel.cancelled() => Err(Unanswered::Lost("cancelled".to_owned())),
            () = sleep(time) => answer,
            () = sleep(limits.deadline) => Err(Unanswered::Lost("no answer within the deadline".to_owned())),
        }
    }
}

impl Web for FakeWeb {
    fn request<'a>(
        &'a self,
        request: &'a Request,
        limits: Limits,
    ) -> BoxFuture<'a, Result<Response, Unanswered>> {
        Box::pin(self.play(request, limits))
    }
}

/// An answer with this status and body.
pub fn response(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.to_owned() }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_util::sync::CancellationToken;

    struct Nowhere;
    impl Sink for Nowhere {
        fn take(&self, _: Stream, _: &[u8]) {}
    }

    async fn run(shell: &FakeShell, host: &str, command: &str) -> Ending {
        let limits = Limits { deadline: Duration::from_secs(60), cancel: CancellationToken::new() };
        let host = HostName::new(host).unwrap();
        shell.run(&host, &Command::new([command]), &Nowhere, limits).await
    }

    #[tokio::test(start_paused = true)]
    async fn replies_come_in_order_and_the_last_stays() {
        let shell = FakeShell::new()
            .on("web1", "probe", Reply::exits(1))
            .on("web1", "probe", Reply::exits(0).wait(Duration::from_secs(50)))
            .on("*", "probe", Reply::exits(9));
        assert_eq!(run(&shell, "web1", "probe").await, Ending::Exited(1));
        assert_eq!(run(&shell, "web1", "probe").await, Ending::Exited(0));
        assert_eq!(run(&shell, "web1", "probe").await, Ending::Exited(0));
        assert_eq!(run(&shell, "web2", "probe").await, Ending::Exited(9));
        assert!(matches!(run(&shell, "web2", "switch").await, Ending::NotStarted(_)));
        assert_eq!(shell.names("web1"), ["probe"; 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_hangs_ends_by_deadline_or_by_a_cut() {
        let shell = FakeShell::new().on("*", "pull", Reply::hangs().stubborn());
        assert_eq!(run(&shell, "web1", "pull").await, Ending::TimedOut { stopped: false });
        let (ending, ()) = tokio::join!(run(&shell, "web1", "pull"), async {
            sleep(Duration::from_secs(1)).await;
            shell.cut("web1", "gone");
        });
        assert_eq!(ending, Ending::Lost("gone".to_owned()));
        assert_eq!(run(&shell, "web1", "pull").await, Ending::NotStarted("gone".to_owned()));
        shell.heal("web1");
        assert_eq!(run(&shell, "web1", "pull").await, Ending::TimedOut { stopped: false });
    }
}
