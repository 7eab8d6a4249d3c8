//! The real engine as the driver of a story: each phase is a run without a screen.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::Utc;

use super::fleet::{Fleet, FleetError};
use super::story::Driver;
use crate::domain::event::Verdict;
use crate::domain::names::{AppName, StackName};
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::plan::{Intent, Operator, Question, RunRequest};
use crate::domain::release::{Release, Tag};
use crate::domain::spec::Environment;
use crate::engine::{Attendance, Engine, EngineConfig};
use crate::headless::{Answers, Follow, Format, SignOff, follow};
use crate::transport::http::Http;
use crate::transport::sources::Sources;
use crate::transport::ssh::Ssh;
use crate::transport::{AuthPrompt, BoxFuture, PromptReply, Prompter};

/// Runs phases on a fleet and prints their events, as `flipside prepare` does.
#[derive(Debug)]
pub struct Headless<W> {
    environment: Environment,
    app: AppName,
    stack: StackName,
    operator: Operator,
    setup: Paths,
    out: Arc<Mutex<W>>,
}

#[derive(Debug)]
struct Paths {
    journals: std::path::PathBuf,
    inventory: String,
}

impl<W: Write> Headless<W> {
    /// Creates a driver. Its journals are in the fleet's directory and are deleted with it.
    pub fn on(fleet: &Fleet, out: W) -> Result<Self, FleetError> {
        let inventory = fleet.inventory()?;
        let path = inventory.path.display().to_string();
        let environment = inventory.environments.into_values().next();
        let found = environment.and_then(|environment| {
            let app = environment.apps.values().next()?;
            let stack = app.stacks().first().copied()?.clone();
            Some((app.name.clone(), stack, environment.clone()))
        });
        let (app, stack, environment) = found.ok_or_else(FleetError::empty)?;
        Ok(Self {
            environment,
            app,
            stack,
            operator: Operator { user: "demo".to_owned(), machine: "localhost".to_owned() },
            setup: Paths { journals: fleet.root().join("journals"), inventory: path },
            out: Arc::new(Mutex::new(out)),
        })
    }

    fn intent(&self, phase: Phase, release: Option<&str>) -> Result<Intent, String> {
        let tag = release.map(Tag::new).transpose().map_err(|bad| bad.to_string())?;
        let release = tag.map(Release::of_tag);
        self.environment
            .intent(
                &self.app,
                &self.stack,
                &self.operator,
                Utc::now(),
                RunRequest { release, ..RunRequest::new(phase) },
            )
            .map_err(|bad| bad.to_string())
    }

    async fn carry_out(&self, intent: Intent) -> Option<Verdict> {
        let environment = self.environment.clone();
        let hosts = environment.hosts.values().cloned().collect();
        let (engine, handle) = Engine::start(EngineConfig {
            environment,
            shell: Arc::new(Ssh::new(hosts, Arc::new(Nobody))),
            web: Arc::new(Http::new()),
            catalog: Arc::new(Sources::new()),
            clock: Arc::new(Utc::now),
            journals: self.setup.journals.clone(),
            inventory: self.setup.inventory.clone(),
            attendance: Attendance::Unattended,
        });
        // If the engine is gone, there is no verdict.
        let _ = handle.orders.send(Order::Start { intent, basis: None });
        let mut channels = Follow {
            events: handle.readers.events,
            lines: handle.readers.lines,
            orders: handle.orders.clone(),
            by: self.operator.clone(),
        };
        let mut out = Shared(Arc::clone(&self.out));
        let verdict = follow(&mut channels, Format::Text, &mut Yes, &mut out).await;
        let _ = handle.orders.send(Order::Quit);
        // The engine releases every lock and closes every connection.
        let _ = engine.task.await;
        verdict
    }
}

impl<W: Write> Driver for Headless<W> {
    async fn run(&self, phase: Phase, release: Option<&str>) -> Verdict {
        let ended = match self.intent(phase, release) {
            Ok(intent) => Ok(self.carry_out(intent).await),
            Err(why) => Err(why),
        };
        match ended {
            Ok(Some(verdict)) => verdict,
            Ok(None) => Verdict::Unknown { unknown: Vec::new() },
            Err(why) => Verdict::Refused { why },
        }
    }
}

/// A writer that is shared by successive runs.
struct Shared<W>(Arc<Mutex<W>>);

impl<W: Write> Write for Shared<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

/// Answers every question of a run with yes.
struct Yes;

impl Answers for Yes {
    fn sign_off(&mut self, _: &Question) -> SignOff {
        SignOff::Yes(None)
    }

    fn go_on(&mut self) -> bool {
        true
    }
}

/// Refuses every prompt: the fleet's keys are known and need no passphrase.
struct Nobody;

impl Prompter for Nobody {
    fn ask(&self, _: AuthPrompt) -> BoxFuture<'_, PromptReply> {
        Box::pin(async { PromptReply::Refused })
    }
}
