//! The line between the console and one target, which can be cut.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// How the line to a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Link {
    #[default]
    Good,
    /// Connections are dropped, new ones are refused. What runs there goes on.
    Cut,
    /// Connections are taken and stay, and nothing gets through them until it is good again.
    Hung,
}

/// Carries bytes between a connection and the session that serves it, as long as the link lets it.
pub async fn carry(mut outside: TcpStream, inside: DuplexStream, mut link: watch::Receiver<Link>) {
    let (from_outside, to_outside) = outside.split();
    let (from_inside, to_inside) = tokio::io::split(inside);
    let inward = pump(from_outside, to_inside, link.clone());
    let outward = pump(from_inside, to_outside, link.clone());
    tokio::select! {
        _ = async { tokio::join!(inward, outward) } => {}
        _ = link.wait_for(|link| *link == Link::Cut) => {}
    }
}

/// One direction. What was read while the link hangs is delivered when it is good again.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut link: watch::Receiver<Link>,
) -> io::Result<()> {
    let mut bytes = vec![0; 32 * 1024];
    loop {
        let count = from.read(&mut bytes).await?;
        if link.wait_for(|link| *link != Link::Hung).await.is_err() || count == 0 {
            return to.shutdown().await;
        }
        to.write_all(&bytes[..count]).await?;
    }
}
