//! One platform, a console that works on it, and everything that the console sends.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flipside::domain::availability::Availabilities;
use flipside::domain::command::Command;
use flipside::domain::event::{Event, Stream, Verdict, What};
use flipside::domain::http::{Request, Response, Url};
use flipside::domain::lock::Lock;
use flipside::domain::names::{HostName, RunId};
use flipside::domain::observation::{Observation, Observed};
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Action, Intent, Plan, Refusal};
use flipside::domain::rollback::RollbackGoal;
use flipside::domain::spec::{Member, capabilities};
use flipside::engine::Attendance;
use flipside::platform::{self, Fence, KnownMember, LockClaim, Locking, ProbeReply};
use flipside::transport::{BoxFuture, Ending, Limits, Shell, Sink, Unanswered, Web};
use tokio_util::sync::CancellationToken;

use crate::platform::PlatformUnderTest;
use crate::testkit::run::Desk;

pub struct Trial<P> {
    pub platform: P,
    pub desk: Desk,
    pub sent: Arc<Sent>,
}

/// Between a console and the targets: which steps had an effect, and whether each is done twice.
pub struct Sent {
    inner: Arc<dyn Shell>,
    web: Arc<dyn Web>,
    /// What observes, locks and renews: no steps. Commands have names, requests URLs.
    others: BTreeSet<String>,
    /// Where each API is, with its target.
    addresses: Vec<(String, String)>,
    /// Every step that ended well, by its target and the console that sent it.
    pub steps: Arc<Mutex<Vec<(String, usize)>>>,
    console: usize,
    twice: Mutex<Option<Arc<Twice>>>,
}

/// Called between a step of a target and its repetition, and after that.
type Twice = dyn Fn(&str, &str, &Ending) + Send + Sync;

impl Sent {
    fn new(
        platform: &impl PlatformUnderTest,
        steps: Arc<Mutex<Vec<(String, usize)>>>,
        console: usize,
    ) -> Self {
        let environment = platform.environment();
        let members = || environment.apps.values().flat_map(|app| &app.members);
        let others = members().flat_map(others).collect();
        let address = |member: &Member| {
            Some((member.platform.address()?.to_owned(), member.target.name().to_owned()))
        };
        let addresses = members().filter_map(address).collect();
        let (inner, web) = (platform.shell(), platform.web());
        Self { inner, web, others, addresses, steps, console, twice: Mutex::new(None) }
    }

    pub fn repeats(&self, check: impl Fn(&str, &str, &Ending) + Send + Sync + 'static) {
        *self.twice.lock().unwrap() = Some(Arc::new(check));
    }
}

/// The names of the commands of a member that are no steps.
fn others(member: &Member) -> Vec<String> {
    let platform = platform::of(&member.platform);
    let lock = lock("contract");
    let locking = platform.locking(member, &LockClaim::Ours(&lock));
    let fence = Fence { run: &lock.run, closes: false };
    let mut commands: Vec<Command> = platform.renewal(member, &fence).into_iter().collect();
    if let Some(locking) = locking {
        commands.extend(locking.take);
        commands.push(locking.give_back);
    }
    for action in platform.probe(member, None) {
        if let Action::Run(command) = action {
            commands.push(command);
        }
    }
    let requests = platform.lock_requests(member, &LockClaim::Ours(&lock));
    let urls = requests.iter().map(|requests| url(&requests.read).to_owned());
    commands.into_iter().map(|command| command.name).chain(urls).collect()
}

fn url(request: &Request) -> &str {
    match &request.url {
        Url::Plain(url) => url,
        other @ Url::Secret(_) => panic!("{other:?}"),
    }
}

pub fn lock(run: &str) -> Lock {
    Lock {
        who: "mara".to_owned(),
        machine: "desk".to_owned(),
        why: "prepare".to_owned(),
        since: chrono::DateTime::UNIX_EPOCH,
        release: None,
        run: RunId::new(run).unwrap(),
        lease: Some(60),
        rollback: false,
    }
}

impl Shell for Sent {
    fn run<'a>(
        &'a self,
        host: &'a HostName,
        command: &'a Command,
        sink: &'a dyn Sink,
        limits: Limits,
    ) -> BoxFuture<'a, Ending> {
        Box::pin(async move {
            let ending = self.inner.run(host, command, sink, limits.clone()).await;
            if self.others.contains(&command.name) || ending != Ending::Exited(0) {
                return ending;
            }
            self.steps.lock().unwrap().push((host.to_string(), self.console));
            let check = self.twice.lock().unwrap().clone();
            if let Some(check) = check {
                check(host.as_str(), &command.name, &ending);
                let again = self.inner.run(host, command, &Silence, limits).await;
                check(host.as_str(), &command.name, &again);
            }
            ending
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

impl Web for Sent {
    fn request<'a>(
        &'a self,
        request: &'a Request,
        limits: Limits,
    ) -> BoxFuture<'a, Result<Response, Unanswered>> {
        Box::pin(async move {
            let answer = self.web.request(request, limits.clone()).await;
            let is_done = answer.as_ref().is_ok_and(|response| response.status < 300);
            let url = url(request);
            if !is_done || !request.changes_something() || self.others.contains(url) {
                return answer;
            }
            let of = self.addresses.iter().find(|(address, _)| url.starts_with(address));
            let (_, target) = of.unwrap();
            self.steps.lock().unwrap().push((target.clone(), self.console));
            let check = self.twice.lock().unwrap().clone();
            if let Some(check) = check {
                let step = format!("{} {url}", request.method);
                check(target, &step, &Ending::Exited(0));
                let again = self.web.request(request, limits).await;
                check(target, &step, &ended(&again));
            }
            answer
        })
    }
}

/// The outcome of a request as that of a command.
fn ended(answer: &Result<Response, Unanswered>) -> Ending {
    match answer {
        Ok(response) if response.status < 300 => Ending::Exited(0),
        Ok(Response { status: 409 | 412, .. }) => Ending::Exited(Locking::HELD),
        Ok(response) => Ending::Exited(i32::from(response.status)),
        Err(Unanswered::NotSent(why)) => Ending::NotStarted(why.clone()),
        Err(Unanswered::Lost(why)) => Ending::Lost(why.clone()),
    }
}

/// Nobody hears what a command prints.
pub struct Silence;

impl Sink for Silence {
    fn take(&self, _: Stream, _: &[u8]) {}
}

#[derive(Default)]
struct Heard(Mutex<Vec<u8>>);

impl Sink for Heard {
    fn take(&self, stream: Stream, bytes: &[u8]) {
        if stream == Stream::Stdout {
            self.0.lock().unwrap().extend_from_slice(bytes);
        }
    }
}

impl<P: PlatformUnderTest> Trial<P> {
    pub fn new() -> Self {
        Self::on(P::new())
    }

    pub fn on(platform: P) -> Self {
        let steps = Arc::default();
        let (desk, sent) = console(&platform, &steps, 0);
        Self { platform, desk, sent }
    }

    /// Another console on the same targets.
    pub fn another(&self, number: usize) -> Desk {
        console(&self.platform, &self.sent.steps, number).0
    }

    /// The phase with the release that it is about, where it needs one.
    pub fn intent(&self, phase: Phase, release: usize) -> Intent {
        let is_named =
            phase == Phase::Prepare || (phase == Phase::GoLive && !self.has(Phase::Prepare));
        let release = is_named.then(|| P::RELEASES[release]);
        // Every rollback of the story goes to the first release.
        let first = || RollbackGoal::To(P::RELEASES[0].parse().unwrap());
        let goal = (phase == Phase::Rollback && !P::RECORDS_ORIGIN).then(first);
        Intent { goal, ..self.desk.intent(phase, release) }
    }

    pub fn has(&self, phase: Phase) -> bool {
        capabilities(&self.members()).has(phase)
    }

    pub async fn runs(&mut self, intent: Intent) -> (Verdict, Vec<Event>) {
        self.desk.begin(intent);
        self.desk.verdict().await
    }

    /// Runs a phase that must end well.
    pub async fn does(&mut self, phase: Phase, release: usize) -> Intent {
        let intent = self.intent(phase, release);
        let (verdict, events) = self.runs(intent.clone()).await;
        assert_eq!(verdict, Verdict::Done, "{phase}");
        planned(&events).unwrap_or(intent)
    }

    /// Every release is where it should be.
    pub fn users_are_on(&self, release: usize) -> bool {
        self.platform.users().values().all(|tag| tag == P::RELEASES[release])
    }

    /// Of all targets.
    pub fn state(&self) -> String {
        self.members().iter().map(|member| self.platform.state(member.target.name())).collect()
    }

    pub fn members(&self) -> Vec<Member> {
        let environment = self.platform.environment();
        environment.apps.into_values().next().unwrap().members
    }

    /// What is true now, asked past the engine.
    pub async fn observes(&self) -> Vec<(Member, Observed)> {
        let mut observed = Vec::new();
        for member in self.members() {
            let one = match self.observe(&member).await {
                Ok(observation) => Observed::Current(Box::new(observation)),
                Err(why) => Observed::Failed { why, last: None },
            };
            observed.push((member, one));
        }
        observed
    }

    async fn observe(&self, member: &Member) -> Result<Observation, String> {
        let platform = platform::of(&member.platform);
        let shell = self.platform.shell();
        let mut replies = Vec::new();
        for action in platform.probe(member, None) {
            let (code, stdout) = match action {
                Action::Run(command) => {
                    let heard = Heard::default();
                    let host = member.target.host().unwrap();
                    let ending = shell.run(host, &command, &heard, limits()).await;
                    let Ending::Exited(code) = ending else { return Err(format!("{ending:?}")) };
                    (code, String::from_utf8(heard.0.into_inner().unwrap()).unwrap())
                }
                Action::Request(request) => {
                    let answer = self.platform.web().request(&request, limits()).await;
                    let response = answer.map_err(|none| none.to_string())?;
                    (i32::from(response.status), response.body)
                }
                other => panic!("{other:?}"),
            };
            let stderr = String::new();
            replies.push(ProbeReply { code, stdout, stderr, asked_ms: 0, answered_ms: 0 });
        }
        platform.read(member, &replies, None).map_err(|error| error.to_string())
    }

    /// Claims the lock of one target for a run.
    pub async fn claims(&self, member: &Member, run: &str) -> Ending {
        let (platform, lock) = (platform::of(&member.platform), lock(run));
        let claim = LockClaim::Ours(&lock);
        if let Some(requests) = platform.lock_requests(member, &claim) {
            let take = requests.take.unwrap();
            return ended(&self.platform.web().request(&take, limits()).await);
        }
        let take = platform.locking(member, &claim).unwrap().take.unwrap();
        let host = member.target.host().unwrap();
        self.platform.shell().run(host, &take, &Silence, limits()).await
    }

    /// A plan from what is true now.
    pub async fn plans(&self, intent: &Intent) -> Result<Plan, Refusal> {
        let observed = self.observes().await;
        let known: Vec<KnownMember<'_>> =
            observed.iter().map(|(member, observed)| KnownMember { member, observed }).collect();
        let platform = platform::of(&known[0].member.platform);
        platform.plan(intent, &known, &Availabilities::default())
    }
}

fn console(
    platform: &impl PlatformUnderTest,
    steps: &Arc<Mutex<Vec<(String, usize)>>>,
    number: usize,
) -> (Desk, Arc<Sent>) {
    let sent = Arc::new(Sent::new(platform, Arc::clone(steps), number));
    let desk = Desk::at(
        platform.environment(),
        sent.clone(),
        sent.clone(),
        platform.catalog(),
        Attendance::Unattended,
    );
    (desk, sent)
}

pub fn limits() -> Limits {
    Limits { deadline: Duration::from_secs(60), cancel: CancellationToken::new() }
}

/// What the run found out that it is about.
pub fn planned(events: &[Event]) -> Option<Intent> {
    events.iter().rev().find_map(|event| match &event.what {
        What::Planned { plan, .. } => Some(plan.intent.clone()),
        _ => None,
    })
}
