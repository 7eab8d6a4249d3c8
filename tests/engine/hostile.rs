//! Hosts that try to act on the operator's terminal, through every field that they control.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use flipside::base::text::{escape_json, is_harmless};
use flipside::domain::capabilities::Capabilities;
use flipside::domain::command::Command;
use flipside::domain::event::{Event, OutputLine, Stream, What};
use flipside::domain::finding::Examination;
use flipside::domain::lock::LockId;
use flipside::domain::names::{AppName, HostName, StackName};
use flipside::domain::observation::Observed;
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{FailurePolicy, Plan, Refusal};
use flipside::domain::script::Parameters;
use flipside::domain::target::Target;
use flipside::engine::{Attendance, journal_reader};
use flipside::headless::{EventTexts, doctor, history, plan, shell, status, text};
use flipside::transport::{BoxFuture, Ending, Limits, Shell, Sink};

use crate::fleet::Fleet;
use crate::run::{Desk, operator};

const HOSTS: [&str; 2] = ["web1", "web2"];
const FORGED: &str = "FORGED: all is well";

/// The clipboard, the screen, the title, C1 in both forms, an order that is turned, and a line of its own.
fn noise() -> String {
    format!(
        "x\u{1b}]52;c;aGFjaw==\u{7}\u{1b}[2J\u{9b}2J\u{9d}0;t\u{9c}\u{202e}y\u{2066}\u{200b}\u{ad}\u{e0041}\u{7f}{}\n{FORGED}\r\n\u{85}z",
        "\u{301}".repeat(60)
    )
}

/// A fleet whose hosts say so wherever they may say anything.
struct Hostile {
    fleet: Arc<Fleet>,
    /// Commands that fail, by name.
    fails: Mutex<Vec<&'static str>>,
    held: Mutex<bool>,
    /// Docker answers with a complaint.
    complains: Mutex<bool>,
}

#[derive(Default)]
struct Heard(Mutex<Vec<u8>>);

impl Sink for Heard {
    fn take(&self, _: Stream, bytes: &[u8]) {
        self.0.lock().unwrap().extend_from_slice(bytes);
    }
}

fn lock() -> String {
    let noise = noise();
    serde_json::json!({ "who": noise, "machine": noise, "why": noise, "since": "2026-08-24T08:00:00Z",
        "release": null, "run": "20260824T080000Z-aaaaaa" })
    .to_string()
}

impl Hostile {
    fn observation(&self, said: &str) -> String {
        let noise = noise();
        let change = serde_json::json!({ "at": "2026-08-24T08:00:00Z", "by": noise, "what": noise, "tag": "v1" });
        let frozen = serde_json::json!({ "at": "2026-08-24T08:00:00Z", "by": noise, "from": "v2", "to": "v1",
            "reason": noise, "run": "20260824T080000Z-aaaaaa" });
        let verified = serde_json::json!({ "tag": "v1", "by": noise, "at": "2026-08-24T08:00:00Z",
            "run": "20260824T080000Z-aaaaaa" });
        let mut text = said.replace(
            "X-Flipside-Color: blue\r\n",
            &format!("X-Flipside-Color: blue\r\nX-Release: {noise}\r\n"),
        );
        let mut part = |name: &str, body: &str| {
            text = text.replace("\u{1e}end\n", &format!("\u{1e}{name}\n{body}\n\u{1e}end\n"));
        };
        part("change", &change.to_string());
        part("verified", &verified.to_string());
        part("machine", &noise);
        part("frozen", &frozen.to_string());
        if *self.complains.lock().unwrap() {
            let said = serde_json::json!({ "message": noise }).to_string();
            part("containers", &said);
            part("images", &said);
        }
        if *self.held.lock().unwrap() {
            part("lock", &lock());
        }
        text
    }
}

impl Shell for Hostile {
    fn run<'a>(
        &'a self,
        host: &'a HostName,
        command: &'a Command,
        sink: &'a dyn Sink,
        limits: Limits,
    ) -> BoxFuture<'a, Ending> {
        Box::pin(async move {
            let held = *self.held.lock().unwrap();
            match command.name.as_str() {
                "doctor" => {
                    let said = noise().replace('\n', " ");
                    let names = [
                        "user", "shell", "tools", "docker", "compose", "registry", "template",
                        "state", "nginx", "config",
                    ];
                    let words = ["is", "refused", "silent", "old", "absent", "version"];
                    let lines = names
                        .iter()
                        .flat_map(|name| words.map(|word| format!("{name}\t{word}\t{said}\n")));
                    let lines: String = lines.collect();
                    let look = Heard::default();
                    let observe = Command::script("observe", Parameters::default(), &[""]);
                    self.fleet.run(host, &observe, &look, limits).await;
                    let look =
                        self.observation(&String::from_utf8(look.0.into_inner().unwrap()).unwrap());
                    sink.take(
                        Stream::Stdout,
                        format!("{look}\u{1e}doctor\n{lines}end\tis\t\n").as_bytes(),
                    );
                    return Ending::Exited(0);
                }
                "lock" if held => {
                    sink.take(Stream::Stdout, lock().as_bytes());
                    return Ending::Exited(75);
                }
                "unlock" if held => {
                    sink.take(Stream::Stdout, lock().as_bytes());
                    return Ending::Exited(0);
                }
                name if self.fails.lock().unwrap().contains(&name) => {
                    sink.take(Stream::Stderr, noise().as_bytes());
                    return Ending::Exited(1);
                }
                _ => {}
            }
            let heard = Heard::default();
            let ending = self.fleet.run(host, command, &heard, limits).await;
            let said = String::from_utf8(heard.0.into_inner().unwrap()).unwrap();
            let said = match command.name.as_str() {
                "observe" => self.observation(&said),
                "lock" | "unlock" => said,
                _ => format!("{}\n{said}", noise()),
            };
            sink.take(Stream::Stdout, said.as_bytes());
            ending
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

fn hostile() -> (Arc<Hostile>, Desk) {
    let fleet = Fleet::new(&HOSTS);
    let hostile = Arc::new(Hostile {
        fleet: fleet.clone(),
        fails: Mutex::default(),
        held: Mutex::default(),
        complains: Mutex::default(),
    });
    let desk = Desk::over(&fleet, hostile.clone(), Attendance::Unattended);
    (hostile, desk)
}

/// Nothing acts on a terminal, and no line is the host's own idea.
#[track_caller]
fn is_clean(told: &str) {
    assert!(is_harmless(told), "{told:?}");
    let forged = told.lines().find(|line| line.trim_start().starts_with("FORGED"));
    assert_eq!(forged, None, "{told}");
}

#[track_caller]
fn is_clean_json(value: &impl serde::Serialize) {
    let json = serde_json::to_string(value).unwrap();
    let shown = escape_json(&json);
    assert!(is_harmless(&shown), "{shown:?}");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
        serde_json::from_str::<serde_json::Value>(&json).unwrap()
    );
}

fn tells(events: &[Event], lines: &[OutputLine]) {
    let mut texts = EventTexts::default();
    for event in events {
        is_clean(&texts.line(event).unwrap_or_default());
        is_clean_json(event);
    }
    for line in lines {
        is_clean(&text::output(line).unwrap_or_default());
    }
}

async fn observations(desk: &mut Desk) -> Vec<(Target, Observed)> {
    let (app, stack) = (AppName::new("shop").unwrap(), StackName::main());
    desk.handle.orders.send(Order::Focus { app, stack }).unwrap();
    let mut seen = std::collections::BTreeMap::new();
    while seen.len() < HOSTS.len() {
        if let What::Observed { target, observed } =
            desk.handle.readers.events.recv().await.unwrap().what
        {
            seen.insert(target, observed);
        }
    }
    seen.into_iter().collect()
}

async fn proposed(desk: &mut Desk, phase: Phase, tag: Option<&str>) -> Result<Plan, Refusal> {
    let intent = desk.intent(phase, tag);
    desk.handle.orders.send(Order::Propose { intent }).unwrap();
    desk.handle.proposals.recv().await.unwrap().plan
}

#[tokio::test(start_paused = true)]
async fn status_and_doctor_sanitize_hostile_text() {
    let (hostile, mut desk) = hostile();
    *hostile.held.lock().unwrap() = true;
    let observations = observations(&mut desk).await;
    let table = status::table(&observations, &Capabilities::all(), chrono::Utc::now());
    is_clean(&table);
    assert!(table.contains("locked by xy"), "the words are there: {table}");
    is_clean(&status::frozen(&observations).unwrap());
    is_clean_json(&observations);

    let (app, stack) = (AppName::new("shop").unwrap(), StackName::main());
    let targets = observations.into_iter().map(|(target, _)| target).collect();
    desk.handle.orders.send(Order::Examine { app, stack, targets }).unwrap();
    let mut examined = 0;
    while examined < HOSTS.len() {
        let What::Examined { target, examination } =
            desk.handle.readers.events.recv().await.unwrap().what
        else {
            continue;
        };
        let Examination::Examined(findings) = &examination else { panic!("{examination:?}") };
        examined += usize::from(target.is_some());
        if target.is_some() {
            assert!(findings.iter().any(|finding| !finding.is_good()), "{findings:?}");
        }
        is_clean(&doctor::text("web1", &examination));
        is_clean_json(&examination);
    }
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn plans_sanitize_hostile_text() {
    let (hostile, mut desk) = hostile();
    let prepare = proposed(&mut desk, Phase::Prepare, Some("v2")).await.unwrap();
    *hostile.complains.lock().unwrap() = true;
    let refused = proposed(&mut desk, Phase::Prepare, Some("v2")).await.unwrap_err();
    is_clean(&plan::text(&prepare));
    is_clean_json(&prepare);
    is_clean(&refused.in_words());
    assert!(
        refused.in_words().contains("FORGED"),
        "it is one line with the words before it: {refused}"
    );
    let known = flipside::domain::known_secrets::KnownSecrets::default();
    let script = shell::script(&prepare, &desk.environment.hosts, &[], &known);
    assert!(is_harmless(&script));
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn run_journal_and_history_sanitize_hostile_text() {
    let (hostile, mut desk) = hostile();
    hostile.fails.lock().unwrap().push("start");
    desk.start(Phase::Prepare, Some("v2"), FailurePolicy::Stop);
    let (verdict, mut events) = desk.verdict().await;
    let mut lines = Vec::new();
    while let Ok(line) = desk.handle.readers.lines.try_recv() {
        lines.push(line);
    }
    assert!(lines.iter().any(|line| line.text.contains("FORGED")));
    events.push(Event {
        seq: 0,
        at: chrono::Utc::now(),
        run: None,
        what: What::RunEnded { verdict },
    });
    tells(&events, &lines);

    let path = desk.journals();
    let journals = desk.quit_and_keep_journals().await;
    let journal: PathBuf = journal_reader::all(&path).pop().unwrap();
    assert!(is_harmless(&std::fs::read_to_string(&journal).unwrap()), "also for `cat`");
    let record = journal_reader::whole(&journal).unwrap();
    assert!(record.damage.is_empty(), "{:?}", record.damage);
    is_clean(&history::line(&record.brief()));
    for (_, line) in history::replay(&record, 0.0) {
        is_clean(&line);
    }
    for output in &record.output {
        let file = std::fs::read_to_string(&output.file).unwrap();
        assert!(is_harmless(&file) && file.contains("FORGED"));
    }
    drop(journals);
}

#[tokio::test(start_paused = true)]
async fn lock_messages_sanitize_hostile_text() {
    let (hostile, mut desk) = hostile();
    *hostile.held.lock().unwrap() = true;
    desk.start(Phase::Prepare, Some("v2"), FailurePolicy::Stop);
    let (verdict, mut events) = desk.verdict().await;
    events.push(Event {
        seq: 0,
        at: chrono::Utc::now(),
        run: None,
        what: What::RunEnded { verdict },
    });
    let (app, stack, by) = (AppName::new("shop").unwrap(), StackName::main(), operator());
    let seen = LockId::Run("other".parse().unwrap());
    let locks = vec![(Target::Host(HostName::new("web1").unwrap()), seen)];
    let reason = "its holder is gone".to_owned();
    desk.handle.orders.send(Order::Unlock { app, stack, locks, reason, by }).unwrap();
    loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        let is_last = matches!(event.what, What::LockReleased { .. } | What::LockLeft { .. });
        events.push(event);
        if is_last {
            break;
        }
    }
    tells(&events, &[]);
    desk.quit().await;
}
