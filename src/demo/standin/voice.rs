//! The output of a stand-in's order while it is carried out.

use tokio::io::AsyncWriteExt;
use tokio::net::unix::OwnedWriteHalf;

use super::NOT_KNOWN;
use super::wire::Frame;

/// How an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(pub u8);

impl Exit {
    pub const OK: Self = Self(0);
    pub const FAILED: Self = Self(1);
    /// A shell's own.
    pub const NO_SUCH_COMMAND: Self = Self(127);
}

/// The connection to the stand-in's standard output and error. If the stand-in is gone, its order is dropped at once, as
/// when a program was killed.
#[derive(Debug)]
pub struct Voice(Option<OwnedWriteHalf>);

impl Voice {
    pub fn new(to: OwnedWriteHalf) -> Self {
        Self(Some(to))
    }

    /// Returns an output that is discarded.
    pub fn silent() -> Self {
        Self(None)
    }

    /// Prints one line on standard output.
    pub async fn out(&mut self, line: impl Into<String>) {
        self.send(&Frame::Out(line.into() + "\n")).await;
    }

    /// Prints one line on standard error.
    pub async fn err(&mut self, line: impl Into<String>) {
        self.send(&Frame::Err(line.into() + "\n")).await;
    }

    /// Prints an error, worded like the original's, and returns the exit code of a failure.
    pub async fn fail(&mut self, line: impl Into<String>) -> Exit {
        self.err(line).await;
        Exit::FAILED
    }

    pub async fn not_known(&mut self, program: &str, words: &[&str]) -> Exit {
        let order = words.join(" ");
        self.err(format!("the demo's stand-in does not know: {program} {order}")).await;
        Exit(NOT_KNOWN)
    }

    pub async fn end(mut self, exit: Exit) {
        self.send(&Frame::Exit(exit.0)).await;
    }

    async fn send(&mut self, frame: &Frame) {
        let Some(to) = &mut self.0 else { return };
        let Ok(mut line) = serde_json::to_vec(frame) else { return };
        line.push(b'\n');
        // A stand-in that is gone is noticed where its order is read.
        let _ = to.write_all(&line).await;
    }
}
