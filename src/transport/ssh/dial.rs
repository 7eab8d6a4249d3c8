//! Opens the byte stream to a server: TCP, a tunnel through a jump host, or a local command.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, Join, ReadBuf};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

use super::settings::Family;
use super::wire::Eager;
use crate::base::text::clean_line;

/// The next address of a name is tried when the one before has been silent for so long (RFC 8305,
/// section 5): one dead IPv6 route must not cost the whole deadline.
const HEAD_START: Duration = Duration::from_millis(250);

/// How much of a `ProxyCommand`'s standard error is retained: enough for its last lines.
const TAIL: usize = 1024;
const LAST_WORDS: Duration = Duration::from_millis(300);

pub async fn tcp(
    host: &str,
    port: u16,
    family: Family,
    eager: Arc<AtomicBool>,
) -> io::Result<Eager> {
    let addresses = tokio::net::lookup_host((host, port)).await?;
    let fits = |address: &SocketAddr| match family {
        Family::Any => true,
        Family::V4 => address.is_ipv4(),
        Family::V6 => address.is_ipv6(),
    };
    let addresses: Vec<SocketAddr> = addresses.filter(fits).collect();
    let stream = first_of(&addresses).await?;
    stream.set_nodelay(true)?;
    Ok(Eager::new(stream, eager))
}

async fn first_of(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut tries = FuturesUnordered::new();
    let mut rest = addresses.iter();
    let mut last = io::Error::other("the name has no address");
    loop {
        let next = rest.next();
        let exhausted = next.is_none();
        if let Some(address) = next {
            tries.push(TcpStream::connect(address));
        }
        loop {
            let pause = async {
                if exhausted {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(HEAD_START).await;
            };
            tokio::select! {
                done = tries.next() => match done {
                    Some(Ok(stream)) => return Ok(stream),
                    Some(Err(error)) => {
                        last = error;
                        if !exhausted {
                            break;
                        }
                    }
                    None => return Err(last),
                },
                () = pause => break,
            }
        }
    }
}

/// A `ProxyCommand`, whose output is the server's stream. It is killed with the connection.
pub struct Proxy {
    pipes: Join<ChildStdout, ChildStdin>,
    _child: Child,
}

/// The end of what a command prints on standard error.
pub struct Said {
    tail: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Said {
    /// Reads to the end in any case: a full pipe would stop the command.
    fn by(mut errors: ChildStderr) -> Self {
        let tail = Arc::<Mutex<Vec<u8>>>::default();
        let kept = tail.clone();
        let reader = tokio::spawn(async move {
            let mut buffer = [0; 1024];
            while let Ok(read @ 1..) = errors.read(&mut buffer).await {
                let mut tail = kept.lock().unwrap_or_else(PoisonError::into_inner);
                tail.extend_from_slice(&buffer[..read]);
                let surplus = tail.len().saturating_sub(TAIL);
                tail.drain(..surplus);
            }
        });
        Self { tail, reader }
    }

    /// Returns its last lines, sanitized. `None`: it printed nothing.
    pub async fn last_words(self) -> Option<String> {
        // The reading ends with the command, not with processes that it left running.
        let _ = tokio::time::timeout(LAST_WORDS, self.reader).await;
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines: Vec<String> = tail
            .split(|byte| *byte == b'\n')
            .map(clean_line)
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = lines.split_off(lines.len().saturating_sub(3)).join("; ");
        (!last.is_empty()).then_some(last)
    }
}

pub fn command(line: &str) -> io::Result<(Proxy, Said)> {
    // `exec`, so that it is the command itself that is killed, and not a shell before it.
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(format!("exec {line}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    match (child.stdout.take(), child.stdin.take(), child.stderr.take()) {
        (Some(out), Some(into), Some(errors)) => {
            let proxy = Proxy { pipes: tokio::io::join(out, into), _child: child };
            Ok((proxy, Said::by(errors)))
        }
        _ => Err(io::Error::other("the command has no pipes")),
    }
}

impl AsyncRead for Proxy {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipes).poll_read(cx, buf)
    }
}

impl AsyncWrite for Proxy {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.pipes).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipes).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipes).poll_shutdown(cx)
    }
}
