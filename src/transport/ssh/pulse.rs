//! Measures how long a server has been silent, where its bytes arrive. Silence is the only sign of a network that was
//! cut.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep};

use super::wire::Wire;
use crate::base::text::clean_line;

/// When the last byte of a server arrived. Shared by the stream and those who wait.
#[derive(Debug)]
pub struct Pulse {
    began: Instant,
    /// Milliseconds after `began`.
    heard: AtomicU64,
    cut: AtomicBool,
    reader: AtomicWaker,
    writer: AtomicWaker,
    /// The last lines before the server's version line.
    words: Mutex<Vec<String>>,
}

/// The number of such lines that are retained.
const WORDS: usize = 3;
/// The length at which such a line is cut.
const LONGEST: usize = 200;

impl Pulse {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            heard: AtomicU64::new(0),
            cut: AtomicBool::new(false),
            reader: AtomicWaker::new(),
            writer: AtomicWaker::new(),
            words: Mutex::default(),
        })
    }

    /// Records a line, sanitized.
    pub fn said(&self, line: &[u8]) {
        let line: String = clean_line(line.trim_ascii()).trim().chars().take(LONGEST).collect();
        if line.is_empty() {
            return;
        }
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        if words.len() == WORDS {
            words.remove(0);
        }
        words.push(line);
    }

    /// Returns what the server sent before its version or in place of it.
    pub fn words(&self) -> Option<String> {
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        (!words.is_empty()).then(|| words.join("; "))
    }

    fn beat(&self) {
        let millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.heard.store(millis, Ordering::Relaxed);
    }

    /// Returns when the last byte arrived.
    pub fn last(&self) -> Instant {
        self.began + Duration::from_millis(self.heard.load(Ordering::Relaxed))
    }

    /// Waits until nothing arrived for `limit`, counted from now at the earliest.
    pub async fn silence(&self, limit: Duration) {
        let since = Instant::now();
        loop {
            let quiet = self.last().max(since).elapsed();
            if quiet >= limit {
                return;
            }
            sleep(limit.saturating_sub(quiet)).await;
        }
    }

    /// Ends the stream from our side, whatever waits on it.
    pub fn cut(&self) {
        self.cut.store(true, Ordering::Relaxed);
        self.reader.wake();
        self.writer.wake();
    }

    /// `Err` once the stream was ended from our side.
    fn alive(&self) -> io::Result<()> {
        if self.cut.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the server stopped answering"));
        }
        Ok(())
    }
}

/// A stream whose bytes are the pulse.
pub struct Heard<W> {
    wire: W,
    pulse: Arc<Pulse>,
}

impl<W: Wire> Heard<W> {
    pub fn new(wire: W, pulse: Arc<Pulse>) -> Self {
        Self { wire, pulse }
    }
}

impl<W: Wire> AsyncRead for Heard<W> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.pulse.reader.register(cx.waker());
        self.pulse.alive()?;
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.wire).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.pulse.beat();
        }
        polled
    }
}

impl<W: Wire> AsyncWrite for Heard<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.pulse.writer.register(cx.waker());
        self.pulse.alive()?;
        Pin::new(&mut self.wire).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pulse.writer.register(cx.waker());
        self.pulse.alive()?;
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}

/// Returns the reason for giving up a silent connection.
pub fn silence(silent: Duration) -> String {
    format!("the server has been silent for {:.1} s", silent.as_secs_f64())
}
