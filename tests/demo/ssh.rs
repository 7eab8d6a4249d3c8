//! The SSH server of a host, as a client sees it.

use std::time::{Duration, Instant};

use russh::{ChannelMsg, Sig};

use crate::client::{Client, collect};
use crate::world::{client, eventually, fleet, get, who};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_has_its_streams_its_status_and_a_clean_environment() {
    let fleet = fleet(2).await;
    let client = client(&fleet, "web1").await.unwrap();
    let ended = client.line("cat; echo no >&2; exit 7", "in\n").await;
    assert_eq!(
        (ended.code, ended.stdout.as_str(), ended.stderr.as_str()),
        (Some(7), "in\n", "no\n")
    );
    let killed = client.line("kill -KILL $$", "").await;
    assert_eq!(killed.signal.as_deref(), Some("KILL"));
    let env = client.line("env | cut -d= -f1 | sort | tr '\\n' ' '; command -v docker", "").await;
    assert!(!env.stdout.contains("CARGO"), "{}", env.stdout);
    assert!(env.stdout.contains("FLIPSIDE_DEMO_SOCKET"), "{}", env.stdout);
    let bin = fleet.root().join("bin/docker");
    assert!(env.stdout.ends_with(&format!("{}\n", bin.display())), "{}", env.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_channels_share_a_connection_and_none_holds_up_another() {
    let fleet = fleet(2).await;
    let client = client(&fleet, "web1").await.unwrap();
    // Ten megabytes to a command that does not read them, and as many from one that nobody reads.
    let deaf = client.channel().await.unwrap();
    deaf.exec(true, "sleep 3").await.unwrap();
    let stuffing = tokio::spawn(async move {
        let _ = deaf.data_bytes(vec![b'x'; 10 << 20]).await;
    });
    let began = Instant::now();
    let lines = (0..20).map(|n| client.line(if n % 2 == 0 { "echo even" } else { "echo odd" }, ""));
    let lines = futures::future::join_all(lines.collect::<Vec<_>>()).await;
    let even =
        lines.iter().filter(|ended| ended.stdout == "even\n" && ended.code == Some(0)).count();
    assert_eq!(even, 10);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let much = client.line("head -c 5000000 /dev/zero | tr '\\0' x", "").await;
    assert_eq!(much.stdout.len(), 5_000_000);
    // A sender may wait for room in a channel that is closed by now.
    stuffing.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_reaches_the_whole_group() {
    let fleet = fleet(2).await;
    let client = client(&fleet, "web1").await.unwrap();
    let mut channel = client.channel().await.unwrap();
    channel.exec(true, "echo up; sleep 60; echo never").await.unwrap();
    while !matches!(channel.wait().await, Some(ChannelMsg::Data { .. })) {}
    let began = Instant::now();
    channel.signal(Sig::TERM).await.unwrap();
    let ended = collect(channel).await;
    assert_eq!(ended.signal.as_deref(), Some("TERM"));
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_not_let_in() {
    let one = fleet(2).await;
    let other = fleet(2).await;
    let port = one.host("web1").unwrap().ports().ssh().port();
    let strangers_key = Client::connect(port, other.identity(), one.known_hosts()).await;
    assert_eq!(strangers_key.err().as_deref(), Some("refused"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_of_the_proxy_show_the_first_release() {
    let fleet = fleet(3).await;
    for host in ["web1", "web2"] {
        let ports = fleet.host(host).unwrap().ports();
        assert_eq!(who(ports.live()).await, ("v1".to_owned(), "blue".to_owned()));
        assert_eq!(who(ports.passive()).await, ("v1".to_owned(), "blue".to_owned()));
        assert!(get(ports.green(), "/").await.is_err(), "nothing runs as green");
    }
    eventually("users are answered", async || fleet.load().total() > 20).await;
    assert!(fleet.requests_ok(), "{:?}", fleet.load());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_fleet() {
    let fleet = fleet(2).await;
    let root = fleet.root().to_owned();
    let client = client(&fleet, "web1").await.unwrap();
    let channel = client.channel().await.unwrap();
    channel.exec(true, "echo $$ >pid; sleep 300").await.unwrap();
    let written = || std::fs::read_to_string(root.join("web1/pid")).unwrap_or_default();
    eventually("it runs", async || written().ends_with('\n')).await;
    let pid = written();
    let port = fleet.host("web1").unwrap().ports().ssh();
    drop(fleet);
    assert!(!root.exists());
    let gone = async || {
        let alive = std::process::Command::new("kill").arg("-0").arg(pid.trim()).output().unwrap();
        !alive.status.success() && tokio::net::TcpStream::connect(port).await.is_err()
    };
    eventually("no process and no port is left", gone).await;
}
