//! The event bus: numbers and dates every event, has it journaled, and sends it to the readers. State events
//! are never dropped. Output lines are dropped when a reader does not keep up; they are counted, and every
//! one of them is in the journal's files.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

use super::cap::{self, CutOutput, LineFate, OutputCaps};
use super::context::Clock;
use super::journal::{self, Journal, JournalError, OnDisk};
use crate::domain::event::{Event, OutputLine, Stream, What};
use crate::domain::event_text::output_cut;
use crate::domain::known_secrets::KnownSecrets;
use crate::domain::names::RunId;
use crate::domain::plan::{Plan, Refusal};
use crate::domain::scrub::{self, scrub};
use crate::domain::target::Target;

/// The capacity of the channel of output lines.
const LINES: usize = 4096;

/// The number of lines of each target that were dropped because the reader did not keep up.
pub type SkippedLines = BTreeMap<Target, u64>;

#[derive(Clone)]
pub struct EventBus {
    clock: Clock,
    /// Redacted in every event and line.
    secrets: KnownSecrets,
    events: mpsc::UnboundedSender<Event>,
    lines: mpsc::Sender<OutputLine>,
    skipped: watch::Sender<SkippedLines>,
    seq: Arc<AtomicU64>,
    /// The last reported state of each connection, lost (`true`) or back. Transport and run both report it.
    links: Arc<Mutex<BTreeMap<Target, bool>>>,
    /// The current run, and its journal if it has one.
    journal: Arc<Mutex<Option<CurrentRun>>>,
    caps: Arc<Mutex<OutputCaps>>,
    /// Whether the current run has already reported the loss of its journal.
    journal_lost: Arc<AtomicBool>,
}

/// The current run, and its journal if it has one.
type CurrentRun = (RunId, Option<Journal>);

/// The readers' ends of the bus.
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
    /// Starts a run: from here on events belong to it and are written to its journal. Only a rollback may run
    /// without a journal.
    pub fn begin(&self, run: RunId, journal: Option<Journal>) {
        self.seq.store(0, Ordering::SeqCst);
        self.journal_lost.store(false, Ordering::SeqCst);
        *self.caps.lock().unwrap_or_else(PoisonError::into_inner) = OutputCaps::default();
        // Each journal is complete by itself: connection states reported before the run are reported again.
        self.links.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.journal.lock().unwrap_or_else(PoisonError::into_inner) = Some((run, journal));
    }

    /// Ends the run. Returns once its journal is on disk.
    pub async fn end(&self) {
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((_, Some(journal))) = journal {
            journal.close().await;
        }
    }

    /// Publishes an event. The number, the journal and the readers are served under one lock, so that all of them
    /// see the same order.
    fn publish(&self, what: What, on_disk: Option<OnDisk>) {
        let what = scrub(what, &self.secrets);
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = self.seq.fetch_add(1, Ordering::SeqCst) + 1;
        let run = journal.as_ref().map(|(run, _)| run.clone());
        let event = Event { seq, at: (self.clock)(), run, what };
        match journal.as_ref() {
            Some((_, Some(journal))) => journal.write(&event, on_disk),
            Some((_, None)) => {
                drop(on_disk.map(|on_disk| on_disk.send(Err(JournalError::None))));
            }
            // Outside a run there is nothing to write, so nothing to wait for.
            None => drop(on_disk.map(|on_disk| on_disk.send(Ok(())))),
        }
        self.hand_over(event);
    }

    pub fn emit(&self, what: What) {
        if self.is_new(&what) {
            self.publish(what, None);
        }
    }

    /// Returns whether this event is new: a connection is not reported as lost, or as back, twice in a row.
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

    /// Emits an event that belongs in no journal, such as an observation between two steps.
    pub fn emit_outside_run(&self, what: What) {
        if self.is_new(&what) {
            let what = scrub(what, &self.secrets);
            self.hand_over(Event { seq: 0, at: (self.clock)(), run: None, what });
        }
    }

    /// Emits an event and waits until it is on disk.
    ///
    /// # Errors
    /// If it could not be written. The effect that it announces must not begin then.
    pub async fn emit_before_effect(&self, what: What) -> Result<(), JournalError> {
        let (on_disk, done) = oneshot::channel();
        self.publish(what, Some(on_disk));
        journal::acknowledged(done).await.unwrap_or(Err(JournalError::WriterGone))
    }

    fn hand_over(&self, event: Event) {
        // The reader may be gone. Only the journal must not miss an event.
        let _ = self.events.send(event);
    }

    pub fn line(&self, line: OutputLine) {
        let line = self.scrubbed(line);
        let (fate, cut) = {
            let mut caps = self.caps.lock().unwrap_or_else(PoisonError::into_inner);
            let cut = if line.stream.ends() { caps.take_cut(&line.target) } else { None };
            (caps.take(&line), cut)
        };
        if let Some(CutOutput { lines, bytes }) = cut {
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

    /// Inserts a line of Flipside's own before this line of the same target.
    fn own_line(&self, line: &OutputLine, text: String) {
        let own = OutputLine { stream: Stream::Own, text, ..line.clone() };
        self.keep(&own);
        self.show(own);
    }

    /// Scrubs a line. A host's lines are sanitized already, but Flipside's own may quote a host, and either may contain
    /// a secret.
    fn scrubbed(&self, line: OutputLine) -> OutputLine {
        OutputLine { text: scrub::words(&line.text, &self.secrets), ..line }
    }

    /// Returns a plan or a refusal without secrets and control characters.
    pub fn scrubbed_plan(&self, plan: Result<Plan, Refusal>) -> Result<Plan, Refusal> {
        plan.map(|plan| scrub::plan(plan, &self.secrets))
            .map_err(|refusal| scrub(refusal, &self.secrets))
    }

    /// Sends a line that belongs to no run, and so to no journal.
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
