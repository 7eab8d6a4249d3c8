//! The journal of a run: one directory, readable by its owner alone (`domain/journal_path.rs`).

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::oneshot;

use crate::base::text::escape_json;
use crate::domain::event::{Event, OutputLine, What};
use crate::domain::journal_path;

/// The sender to the journal's own thread, which collects what is waiting and syncs once.
#[derive(Debug, Clone)]
pub struct Journal {
    requests: mpsc::Sender<WriteRequest>,
    path: PathBuf,
}

/// The sender that reports whether an event is on disk.
pub type OnDisk = oneshot::Sender<Result<(), JournalError>>;

/// Why the journal does not have an event.
#[derive(Debug, Clone, Error)]
pub enum JournalError {
    #[error("the journal {} cannot be written: {why}", .directory.display())]
    NotCreated { directory: PathBuf, why: Arc<io::Error> },
    #[error("the journal cannot be written: {0}")]
    NotWritten(Arc<io::Error>),
    #[error("there is none")]
    None,
    #[error("the journal's writer is gone")]
    WriterGone,
}

#[derive(Debug)]
enum WriteRequest {
    Event { json: String, on_disk: Option<OnDisk> },
    Line(OutputLine),
    Close(oneshot::Sender<()>),
}

impl Journal {
    /// Creates the run's directory, opens its event file and reserves space for it. An error names the path.
    pub fn create(directory: &Path) -> Result<Self, JournalError> {
        Self::open(directory, true)
    }

    /// Creates a journal without reserved space, for a disk that may be full: it contains what can be written.
    pub fn create_without_reserve(directory: &Path) -> Result<Self, JournalError> {
        Self::open(directory, false)
    }

    fn open(directory: &Path, reserved: bool) -> Result<Self, JournalError> {
        let failed = |error: io::Error| JournalError::NotCreated {
            directory: directory.to_owned(),
            why: Arc::new(error),
        };
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
        let path = journal_path::events(directory);
        let file = private(&path).map_err(failed)?;
        lock_file(&file);
        let reserve = if reserved { Some(Reserve::make(directory).map_err(failed)?) } else { None };
        let (requests, queue) = mpsc::channel();
        let events = Events { file, pending: Vec::new(), reserve };
        let writer =
            Writer { directory: directory.to_owned(), events, hosts: BTreeMap::new(), full: false };
        thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.work(&queue))
            .map_err(failed)?;
        Ok(Self { requests, path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Queues an event. `on_disk` receives whether it was written, or why not.
    pub fn write(&self, event: &Event, on_disk: Option<OnDisk>) {
        if matches!(event.what, What::Output(_)) {
            return;
        }
        let json = serde_json::to_string(event).unwrap_or_default();
        let json = escape_json(&json).into_owned();
        // If the thread is gone, `on_disk` is dropped, and its receiver sees that nothing was written.
        let _ = self.requests.send(WriteRequest::Event { json, on_disk });
    }

    pub fn line(&self, line: &OutputLine) {
        let _ = self.requests.send(WriteRequest::Line(line.clone()));
    }

    /// Returns once everything is on disk.
    pub async fn close(&self) {
        let (closed, done) = oneshot::channel();
        if self.requests.send(WriteRequest::Close(closed)).is_ok() {
            acknowledged(done).await;
        }
    }
}

/// Reserved space on the operator's disk, for when there is no other. It is deleted with the run.
struct Reserve(PathBuf);

impl Reserve {
    /// More than the events of a rollback of fifty hosts.
    const BYTES: usize = 1024 * 1024;

    fn make(directory: &Path) -> std::io::Result<Self> {
        let reserve = Self(journal_path::reserve(directory));
        // Varying bytes: some file systems allocate no space for equal ones.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let words = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        });
        let bytes: Vec<u8> = words.take(Self::BYTES / 8).flatten().collect();
        private(&reserve.0)?.write_all(&bytes)?;
        Ok(reserve)
    }
}

impl Drop for Reserve {
    fn drop(&mut self) {
        // A file that stays costs 1 MiB and has no other effect.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The event file, and the bytes that are not in it yet.
struct Events<F> {
    file: F,
    pending: Vec<u8>,
    reserve: Option<Reserve>,
}

/// A file that can be synced, or a test's stand-in.
trait SyncWrite: Write {
    fn sync(&self) -> std::io::Result<()>;
}

impl SyncWrite for File {
    fn sync(&self) -> std::io::Result<()> {
        self.sync_data()
    }
}

impl<F: SyncWrite> Events<F> {
    fn add(&mut self, json: &str) {
        self.pending.extend_from_slice(json.as_bytes());
        self.pending.push(b'\n');
    }

    /// Writes the pending bytes. On a full disk the reserve is given up for them. What still does not fit is tried again
    /// with the next event, from the byte where writing stopped.
    fn put(&mut self, synced: bool) -> std::io::Result<()> {
        match self.try_put(synced) {
            Err(_) if self.reserve.take().is_some() => self.try_put(synced),
            ended => ended,
        }
    }

    fn try_put(&mut self, synced: bool) -> std::io::Result<()> {
        while !self.pending.is_empty() {
            match self.file.write(&self.pending) {
                Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
                Ok(written) => drop(self.pending.drain(..written)),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if synced { self.file.sync() } else { Ok(()) }
    }
}

/// Returns the answer of the journal's thread. `None`: the thread is gone. The wait blocks a thread, because it is a
/// wait for a disk: with tokio's paused clock in a test a mere await counts as idle, and the time would advance to the
/// next timer of something else (the renewal of a lock) before the disk could answer.
pub async fn acknowledged<T: Send + 'static>(answer: oneshot::Receiver<T>) -> Option<T> {
    tokio::task::spawn_blocking(|| answer.blocking_recv().ok()).await.ok().flatten()
}

/// Locks the event file, so that readers see a process writing it. The lock ends with this process. A reader may hold
/// it for an instant. Where such locks do not exist, readers report the writer as unknown.
fn lock_file(events: &File) {
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
    events: Events<File>,
    hosts: BTreeMap<String, BufWriter<File>>,
    /// Whether the disk is full: the hosts' output must not use the space that the events need.
    full: bool,
}

impl Writer {
    fn work(mut self, queue: &mpsc::Receiver<WriteRequest>) {
        while let Ok(first) = queue.recv() {
            let mut waiting = Vec::new();
            let mut closed = None;
            for entry in std::iter::once(first).chain(queue.try_iter()) {
                match entry {
                    WriteRequest::Event { json, on_disk } => {
                        self.events.add(&json);
                        waiting.extend(on_disk);
                    }
                    WriteRequest::Line(line) => self.line(&line),
                    WriteRequest::Close(done) => closed = Some(done),
                }
            }
            let had_reserve = self.events.reserve.is_some();
            let result = self.events.put(!waiting.is_empty() || closed.is_some());
            if result.is_err() || had_reserve && self.events.reserve.is_none() {
                self.full = true;
                self.hosts.clear();
            }
            for host in self.hosts.values_mut() {
                // Output that cannot be written must not delay the run: only the events matter.
                let _ = host.flush();
            }
            let result = result.map_err(|error| JournalError::NotWritten(Arc::new(error)));
            for on_disk in waiting {
                let _ = on_disk.send(result.clone());
            }
            if let Some(done) = closed {
                // The reserve is deleted and the file unlocked before the program may end. A later reader must not
                // see a writer.
                drop(self);
                let _ = done.send(());
                return;
            }
        }
    }

    fn line(&mut self, line: &OutputLine) {
        if self.full {
            return;
        }
        let name = line.target.name().to_owned();
        if !self.hosts.contains_key(&name) {
            let Ok(file) = private(&journal_path::output(&self.directory, &name)) else {
                return;
            };
            self.hosts.insert(name.clone(), BufWriter::new(file));
        }
        if let Some(file) = self.hosts.get_mut(&name) {
            let (at, sign) = (line.at.format("%Y-%m-%dT%H:%M:%S%.3f"), line.stream.sign());
            let _ = writeln!(file, "{at} {sign} {}", line.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with room for so many bytes, and for more once the reserve is gone.
    struct Disk {
        room: usize,
        reserve: PathBuf,
        written: Vec<u8>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 && !self.reserve.exists() {
                (self.room, self.reserve) = (16, PathBuf::from("/"));
            }
            if self.room == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let fits = bytes.len().min(self.room);
            self.room -= fits;
            self.written.extend_from_slice(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl SyncWrite for Disk {
        fn sync(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn full_disk_gives_up_the_reserve_and_tears_no_event() {
        let dir = tempfile::tempdir().unwrap();
        let reserve = Reserve::make(dir.path()).unwrap();
        let path = reserve.0.clone();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), Reserve::BYTES as u64);
        let disk = Disk { room: 6, reserve: path.clone(), written: Vec::new() };
        let mut events = Events { file: disk, pending: Vec::new(), reserve: Some(reserve) };
        events.add("first");
        assert!(events.put(true).is_ok() && path.exists());
        events.add("second");
        assert!(events.put(true).is_ok() && !path.exists(), "the reserve was given up");
        events.add("third, which is too long");
        assert_eq!(events.put(true).unwrap_err().kind(), io::ErrorKind::StorageFull);
        events.file.room = 100;
        events.add("fourth");
        assert!(events.put(true).is_ok());
        let written = String::from_utf8(events.file.written).unwrap();
        assert_eq!(written, "first\nsecond\nthird, which is too long\nfourth\n");
    }
}
