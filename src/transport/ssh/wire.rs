//! The byte stream under an SSH connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A byte stream that can carry SSH.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A TCP stream that acknowledges at once while `eager` is set.
///
/// After the login sshd makes two small writes. Its kernel holds the second back until the first is
/// acknowledged (Nagle), and ours delays that by 40 ms. The kernel forgets `TCP_QUICKACK` now and
/// then (tcp(7)), so it is set anew after every read, until the first channel is open.
#[derive(Debug)]
pub struct Eager {
    stream: TcpStream,
    eager: Arc<AtomicBool>,
}

impl Eager {
    pub fn new(stream: TcpStream, eager: Arc<AtomicBool>) -> Self {
        let this = Self { stream, eager };
        this.rearm();
        this
    }

    #[cfg(target_os = "linux")]
    fn rearm(&self) {
        if self.eager.load(Ordering::Relaxed) {
            // Only speed is lost where it fails.
            let _ = socket2::SockRef::from(&self.stream).set_tcp_quickack(true);
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn rearm(&self) {
        let _ = self.eager.load(Ordering::Relaxed);
    }
}

impl AsyncRead for Eager {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if polled.is_ready() {
            self.rearm();
        }
        polled
    }
}

impl AsyncWrite for Eager {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
