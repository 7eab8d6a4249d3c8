//! The bus: gives every event its number and its time, has it written, and hands it to the readers.
//! State events are never dropped. Lines of output are, when a reader does not keep up; how many is
//! counted, and every one of them is in the journal's files.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

use super::cap::{self, CutOutput, LineFate, OutputCaps};
use super::context::Clock;
use super::journal::{self, Journal, OnDisk};
use crate::domain::event::{Event, OutputLine, Stream, What};
use crate::domain::event_text::output_cut;
use crate::domain::known_secrets::KnownSecrets;
use crate::domain::names::RunId;
use crate::domain::plan::{Plan, Refusal};
use crate::domain::scrub::{self, scrub};
use crate::domain::target::Target;

/// How many lines may wait for a reader.
const LINES: usize = 4096;

/// So many lines of each target were not handed over, because the reader did not keep up.
pub type SkippedLines = BTreeMap<Target, u64>;

#[derive(Clone)]
pub struct EventBus {
    clock: Clock,
    /// Covered in all that is said.
    secrets: KnownSecrets,
    events: mpsc::UnboundedSender<Event>,
    lines: mpsc::Sender<OutputLine>,
    skipped: watch::Sender<SkippedLines>,
    seq: Arc<AtomicU64>,
    /// Whose connection was last told to be lost (`true`) or back: transport and run both tell it.
    links: Arc<Mutex<BTreeMap<Target, bool>>>,
    /// The run at work, and its journal where there is one.
    journal: Arc<Mutex<Option<CurrentRun>>>,
    caps: Arc<Mutex<OutputCaps>>,
    /// Said once a run.
    journal_lost: Arc<AtomicBool>,
}

/// The run at work, and its journal where there is one.
type CurrentRun = (RunId, Option<Journal>);

/// The reading end.
#[derive(Debug)]
pub struct EventReaders {
    pub events: mpsc::UnboundedReceiver<Event>,
    pub lines: mpsc::Receiver<OutputLine>,
    pub skipped: watch::Receiver<SkippedLines>,
}

pub fn bus(clock: Clock, secrets: KnownSecrets) -> (EventBus, EventReaders) {
    let (events, events_out) = mpsc::unbounded_channel();
    let (lines, lines_out) = mpsc::channel(LINES);
    let (skip, skipped) = watch::channel(SkippedLines::new());
    let bus = EventBus {
        clock,
        secrets,
        events,
        lines,
        skipped: skip,
        seq: Arc::default(),
        links: Arc::default(),
        journal: Arc::default(),
        caps: Arc::default(),
        journal_lost: Arc::default(),
    };
    (bus, EventReaders { events: events_out, lines: lines_out, skipped })
}

impl EventBus {
    /// From here on events belong to this run, and are written to its journal. Only a run that sends users
    /// back may begin without one.
    pub fn begin(&self, run: RunId, journal: Option<Journal>) {
        self.seq.store(0, Ordering::SeqCst);
        self.journal_lost.store(false, Ordering::SeqCst);
        *self.caps.lock().unwrap_or_else(PoisonError::into_inner) = OutputCaps::default();
        // A run's journal is whole by itself, whatever was told before it.
        self.links.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.journal.lock().unwrap_or_else(PoisonError::into_inner) = Some((run, journal));
    }

    /// The run is over. Returns once all of it is on disk.
    pub async fn end(&self) {
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((_, Some(journal))) = journal {
            journal.close().await;
        }
    }

    /// Number, journal and readers under one lock: all of them hear the same order.
    fn publish(&self, what: What, on_disk: Option<OnDisk>) {
        let what = scrub(what, &self.secrets);
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = self.seq.fetch_add(1, Ordering::SeqCst) + 1;
        let run = journal.as_ref().map(|(run, _)| run.clone());
        let event = Event { seq, at: (self.clock)(), run, what };
        match journal.as_ref() {
            Some((_, Some(journal))) => journal.write(&event, on_disk),
            Some((_, None)) => {
                drop(on_disk.map(|on_disk| on_disk.send(Err("there is none".to_owned()))));
            }
            // Outside a run nothing is written, and nobody waits for it.
            None => drop(on_disk.map(|on_disk| on_disk.send(Ok(())))),
        }
        self.hand_over(event);
    }

    pub fn emit(&self, what: What) {
        if self.is_new(&what) {
            self.publish(what, None);
        }
    }

    /// A connection is not lost, nor back, twice in a row.
    fn is_new(&self, what: &What) -> bool {
        if let What::JournalLost { .. } = what {
            return !self.journal_lost.swap(true, Ordering::SeqCst);
        }
        let (target, lost) = match what {
            What::ConnectionLost { target, .. } => (target, true),
            What::ConnectionBack { target } => (target, false),
            _ => return true,
        };
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.insert(target.clone(), lost) != Some(lost)
    }

    /// Tells it outside any run's journal: a look between two steps.
    pub fn emit_outside_run(&self, what: What) {
        if self.is_new(&what) {
            let what = scrub(what, &self.secrets);
            self.hand_over(Event { seq: 0, at: (self.clock)(), run: None, what });
        }
    }

    /// Returns once it is on disk. `Err`: it could not be written, and what follows must not begin.
    pub async fn emit_before_effect(&self, what: What) -> Result<(), String> {
        let (on_disk, done) = oneshot::channel();
        self.publish(what, Some(on_disk));
        journal::acknowledged(done).await.ok_or("the journal's writer is gone")?
    }

    fn hand_over(&self, event: Event) {
        // Nobody may be listening any more; the journal is what must not miss anything.
        let _ = self.events.send(event);
    }

    pub fn line(&self, line: OutputLine) {
        let line = self.scrubbed(line);
        let (fate, news) = {
            let mut caps = self.caps.lock().unwrap_or_else(PoisonError::into_inner);
            let news = if line.stream.ends() { caps.news(&line.target) } else { None };
            (caps.take(&line), news)
        };
        if let Some(CutOutput { lines, bytes }) = news {
            self.own_line(&line, output_cut(lines, bytes));
            self.emit(What::OutputCut { target: line.target.clone(), lines, bytes });
        }
        match fate {
            LineFate::Kept => self.keep(&line),
            LineFate::FirstCut => self.own_line(&line, cap::begins(&line.target)),
            LineFate::CutOutput => {}
        }
        self.show(line);
    }

    fn keep(&self, line: &OutputLine) {
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, Some(journal))) = journal.as_ref() {
            journal.line(line);
        }
    }

    /// Words of ours before this line of the same target.
    fn own_line(&self, line: &OutputLine, text: String) {
        let own = OutputLine { stream: Stream::Own, text, ..line.clone() };
        self.keep(&own);
        self.show(own);
    }

    /// A host's line is clean already; of ours a part may be a host's. Either may tell a secret.
    fn scrubbed(&self, line: OutputLine) -> OutputLine {
        OutputLine { text: scrub::words(&line.text, &self.secrets), ..line }
    }

    /// A plan, or why there is none, as a reader may have it.
    pub fn scrubbed_plan(&self, plan: Result<Plan, Refusal>) -> Result<Plan, Refusal> {
        plan.map(|plan| scrub::plan(plan, &self.secrets))
            .map_err(|refusal| scrub(refusal, &self.secrets))
    }

    /// A line that belongs to no run: it is in no journal.
    pub fn line_outside_run(&self, line: OutputLine) {
        self.show(self.scrubbed(line));
    }

    fn show(&self, line: OutputLine) {
        if let Err(mpsc::error::TrySendError::Full(line)) = self.lines.try_send(line) {
            self.skipped.send_modify(|skipped| *skipped.entry(line.target).or_default() += 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Stream;
    use crate::domain::names::HostName;

    #[test]
    fn a_flood_of_lines_is_bounded_and_every_dropped_line_is_counted() {
        let (bus, readers) = bus(Arc::new(chrono::Utc::now), KnownSecrets::default());
        let target = Target::Host(HostName::new("web1").unwrap());
        for _ in 0..10_000 {
            let text = "x".to_owned();
            let (target, at) = (target.clone(), chrono::Utc::now());
            bus.line_outside_run(OutputLine { target, at, stream: Stream::Stdout, text });
        }
        assert_eq!(readers.lines.len(), LINES);
        assert_eq!(readers.skipped.borrow()[&target], 10_000 - LINES as u64);
    }
}
