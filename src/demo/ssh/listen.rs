//! Takes connections for one host, as its link allows.

use std::sync::Arc;

use russh::server::Config;
use tokio::io::DuplexStream;
use tokio::net::TcpListener;

use super::session::Session;
use crate::demo::host::Host;
use crate::demo::link;

/// Serves until the fleet is stopped.
pub async fn serve(listener: TcpListener, config: Arc<Config>, host: Arc<Host>) {
    let (link, tasks) = (host.link(), host.tasks().clone());
    let session = move |stream| session(stream, Arc::clone(&config), Arc::clone(&host));
    link::serve(listener, link, tasks, session).await;
}

async fn session(stream: DuplexStream, config: Arc<Config>, host: Arc<Host>) {
    if let Ok(running) = russh::server::run_stream(config, stream, Session::new(host)).await {
        let _ = running.await;
    }
}
