//! What an order says while it is carried out.

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

/// The way back to the stand-in's standard output and error. Whoever has gone away is not told:
/// their order is dropped where it stands, as with a program that was killed.
#[derive(Debug)]
pub struct Voice(Option<OwnedWriteHalf>);

impl Voice {
    pub fn new(to: OwnedWriteHalf) -> Self {
        Self(Some(to))
    }

    /// For an order that nobody listens to.
    pub fn silent() -> Self {
        Self(None)
    }

    /// One line on standard output.
    pub async fn out(&mut self, line: impl Into<String>) {
        self.send(&Frame::Out(line.into() + "\n")).await;
    }

    /// One line on standard error.
    pub async fn err(&mut self, line: impl Into<String>) {
        self.send(&Frame::Err(line.into() + "\n")).await;
    }

    /// A failure, in the words of what is stood in for.
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
