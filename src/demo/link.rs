//! The line between the console and one target, which can be cut.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

use super::tasks::Tasks;

/// Bytes that may be between a connection and its session.
const BETWEEN: usize = 64 * 1024;

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

/// Takes connections as the link allows, and runs a session for each, until the fleet is stopped. The caller passes a bound
/// `listener`, so that a taken port is noticed before the target is announced.
pub async fn serve<F>(
    listener: TcpListener,
    mut link: watch::Receiver<Link>,
    tasks: Tasks,
    session: impl Fn(DuplexStream) -> F + Send,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(address) = listener.local_addr() else { return };
    let mut listener = Some(listener);
    let for_session = link.clone();
    loop {
        match listener.take() {
            // Nothing listens: the system refuses new connections.
            None => {
                if link.wait_for(|link| *link != Link::Cut).await.is_err() {
                    return;
                }
                listener = Some(listen(address).await);
            }
            Some(open) => tokio::select! {
                accepted = open.accept() => {
                    if let Ok((stream, _)) = accepted {
                        // A client may go away at any time; the server does not report it.
                        let _: io::Result<()> = stream.set_nodelay(true);
                        let (inside, served) = tokio::io::duplex(BETWEEN);
                        let (link, session) = (for_session.clone(), session(served));
                        tasks.spawn(async move {
                            tokio::join!(carry(stream, inside, link), session);
                        });
                    }
                    listener = Some(open);
                }
                _ = link.wait_for(|link| *link == Link::Cut) => {}
            },
        }
    }
}

/// The port again. Somebody else may have it for a moment.
async fn listen(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Carries bytes between a connection and the session that serves it, as long as the link lets it.
async fn carry(mut outside: TcpStream, inside: DuplexStream, mut link: watch::Receiver<Link>) {
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
