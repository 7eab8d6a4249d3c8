//! Secrets appear only in what is sent to the hosts.

use std::path::Path;
use std::sync::{Arc, Mutex};

use flipside::domain::command::{Command, Stdin};
use flipside::domain::event::{Stream, What};
use flipside::domain::known_secrets::KnownSecrets;
use flipside::domain::names::{AppName, HostName, StackName};
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::FailurePolicy;
use flipside::domain::script::Parameters;
use flipside::domain::scrub::scrub_value;
use flipside::domain::target::Target;
use flipside::engine::journal_reader;
use flipside::headless::{EventTexts, doctor, history, plan, shell, text};
use flipside::transport::{BoxFuture, Ending, Limits, Shell, Sink};

use crate::fleet::Fleet;
use crate::run::Desk;

const IN_TEMPLATE: &str = "marker-of-the-template";
const IN_VARS: &str = "marker-of-the-inventory";
const OF_REGISTRY: &str = "marker-of-the-registry";

const TEMPLATE: &str = "services:
  djobs: { image: '{{ image.jobs }}' }
  migrator: { image: '{{ image.migrator }}' }
  shop_green: { image: '{{ image.green }}' }
  shop_blue:
    image: '{{ image.blue }}{{ image.green }}{{ image.jobs }}'
    environment:
      DB_PASSWORD: marker-of-the-template
    # By its name alone this is no secret: the variable's name says so.
    command: ./serve --dsn pg,{{ vars.db_password }}
";
const APP: &str = "    vars: { db_password: marker-of-the-inventory }
    registry: { server: registry.example.org, user: ci, password: 'env:REGISTRY_PASSWORD' }
";

/// Hosts that repeat whatever they are fed. It reads secrets as the real transport does.
struct Echo {
    fleet: Arc<Fleet>,
    known: Mutex<KnownSecrets>,
    fed: Mutex<String>,
    argv: Mutex<String>,
    /// Commands that fail, with their input as the reason.
    fails: &'static str,
}

impl Shell for Echo {
    fn run<'a>(
        &'a self,
        host: &'a HostName,
        command: &'a Command,
        sink: &'a dyn Sink,
        limits: Limits,
    ) -> BoxFuture<'a, Ending> {
        Box::pin(async move {
            let fed = match &command.stdin {
                Stdin::Empty => String::new(),
                Stdin::Text(text) => text.clone(),
                Stdin::Secret(_) => OF_REGISTRY.to_owned(),
                Stdin::SecretLine { text, .. } => format!("{OF_REGISTRY}\n{text}"),
                other => panic!("no command of this fleet reads {other:?}"),
            };
            if fed.contains(OF_REGISTRY) {
                self.known.lock().unwrap().add(OF_REGISTRY);
            }
            self.fed.lock().unwrap().push_str(&fed);
            self.argv.lock().unwrap().push_str(&command.line());
            match command.name.as_str() {
                "doctor" => {
                    let said = fed.replace(['\n', '\t'], " ");
                    let observe = Command::script("observe", Parameters::default(), &[""]);
                    self.fleet.run(host, &observe, sink, limits).await;
                    let told = format!(
                        "\u{1e}doctor\nregistry\t200\t{said}\ntemplate\trefused\t{said}\nend\tis\t\n"
                    );
                    sink.take(Stream::Stdout, told.as_bytes());
                    Ending::Exited(0)
                }
                name if name == self.fails => {
                    sink.take(Stream::Stderr, fed.replace('\n', " ").as_bytes());
                    Ending::Exited(1)
                }
                "pull" | "write" => {
                    sink.take(Stream::Stdout, fed.as_bytes());
                    self.fleet.run(host, command, sink, limits).await
                }
                _ => self.fleet.run(host, command, sink, limits).await,
            }
        })
    }

    fn share_secrets(&self, known: KnownSecrets) {
        *self.known.lock().unwrap() = known;
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

fn desk(fails: &'static str) -> (Arc<Echo>, Desk) {
    let fleet = Fleet::new(&["web1", "web2"]);
    let (known, fed, argv) = (Mutex::default(), Mutex::default(), Mutex::default());
    let echo = Arc::new(Echo { fleet: fleet.clone(), known, fed, argv, fails });
    let desk = Desk::of(&fleet, echo.clone(), TEMPLATE, APP);
    (echo, desk)
}

#[track_caller]
fn tells_none(what: &str, told: &str) {
    for marker in [IN_TEMPLATE, IN_VARS, OF_REGISTRY] {
        assert!(!told.contains(marker), "{what} tells {marker}:\n{told}");
    }
}

fn files(dir: &Path, told: &mut String) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, told);
        } else if path.file_name().is_some_and(|name| name != ".reserve") {
            told.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn run_and_its_records_contain_no_secret() {
    for fails in ["", "write", "pull"] {
        let (echo, mut desk) = desk(fails);
        desk.start(Phase::Prepare, Some("v2"), FailurePolicy::Stop);
        let (verdict, events) = desk.verdict().await;
        let mut told = format!("{verdict:?}");
        let mut texts = EventTexts::default();
        for event in &events {
            told.push_str(&format!("{event:?}\n{}\n", serde_json::to_string(event).unwrap()));
            told.push_str(&texts.line(event).unwrap_or_default());
        }
        while let Ok(line) = desk.handle.readers.lines.try_recv() {
            told.push_str(&text::output(&line).unwrap_or(line.text));
        }
        tells_none("the run", &told);
        // The journal's thread writes the end of a run after its readers know it.
        let path = desk.journals();
        let journals = desk.quit_and_keep_journals().await;
        let mut kept = String::new();
        files(&path, &mut kept);
        assert!(kept.contains("****") && kept.contains("run_ended"), "{kept}");
        tells_none("the journal", &kept);
        let record = journal_reader::whole(&journal_reader::all(&path)[0]).unwrap();
        let lines: Vec<String> =
            history::replay(&record, 0.0).into_iter().map(|(_, line)| line).collect();
        tells_none("the replay", &lines.join("\n"));
        tells_none("a command line", &echo.argv.lock().unwrap());
        let fed = echo.fed.lock().unwrap().clone();
        assert!(fed.contains(OF_REGISTRY), "it was needed");
        assert_eq!(fed.contains(IN_TEMPLATE) && fed.contains(IN_VARS), fails != "pull");
        drop(journals);
    }
}

#[tokio::test(start_paused = true)]
async fn plan_contains_no_secret_in_any_format() {
    let (_, mut desk) = desk("");
    let intent = desk.intent(Phase::Prepare, Some("v2"));
    desk.handle.orders.send(Order::Propose { intent }).unwrap();
    let made = desk.handle.proposals.recv().await.unwrap().plan.unwrap();
    let known = KnownSecrets::of(&desk.environment);
    tells_none("the text", &plan::text(&made));
    assert!(plan::text(&made).contains("DB_PASSWORD: ****"), "{}", plan::text(&made));
    let mut json = serde_json::to_value(&made).unwrap();
    scrub_value(&mut json, &known);
    tells_none("the JSON", &json.to_string());
    let script = shell::script(&made, &desk.environment.hosts, &[], &known);
    tells_none("the script", &script);
    assert!(script.contains("need FLIPSIDE_DB_PASSWORD DB_PASSWORD\n"), "{script}");
    assert!(script.contains("${REGISTRY_PASSWORD?is not set}"), "{script}");
    tells_none("the debugger", &format!("{made:?}"));
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn doctor_sends_secrets_to_hosts_and_prints_none() {
    let (echo, mut desk) = desk("");
    let (app, stack) = (AppName::new("shop").unwrap(), StackName::main());
    let targets = vec![Target::Host(HostName::new("web1").unwrap())];
    desk.handle.orders.send(Order::Examine { app, stack, targets }).unwrap();
    loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        let What::Examined { target: Some(_), examination } = event.what else { continue };
        tells_none("doctor", &doctor::text("web1", &examination));
        tells_none("its JSON", &serde_json::to_string(&examination).unwrap());
        break;
    }
    tells_none("a command line", &echo.argv.lock().unwrap());
    assert!(echo.fed.lock().unwrap().contains(IN_VARS));
    desk.quit().await;
}
