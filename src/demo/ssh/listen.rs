//! Takes connections for one host, as its link allows.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use russh::server::Config;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::session::Session;
use crate::demo::host::Host;
use crate::demo::link::{self, Link};

/// Bytes that may be between a connection and its session.
const BETWEEN: usize = 64 * 1024;

/// Serves until the fleet is stopped. The caller passes a bound `listener`, so that a taken port is noticed before the
/// host is announced.
pub async fn serve(listener: TcpListener, config: Arc<Config>, host: Arc<Host>) {
    let mut link = host.link();
    let mut listener = Some(listener);
    loop {
        match listener.take() {
            // Nothing listens: the system refuses new connections.
            None => {
                if link.wait_for(|link| *link != Link::Cut).await.is_err() {
                    return;
                }
                listener = Some(listen(host.ports().ssh()).await);
            }
            Some(open) => tokio::select! {
                accepted = open.accept() => {
                    if let Ok((stream, _)) = accepted {
                        take(stream, &config, &host);
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

fn take(stream: TcpStream, config: &Arc<Config>, host: &Arc<Host>) {
    let (config, host) = (Arc::clone(config), Arc::clone(host));
    let tasks = host.tasks().clone();
    tasks.spawn(async move {
        let link = host.link();
        // A client may go away at any time; the server does not report it.
        let _: io::Result<()> = stream.set_nodelay(true);
        let (inside, served) = tokio::io::duplex(BETWEEN);
        let session = async move {
            if let Ok(running) = russh::server::run_stream(config, served, Session::new(host)).await
            {
                let _ = running.await;
            }
        };
        tokio::join!(link::carry(stream, inside, link), session);
    });
}
