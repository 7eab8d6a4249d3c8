//! The first byte's way: TCP, a tunnel through a jump host, or a local command.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::io::{AsyncRead, AsyncWrite, Join, ReadBuf};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::wire::Eager;

/// The next address of a name is tried when the one before has been silent for so long (RFC 8305,
/// section 5): one dead IPv6 route must not cost the whole deadline.
const HEAD_START: Duration = Duration::from_millis(250);

pub async fn tcp(host: &str, port: u16, eager: Arc<AtomicBool>) -> io::Result<Eager> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
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

/// A `ProxyCommand`: what it prints is what the server says. It is killed with the connection.
pub struct Proxy {
    pipes: Join<ChildStdout, ChildStdin>,
    _child: Child,
}

pub fn command(line: &str) -> io::Result<Proxy> {
    // `exec`, so that it is the command itself that is killed, and not a shell before it.
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(format!("exec {line}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    match (child.stdout.take(), child.stdin.take()) {
        (Some(out), Some(into)) => Ok(Proxy { pipes: tokio::io::join(out, into), _child: child }),
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
