//! The journal of a run: one directory, readable by its owner alone.
//!
//! ```text
//! STATE/ENVIRONMENT/APP/RUN/journal.jsonl   one event a line; on disk before the event's effect starts
//! STATE/ENVIRONMENT/APP/RUN/HOST.log        everything the host printed, each line with its time and sign
//! ```

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::domain::event::{Event, OutputLine, What};
use crate::domain::names::{AppName, EnvName, RunId};

/// The name of the event file within a run's directory.
pub const EVENTS: &str = "journal.jsonl";

/// Hands what is to be written to the journal's own thread, which gathers what waits and syncs once.
#[derive(Debug, Clone)]
pub struct Journal {
    entries: mpsc::Sender<Entry>,
    path: PathBuf,
}

/// Who waits for an event to be on disk.
pub type OnDisk = oneshot::Sender<Result<(), String>>;

#[derive(Debug)]
enum Entry {
    Event { json: String, on_disk: Option<OnDisk> },
    Line(OutputLine),
    Close(oneshot::Sender<()>),
}

pub fn directory(state: &Path, environment: &EnvName, app: &AppName, run: &RunId) -> PathBuf {
    state.join(environment.as_str()).join(app.as_str()).join(run.as_str())
}

impl Journal {
    /// Makes the run's directory and opens its event file. An error names the path.
    pub fn create(directory: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| {
            format!("the journal {} cannot be written: {error}", directory.display())
        };
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
        let path = directory.join(EVENTS);
        let events = private(&path).map_err(failed)?;
        hold(&events);
        let (entries, queue) = mpsc::channel();
        let writer = Writer {
            directory: directory.to_owned(),
            events: BufWriter::new(events),
            hosts: BTreeMap::new(),
        };
        thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.work(&queue))
            .map_err(failed)?;
        Ok(Self { entries, path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Written soon; `on_disk` is told when it is there, or why it is not.
    pub fn write(&self, event: &Event, on_disk: Option<OnDisk>) {
        if matches!(event.what, What::Output(_)) {
            return;
        }
        let json = serde_json::to_string(event).unwrap_or_default();
        // A dropped `on_disk` tells whoever waits that nothing was written.
        let _ = self.entries.send(Entry::Event { json, on_disk });
    }

    pub fn line(&self, line: &OutputLine) {
        let _ = self.entries.send(Entry::Line(line.clone()));
    }

    /// Returns once everything is on disk.
    pub async fn close(&self) {
        let (closed, done) = oneshot::channel();
        if self.entries.send(Entry::Close(closed)).is_ok() {
            let _ = done.await;
        }
    }
}

/// Says to whoever reads it that somebody is at work on it; it ends with this process. A reader may
/// have it in hand for an instant. Where there are no such locks, readers say that it is not known.
fn hold(events: &File) {
    for _ in 0..20 {
        match events.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
            Ok(()) | Err(TryLockError::Error(_)) => return,
        }
    }
}

fn private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

struct Writer {
    directory: PathBuf,
    events: BufWriter<File>,
    hosts: BTreeMap<String, BufWriter<File>>,
}

impl Writer {
    fn work(mut self, queue: &mpsc::Receiver<Entry>) {
        while let Ok(first) = queue.recv() {
            let mut waiting = Vec::new();
            let mut closed = None;
            let mut result = Ok(());
            for entry in std::iter::once(first).chain(queue.try_iter()) {
                match entry {
                    Entry::Event { json, on_disk } => {
                        result = result.and(writeln!(self.events, "{json}"));
                        waiting.extend(on_disk);
                    }
                    Entry::Line(line) => self.line(&line),
                    Entry::Close(done) => closed = Some(done),
                }
            }
            result = result.and_then(|()| self.events.flush());
            if !waiting.is_empty() || closed.is_some() {
                result = result.and_then(|()| self.events.get_ref().sync_data());
            }
            for host in self.hosts.values_mut() {
                // Output that cannot be kept must not hold up the run; its events are what counts.
                let _ = host.flush();
            }
            let told = result.map_err(|error| format!("the journal cannot be written: {error}"));
            for on_disk in waiting {
                let _ = on_disk.send(told.clone());
            }
            if let Some(done) = closed {
                let _ = done.send(());
                return;
            }
        }
    }

    fn line(&mut self, line: &OutputLine) {
        let name = line.target.name().to_owned();
        if !self.hosts.contains_key(&name) {
            let Ok(file) = private(&self.directory.join(format!("{name}.log"))) else { return };
            self.hosts.insert(name.clone(), BufWriter::new(file));
        }
        if let Some(file) = self.hosts.get_mut(&name) {
            let (at, sign) = (line.at.format("%Y-%m-%dT%H:%M:%S%.3f"), line.stream.sign());
            let _ = writeln!(file, "{at} {sign} {}", line.text);
        }
    }
}
