//! A small fleet, and what can be asked of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use flipside::demo::compose::docker::container::Container;
use flipside::demo::compose::docker::filter::Filter;
use flipside::demo::pace::Pace;
use flipside::demo::{DemoPlatform, Fleet, Host, Setup};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::Client;

pub async fn fleet(hosts: u16) -> Fleet {
    fleet_of(DemoPlatform::Compose, hosts).await
}

pub async fn fleet_of(platform: DemoPlatform, hosts: u16) -> Fleet {
    let setup = Setup {
        platform,
        hosts,
        program: PathBuf::from(env!("CARGO_BIN_EXE_flipside")),
        pace: Pace::QUICK,
        requests: 20,
    };
    Fleet::start_with(setup).await.unwrap()
}

pub async fn client(fleet: &Fleet, host: &str) -> Result<Client, String> {
    let port = fleet.host(host).unwrap().ports().ssh().port();
    Client::connect(port, fleet.identity(), fleet.known_hosts()).await
}

/// The head and body of an HTTP answer, asked in plain bytes.
pub async fn get(address: SocketAddr, path: &str) -> Result<String, std::io::Error> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// The release and color that answer at an address.
pub async fn who(address: SocketAddr) -> (String, String) {
    let answer = get(address, "/health").await.unwrap();
    let header = |name: &str| {
        let found = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.unwrap_or("?").to_owned()
    };
    (header("x-release"), header("x-flipside-color"))
}

pub fn service(host: &Host, service: &str) -> Option<std::sync::Arc<Container>> {
    host.docker()?.containers(&Filter::service("shop", service)).pop()
}

/// Asks again and again, for five seconds.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..250 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came true: {what}");
}
