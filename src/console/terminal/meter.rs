//! How much goes to the terminal. A terminal over a slow line is not given more than it can take: what
//! streams by is drawn less often, and keys are never slower for it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Bytes a second while output streams by.
const RATE: u64 = 90_000;

/// Counts what is written through its writer.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<AtomicU64>);

impl Meter {
    pub fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn on<W>(&self, writer: W) -> Metered<W> {
        Metered { writer, meter: self.clone() }
    }
}

/// How long so many bytes take at the rate.
pub fn time_of(bytes: u64) -> Duration {
    Duration::from_micros(bytes.saturating_mul(1_000_000) / RATE)
}

#[derive(Debug)]
pub struct Metered<W> {
    writer: W,
    meter: Meter,
}

impl<W: Write> Write for Metered<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(bytes)?;
        self.meter.0.fetch_add(written as u64, Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
