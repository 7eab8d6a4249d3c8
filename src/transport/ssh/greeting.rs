//! The lines that a server sends before its version (RFC 4253, section 4.2). russh accepts 20 lines of 255 bytes, ssh(1)
//! 1024 of 8192: a legal notice may exceed the former. The lines are recorded, since an sshd that rejects a connection
//! gives its reason there (`Exceeded MaxStartups`).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};

use super::pulse::{Heard, Pulse};
use super::wire::Wire;

const LINES: usize = 1024;
const LINE: usize = 8192;
const VERSION: &[u8] = b"SSH-";

/// Small packets arrive many at a time; one read for all of them saves a quarter of the CPU. Large ones
/// pass the buffer by, so more would only be memory that is touched for every connection.
const BUFFER: usize = 16 * 1024;

/// Returns a stream for russh: its bytes count for `pulse`, and it begins with the server's version.
pub fn buffered(wire: impl Wire + 'static, pulse: &Arc<Pulse>) -> Box<dyn Wire> {
    let heard = Heard::new(wire, pulse.clone());
    Box::new(BufReader::with_capacity(BUFFER, Greeting::new(heard, pulse.clone())))
}

/// A stream that begins with the server's version.
pub struct Greeting<W> {
    wire: W,
    pulse: Arc<Pulse>,
    held: Vec<u8>,
    lines: usize,
    over: bool,
}

impl<W: Wire> Greeting<W> {
    pub fn new(wire: W, pulse: Arc<Pulse>) -> Self {
        Self { wire, pulse, held: Vec::new(), lines: 0, over: false }
    }

    /// Drops whole lines until one is the version.
    fn sift(&mut self) -> io::Result<()> {
        loop {
            let length = self.held.len().min(VERSION.len());
            if self.held[..length] == VERSION[..length] {
                self.over = length == VERSION.len();
                return Ok(());
            }
            match self.held.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    let line: Vec<u8> = self.held.drain(..=end).collect();
                    self.pulse.said(&line);
                    self.lines += 1;
                }
                None if self.held.len() <= LINE => return Ok(()),
                None => self.lines = LINES,
            }
            if self.lines >= LINES {
                let why = "it talks on and on, and never says that it is an SSH server";
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
        }
    }
}

impl<W: Wire> AsyncRead for Greeting<W> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.over {
            let mut chunk = [0; 1024];
            let mut read = ReadBuf::new(&mut chunk);
            let got = ready!(Pin::new(&mut self.wire).poll_read(cx, &mut read));
            if got.is_err() || read.filled().is_empty() {
                self.over = true;
                let rest = std::mem::take(&mut self.held);
                self.pulse.said(&rest);
                return Poll::Ready(got);
            }
            self.held.extend_from_slice(read.filled());
            self.sift()?;
        }
        if self.held.is_empty() {
            return Pin::new(&mut self.wire).poll_read(cx, buf);
        }
        let some = self.held.len().min(buf.remaining());
        buf.put_slice(&self.held[..some]);
        self.held.drain(..some);
        Poll::Ready(Ok(()))
    }
}

impl<W: Wire> AsyncWrite for Greeting<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}
