//! Runs phases on a simulated fleet by the engine's own orders, and hears its events.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use flipside::domain::event::{Event, Verdict, What};
use flipside::domain::names::StackName;
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{FailurePolicy, Intent, Operator, RunRequest};
use flipside::domain::release::{Release, Tag};
use flipside::domain::spec::Environment;
use flipside::engine::{Attendance, Engine, EngineConfig, EngineHandle};

use flipside::transport::sources::Catalog;
use flipside::transport::{Shell, Web};
use tempfile::TempDir;
use tokio::time::Instant;

use super::fleet::{Asked, Fleet, NoWeb};
use super::inventory::{Inventory, TEMPLATE};

pub struct Desk {
    pub environment: Environment,
    pub handle: EngineHandle,
    engine: Engine,
    journals: TempDir,
    started: (DateTime<Utc>, Instant),
}

pub fn operator() -> Operator {
    Operator { user: "mara".to_owned(), machine: "desk".to_owned() }
}

impl Desk {
    pub fn new(fleet: &Arc<Fleet>, attendance: Attendance) -> Self {
        Self::with(fleet, attendance, Arc::new(Asked(Arc::clone(&fleet.registry))))
    }

    pub fn with(fleet: &Arc<Fleet>, attendance: Attendance, catalog: Arc<dyn Catalog>) -> Self {
        Self::made(fleet, fleet.clone(), attendance, catalog, TEMPLATE, "")
    }

    /// With another way to the fleet's hosts.
    pub fn over(fleet: &Arc<Fleet>, shell: Arc<dyn Shell>, attendance: Attendance) -> Self {
        let catalog = Arc::new(Asked(Arc::clone(&fleet.registry)));
        Self::made(fleet, shell, attendance, catalog, TEMPLATE, "")
    }

    /// With another template, and more lines of the app.
    pub fn of(fleet: &Arc<Fleet>, shell: Arc<dyn Shell>, template: &str, app: &str) -> Self {
        let catalog = Arc::new(Asked(Arc::clone(&fleet.registry)));
        Self::made(fleet, shell, Attendance::Unattended, catalog, template, app)
    }

    fn made(
        fleet: &Arc<Fleet>,
        shell: Arc<dyn Shell>,
        attendance: Attendance,
        catalog: Arc<dyn Catalog>,
        template: &str,
        app: &str,
    ) -> Self {
        let names: Vec<String> = fleet.hosts.lock().unwrap().keys().cloned().collect();
        let environment = Inventory { template, app, rules: "" }.environment(&names);
        Self::at(environment, shell, Arc::new(NoWeb), catalog, attendance)
    }

    /// On any environment, however it is reached.
    pub fn at(
        environment: Environment,
        shell: Arc<dyn Shell>,
        web: Arc<dyn Web>,
        catalog: Arc<dyn Catalog>,
        attendance: Attendance,
    ) -> Self {
        // In memory, where there is such a place: every event is synced to it.
        let memory = Path::new("/dev/shm");
        let journals = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
        let journals = journals.unwrap();
        let started = (Utc::now(), Instant::now());
        let (engine, handle) = Engine::start(EngineConfig {
            environment: environment.clone(),
            shell,
            web,
            catalog,
            clock: Arc::new(move || now(started)),
            journals: journals.path().join("state"),
            inventory: "simulated".to_owned(),
            attendance,
        });
        Self { environment, handle, engine, journals, started }
    }

    /// Where the runs' journals are kept.
    pub fn journals(&self) -> PathBuf {
        self.journals.path().join("state")
    }

    pub fn start(&self, phase: Phase, tag: Option<&str>, policy: FailurePolicy) {
        self.begin(Intent { policy, ..self.intent(phase, tag) });
    }

    pub fn begin(&self, intent: Intent) {
        self.handle.orders.send(Order::Start { intent, basis: None }).unwrap();
    }

    /// What the console does before it asks for a confirmation: a plan from a fresh look.
    pub async fn propose(&mut self, phase: Phase) {
        let intent = self.intent(phase, None);
        self.handle.orders.send(Order::Propose { intent }).unwrap();
        let proposal = self.handle.proposals.recv().await.unwrap();
        assert!(proposal.plan.is_ok(), "{proposal:?}");
    }

    pub fn intent(&self, phase: Phase, tag: Option<&str>) -> Intent {
        let app = self.environment.apps.keys().next().unwrap().clone();
        let release = tag.map(|tag| Release::of_tag(Tag::new(tag).unwrap()));
        let at = now(self.started);
        let request = RunRequest { release, ..RunRequest::new(phase) };
        self.environment.intent(&app, &StackName::main(), &operator(), at, request).unwrap()
    }

    /// Everything up to the verdict. Whatever is asked is answered with yes.
    pub async fn verdict(&mut self) -> (Verdict, Vec<Event>) {
        let mut events = Vec::new();
        loop {
            let event = self.handle.readers.events.recv().await.unwrap();
            if matches!(event.what, What::Asked { .. }) {
                self.handle
                    .orders
                    .send(Order::Answer { yes: true, by: operator(), note: None })
                    .unwrap();
            }
            if let What::RunEnded { verdict } = &event.what {
                return (verdict.clone(), events);
            }
            events.push(event);
        }
    }

    pub async fn run(&mut self, phase: Phase, tag: Option<&str>) -> Verdict {
        self.start(phase, tag, FailurePolicy::Stop);
        self.verdict().await.0
    }

    pub async fn quit(self) {
        drop(self.quit_and_keep_journals().await);
    }

    /// Ends the engine, whose journals are complete then, and returns their directory.
    pub async fn quit_and_keep_journals(self) -> TempDir {
        self.handle.orders.send(Order::Quit).unwrap();
        self.engine.task.await.unwrap();
        self.journals
    }
}

/// The wall clock goes with the test's own time.
fn now((wall, began): (DateTime<Utc>, Instant)) -> DateTime<Utc> {
    wall + TimeDelta::from_std(began.elapsed()).unwrap()
}
