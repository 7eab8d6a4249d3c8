//! The journal of a run: one directory, readable by its owner alone.
//!
//! ```text
//! STATE/ENVIRONMENT/APP/RUN/journal.jsonl   one event a line; on disk before the event's effect starts
//! STATE/ENVIRONMENT/APP/RUN/HOST.log        what the host printed (cap.rs: how much), each line with its time and sign
//! STATE/ENVIRONMENT/APP/RUN/.reserve        while the run is at work: room for its events on a full disk
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

use crate::base::text::escape_json;
use crate::domain::event::{Event, OutputLine, What};
use crate::domain::names::{AppName, EnvName, RunId};

/// The name of the event file within a run's directory.
pub const EVENTS: &str = "journal.jsonl";

/// Hands what is to be written to the journal's own thread, which gathers what waits and syncs once.
#[derive(Debug, Clone)]
pub struct Journal {
    requests: mpsc::Sender<WriteRequest>,
    path: PathBuf,
}

/// Who waits for an event to be on disk.
pub type OnDisk = oneshot::Sender<Result<(), String>>;

#[derive(Debug)]
enum WriteRequest {
    Event { json: String, on_disk: Option<OnDisk> },
    Line(OutputLine),
    Close(oneshot::Sender<()>),
}

pub fn directory(state: &Path, environment: &EnvName, app: &AppName, run: &RunId) -> PathBuf {
    state.join(environment.as_str()).join(app.as_str()).join(run.as_str())
}

impl Journal {
    /// Makes the run's directory, opens its event file and sets room aside for it. An error names the path.
    pub fn create(directory: &Path) -> Result<Self, String> {
        Self::open(directory, true)
    }

    /// The same where there may be no room: what can be written is written.
    pub fn create_without_reserve(directory: &Path) -> Result<Self, String> {
        Self::open(directory, false)
    }

    fn open(directory: &Path, reserved: bool) -> Result<Self, String> {
        let failed = |error: std::io::Error| {
            format!("the journal {} cannot be written: {error}", directory.display())
        };
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
        let path = directory.join(EVENTS);
        let file = private(&path).map_err(failed)?;
        hold(&file);
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

    /// Written soon; `on_disk` is told when it is there, or why it is not.
    pub fn write(&self, event: &Event, on_disk: Option<OnDisk>) {
        if matches!(event.what, What::Output(_)) {
            return;
        }
        let json = serde_json::to_string(event).unwrap_or_default();
        let json = escape_json(&json).into_owned();
        // A dropped `on_disk` tells whoever waits that nothing was written.
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

/// Room on the operator's disk that is there when there is no other. It is gone with the run.
struct Reserve(PathBuf);

impl Reserve {
    /// A roll back of fifty hosts writes less.
    const BYTES: usize = 1024 * 1024;

    fn make(directory: &Path) -> std::io::Result<Self> {
        let path = directory.join(".reserve");
        let reserve = Self(path);
        // Not all the same: some file systems keep no room for that.
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
        // One that is left takes a MiB, and nothing else.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The file of events, and what is not in it yet.
struct Events<F> {
    file: F,
    pending: Vec<u8>,
    reserve: Option<Reserve>,
}

/// What a file of events must be able to do.
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

    /// Writes what waits. Where there is no room, the reserve is given up for it; what still does not fit
    /// is tried again with the next event, from the byte where it stopped.
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

/// The answer of the journal's thread; `None`: it is gone. The wait is one for a disk, so it is a
/// blocking one: to tokio's paused clock of a test a mere await looks idle, and time would run on to
/// the next timer of something else (the renewal of a lock) before the disk could answer.
pub async fn acknowledged<T: Send + 'static>(answer: oneshot::Receiver<T>) -> Option<T> {
    tokio::task::spawn_blocking(|| answer.blocking_recv().ok()).await.ok().flatten()
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
    events: Events<File>,
    hosts: BTreeMap<String, BufWriter<File>>,
    /// No room is left: what hosts print must not take what the events need.
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
                // Output that cannot be kept must not hold up the run; its events are what counts.
                let _ = host.flush();
            }
            let told = result.map_err(|error| format!("the journal cannot be written: {error}"));
            for on_disk in waiting {
                let _ = on_disk.send(told.clone());
            }
            if let Some(done) = closed {
                // The reserve is gone, and the file is nobody's, before the program may end: a reader that
                // comes then must not think that somebody is at work on it.
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
            let Ok(file) = private(&self.directory.join(format!("{name}.log"))) else { return };
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
    use std::io;

    use super::*;

    /// A disk with room for so many bytes, and more once the reserve is gone.
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
    fn on_a_full_disk_the_reserve_is_given_up_and_no_event_is_torn() {
        let dir = tempfile::tempdir().unwrap();
        let reserve = Reserve::make(dir.path()).unwrap();
        let path = reserve.0.clone();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), Reserve::BYTES as u64);
        let disk = Disk { room: 6, reserve: path.clone(), written: Vec::new() };
        let mut events = Events { file: disk, pending: Vec::new(), reserve: Some(reserve) };
        events.add("first");
        assert!(events.put(true).is_ok() && path.exists());
        events.add("second");
        assert!(events.put(true).is_ok() && !path.exists(), "it went where it was needed");
        events.add("third, which is too long");
        assert_eq!(events.put(true).unwrap_err().kind(), io::ErrorKind::StorageFull);
        events.file.room = 100;
        events.add("fourth");
        assert!(events.put(true).is_ok());
        let written = String::from_utf8(events.file.written).unwrap();
        assert_eq!(written, "first\nsecond\nthird, which is too long\nfourth\n");
    }
}
