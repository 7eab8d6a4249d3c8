//! The hub's run: its start, and its end.

use tokio::task::JoinError;

use super::{Hub, Running};
use crate::domain::event::{Verdict, What};
use crate::domain::journal_path;
use crate::domain::phase::Phase;
use crate::domain::plan::{Basis, Intent};
use crate::engine::control::{self};
use crate::engine::journal::Journal;
use crate::engine::locks;
use crate::engine::run;
use crate::engine::services::Services;
use crate::engine::stragglers::WaitPolicy;
use crate::engine::watch::WatchPace;

impl Hub {
    pub(super) fn start(&mut self, intent: Intent, basis: Option<Basis>) {
        if let Some(running) = &self.run {
            if running.handle.is_ending() {
                self.next = Some((intent, basis));
            } else {
                let text = "A run is in progress. It must end before another can start.".to_owned();
                self.services.bus.emit_outside_run(What::Note { text });
            }
            return;
        }
        let intent = Intent { begun_at: Some(self.services.context.now()), ..intent };
        let directory = journal_path::run(&self.services.context.journals, &intent);
        let sends_back = intent.phase == Phase::Rollback;
        let (journal, lost) = match Journal::create(&directory) {
            Ok(journal) => (Some(journal), None),
            // A rollback must not wait for free space on this disk.
            Err(error) if sends_back => {
                (Journal::create_without_reserve(&directory).ok(), Some(error))
            }
            Err(error) => {
                self.services.bus.emit_outside_run(What::RunStarted {
                    intent,
                    flipside: env!("CARGO_PKG_VERSION").to_owned(),
                    inventory: self.services.context.inventory.clone(),
                });
                let why = format!("{error}. A run does not start without a journal");
                self.services
                    .bus
                    .emit_outside_run(What::RunEnded { verdict: Verdict::Refused { why } });
                return;
            }
        };
        self.follows.stop_all();
        self.services.bus.begin(intent.run.clone(), journal);
        if let Some(error) = lost {
            self.services.bus.emit(What::JournalLost { why: error.to_string() });
        }
        self.pace.send_replace(WatchPace::Busy);
        let (handle, mut control) = control::control();
        let (services, meant) = (self.services.clone(), intent.clone());
        let task =
            tokio::spawn(async move { run::run(&services, &mut control, meant, basis).await });
        self.run = Some(Running { intent, handle, task });
    }

    /// Emits the verdict once nothing of the run is left. Only then can another run start.
    pub(super) async fn run_ended(&mut self, end: Result<Verdict, JoinError>) {
        let Some(running) = self.run.take() else { return };
        let verdict = match end {
            Ok(verdict) => verdict,
            Err(error) => self.died(&running.intent, &error).await,
        };
        self.pace.send_replace(WatchPace::Calm);
        self.services.bus.emit(What::RunEnded { verdict });
        self.services.bus.end().await;
        // The run's last observation shows its own locks, which are released by now.
        self.ask.send_modify(|count| *count += 1);
        if let Some((intent, basis)) = self.next.take() {
            self.start(intent, basis);
        }
    }

    /// Ends a run that panicked: releases its locks, and returns that its outcome is unknown.
    pub(super) async fn died(&self, intent: &Intent, error: &JoinError) -> Verdict {
        let Services { context, bus, .. } = &self.services;
        bus.emit(What::WorkerDied { target: None, why: error.to_string() });
        let members = run::members(context, intent);
        locks::release_all(
            context,
            bus,
            &members,
            &run::lock(intent),
            WaitPolicy::ForAll.patience(),
        )
        .await;
        Verdict::Unknown { unknown: members.iter().map(|member| member.target.clone()).collect() }
    }
}
