//! The switch, beside the same switch done by hand with one script a host over one ready connection.
//!
//!     tests/lab/lab up && FLIPSIDE_LAB_INVENTORY=FILE cargo bench --bench switch
//!
//! Both start with every connection open and take turns: v1 to v2 and back, so that the drift of the
//! machine's speed falls on both. Medians and the ratio are printed; nothing is asserted.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a benchmark that cannot run says so by panicking

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use flipside::domain::event::{Event, Verdict, What};
use flipside::domain::names::{AppName, StackName};
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Effect, Operator, RunRequest};
use flipside::domain::release::{Release, Tag};
use flipside::domain::spec::Environment;
use flipside::domain::target::Carries;
use flipside::engine::{Attendance, Engine, EngineConfig, EngineHandle};
use flipside::transport::http::Http;
use flipside::transport::sources::Sources;
use flipside::transport::ssh::Ssh;
use flipside::transport::{AuthPrompt, BoxFuture, PromptReply, Prompter};

const ROUNDS: usize = 7;

struct Nobody;

impl Prompter for Nobody {
    fn ask(&self, _: AuthPrompt) -> BoxFuture<'_, PromptReply> {
        Box::pin(async { PromptReply::Refused })
    }
}

/// What one way of switching took.
#[derive(Clone, Copy)]
struct Took {
    switched: Duration,
    verified: Duration,
    done: Duration,
    /// What the whole machine worked meanwhile, which also is all hosts of a lab.
    work: Duration,
}

/// How long the machine's processors were at work since it started.
fn machine_worked() -> Duration {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let all: Vec<u64> =
        text.lines().next().unwrap_or_default().split(' ').filter_map(|n| n.parse().ok()).collect();
    // All but idle and waiting for disks, in hundredths of a second.
    let idle: u64 = all.iter().skip(3).take(2).sum();
    Duration::from_millis(10 * (all.iter().take(8).sum::<u64>().saturating_sub(idle)))
}

fn main() {
    let path = std::env::var_os("FLIPSIDE_LAB_INVENTORY")
        .expect("FLIPSIDE_LAB_INVENTORY names the lab's inventory");
    let loaded = flipside::inventory::load(&PathBuf::from(path), flipside::platform::DECODERS)
        .expect("the lab's inventory is right");
    let environment = loaded.inventory.environments.into_values().next().unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure(environment));
}

async fn measure(environment: Environment) {
    let mut flipside = Flipside::start(environment.clone()).await;
    flipside.run(Phase::Prepare, Some("v2")).await;
    let by_hand = ByHand::connect(&environment);
    let (mut ours, mut theirs) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for _ in 0..ROUNDS {
        ours[0].push(flipside.run(Phase::GoLive, Some("v2")).await);
        ours[1].push(flipside.run(Phase::Rollback, Some("v2")).await);
        theirs[0].push(by_hand.switch("green", 8002, "v2"));
        theirs[1].push(by_hand.switch("blue", 8001, "v1"));
    }
    flipside.handle.orders.send(Order::Quit).unwrap();
    let _ = flipside.engine.task.await;
    println!(
        "{ROUNDS} rounds, {} hosts, medians in ms (flipside / by hand = ratio)",
        by_hand.hosts.len()
    );
    for (name, side) in [("go live", 0), ("roll back", 1)] {
        for (what, of) in [
            ("all users switched", (|t: &Took| t.switched) as fn(&Took) -> Duration),
            ("verified", |t| t.verified),
            ("all done", |t| t.done),
            ("work of the machine", |t| t.work),
        ] {
            let (a, b) = (median(&ours[side], of), median(&theirs[side], of));
            println!("{name:<10} {what:<20} {:>7.0} / {:>7.0} = {:.2}", a * 1e3, b * 1e3, a / b);
        }
    }
}

fn median(all: &[Took], of: fn(&Took) -> Duration) -> f64 {
    let mut all: Vec<f64> = all.iter().map(|took| of(took).as_secs_f64()).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

struct Flipside {
    engine: Engine,
    handle: EngineHandle,
    environment: Environment,
    app: AppName,
    stack: StackName,
}

impl Flipside {
    /// Connected to every host, and having looked at each.
    async fn start(environment: Environment) -> Self {
        let app = environment.apps.keys().next().unwrap().clone();
        let stack = StackName::main();
        let hosts = environment.hosts.values().cloned().collect();
        let journals = std::env::temp_dir().join(format!("flipside-bench-{}", std::process::id()));
        let (engine, mut handle) = Engine::start(EngineConfig {
            environment: environment.clone(),
            shell: Arc::new(Ssh::new(hosts, Arc::new(Nobody))),
            web: Arc::new(Http::new()),
            catalog: Arc::new(Sources::new()),
            clock: Arc::new(chrono::Utc::now),
            journals,
            inventory: String::new(),
            attendance: Attendance::Unattended,
        });
        handle.orders.send(Order::Focus { app: app.clone(), stack: stack.clone() }).unwrap();
        let mut seen = 0;
        while seen < environment.hosts.len() {
            let event = handle.readers.events.recv().await.unwrap();
            seen += usize::from(matches!(event.what, What::Observed { .. }));
        }
        Self { engine, handle, environment, app, stack }
    }

    /// From the order until the last host says that users are switched, until that is recorded on all,
    /// and until everything is done.
    async fn run(&mut self, phase: Phase, release: Option<&str>) -> Took {
        let by = Operator { user: "bench".to_owned(), machine: "here".to_owned() };
        let release = release.map(|tag| Release::of_tag(Tag::new(tag).unwrap()));
        let at = chrono::Utc::now();
        let request = RunRequest { release, ..RunRequest::new(phase) };
        let intent = self.environment.intent(&self.app, &self.stack, &by, at, request).unwrap();
        // As the console does: the plan is made from a fresh look, is shown, and is then confirmed. What
        // is measured is the time since the confirmation.
        self.handle.orders.send(Order::Propose { intent: intent.clone() }).unwrap();
        let proposal = self.handle.proposals.recv().await.unwrap();
        let basis = Some(proposal.plan.unwrap().basis);
        while self.handle.readers.lines.try_recv().is_ok() {}
        let (began, worked) = (Instant::now(), machine_worked());
        self.handle.orders.send(Order::Start { intent, basis }).unwrap();
        let (mut switched, mut verified) = (Duration::ZERO, Duration::ZERO);
        loop {
            let event = tokio::select! {
                line = self.handle.readers.lines.recv() => {
                    // The host's own word, as it comes in.
                    if line.unwrap().text.ends_with("right answers in a row") {
                        switched = began.elapsed();
                    }
                    continue;
                }
                event = self.handle.readers.events.recv() => event.unwrap(),
            };
            let Event { what, .. } = event;
            match what {
                What::StepEnded { step, .. } if step.effect == Effect::Switches => {
                    verified = began.elapsed();
                }
                What::RunEnded { verdict } => {
                    assert_eq!(verdict, Verdict::Done);
                    let work = machine_worked().saturating_sub(worked);
                    return Took { switched, verified, done: began.elapsed(), work };
                }
                _ => {}
            }
        }
    }
}

/// `ssh` with one ready connection a host.
struct ByHand {
    hosts: Vec<Reached>,
}

struct Reached {
    words: Vec<String>,
    /// Otherwise only jobs run there.
    has_users: bool,
}

impl ByHand {
    fn connect(environment: &Environment) -> Self {
        let app = environment.apps.values().next().unwrap();
        let mut hosts = Vec::new();
        for member in &app.members {
            let has_users = member.carries == Carries::App;
            let host = &environment.hosts[member.target.host().unwrap()];
            let socket =
                std::env::temp_dir().join(format!("fs-bench-{}-{}", std::process::id(), host.name));
            let mut words: Vec<String> = vec![
                "-S".into(),
                socket.display().to_string(),
                "-o".into(),
                "BatchMode=yes".into(),
            ];
            for identity in &host.ssh.identities {
                words.extend(["-i".into(), identity.display().to_string()]);
            }
            for known in host.ssh.known_hosts.iter().flatten() {
                words.extend(["-o".into(), format!("UserKnownHostsFile={}", known.display())]);
            }
            words.extend([
                "-l".into(),
                host.ssh.user.clone().unwrap_or_default(),
                host.ssh.address.clone(),
            ]);
            let master =
                Command::new("ssh").args(["-M", "-f", "-N"]).args(&words).status().unwrap();
            assert!(master.success());
            hosts.push(Reached { words, has_users });
        }
        Self { hosts }
    }

    fn ssh(words: &[String]) -> Command {
        let mut command = Command::new("ssh");
        command.args(words);
        command
    }

    fn switch(&self, color: &str, port: u16, tag: &str) -> Took {
        let script = include_str!("by-hand/switch.sh");
        let files: Vec<String> =
            self.hosts.iter().map(|host| newest_file(&host.words, tag)).collect();
        let (began, worked) = (Instant::now(), machine_worked());
        let running: Vec<_> = self
            .hosts
            .iter()
            .zip(files)
            .map(|(host, file)| {
                // Where nobody is to be switched the jobs are brought along at once.
                let color = if host.has_users { color } else { "none" };
                let mut child = Self::ssh(&host.words)
                    .arg(format!("sh -s {color} {port} {file}"))
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap();
                child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
                std::thread::spawn(move || {
                    let mut times = Vec::new();
                    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
                        times.push((line.unwrap(), began.elapsed()));
                    }
                    assert!(child.wait().unwrap().success());
                    times
                })
            })
            .collect();
        let times: Vec<_> = running.into_iter().map(|thread| thread.join().unwrap()).collect();
        let last = |word: &str| {
            times
                .iter()
                .filter_map(|host| host.iter().find(|(line, _)| line == word))
                .map(|(_, at)| *at)
                .max()
                .unwrap()
        };
        let work = machine_worked().saturating_sub(worked);
        Took { switched: last("SWITCHED"), verified: last("VERIFIED"), done: last("DONE"), work }
    }
}

fn newest_file(words: &[String], tag: &str) -> String {
    let list = format!("cd /srv/shop && ls docker-compose.*-{tag}.yml | tail -n 1");
    let out = ByHand::ssh(words).arg(list).output().unwrap();
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

impl Drop for ByHand {
    fn drop(&mut self) {
        for host in &self.hosts {
            let _ = Self::ssh(&host.words).args(["-O", "exit"]).stderr(Stdio::null()).status();
        }
    }
}
