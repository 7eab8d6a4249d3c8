//! A network that is cut and comes back: nothing is lost for good, and nothing stays open.

use std::sync::Arc;
use std::time::Duration;

use flipside::domain::names::HostName;
use flipside::transport::ssh::Ssh;
use flipside::transport::{ConnectionEvent, Ending, Limits, Shell};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::client::{Home, Kept, Person, SOON, Watcher, limits, openssh, run, sh};
use crate::server::{Server, Setup, new_key};

/// A network between us and a server. While it is cut nothing arrives and nothing is refused.
pub struct Net {
    pub port: u16,
    open: watch::Sender<bool>,
}

impl Net {
    pub async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().port();
        let open = watch::Sender::new(true);
        let gate = open.clone();
        tokio::spawn(async move {
            while let Ok((ours, _)) = listener.accept().await {
                let gate = gate.subscribe();
                tokio::spawn(async move {
                    let Ok(theirs) = TcpStream::connect(("127.0.0.1", port)).await else { return };
                    let (ours, theirs) = (ours.into_split(), theirs.into_split());
                    tokio::join!(
                        carry(ours.0, theirs.1, gate.clone()),
                        carry(theirs.0, ours.1, gate)
                    );
                });
            }
        });
        Self { port: here, open }
    }

    pub fn cut(&self) {
        self.open.send_replace(false);
    }

    pub fn heal(&self) {
        self.open.send_replace(true);
    }
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut gate: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 32 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        if gate.wait_for(|open| *open).await.is_err() || to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

struct Scene {
    server: Server,
    net: Net,
    ssh: Ssh,
    watcher: Arc<Watcher>,
    _home: Home,
}

/// A server of so many sessions a connection, behind a network.
async fn scene(keepalive: Duration, sessions: usize) -> Scene {
    let home = Home::new();
    let users = vec![home.key.public_key().clone()];
    let (host_keys, sessions) = (vec![new_key()], Some(sessions));
    let setup = Setup { host_keys, users, sessions, ..Setup::default() };
    let server = Server::start(setup).await;
    let net = Net::before(server.port).await;
    home.knows_line(&format!("[127.0.0.1]:{} {}", net.port, openssh(&server.host_key)));
    let mut host = home.host("web1", net.port);
    host.ssh.keepalive = keepalive;
    host.ssh.connect_timeout = Duration::from_secs(2);
    let watcher = Arc::new(Watcher::default());
    let ssh = Ssh::within(home.around(), vec![host], Person::says([]), Some(watcher.clone()));
    Scene { server, net, ssh, watcher, _home: home }
}

async fn settles(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + SOON;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Commands that begin while the network is cut. They are given up there: by a deadline, by us, or
/// by the callers that waited for them.
async fn give_up_in_the_cut(ssh: &Ssh, patience: Duration, wait: bool) {
    let host = HostName::new("web1").unwrap();
    let command = sh("true");
    let (one, two, three) = (Kept::new(), Kept::new(), Kept::new());
    let cancel = CancellationToken::new();
    let cancelled = Limits { deadline: SOON, cancel: cancel.clone() };
    let all = async {
        tokio::join!(
            ssh.run(&host, &command, &one, limits(patience)),
            ssh.run(&host, &command, &two, limits(patience / 2)),
            ssh.run(&host, &command, &three, cancelled),
            async {
                tokio::time::sleep(patience / 3).await;
                cancel.cancel();
            }
        );
    };
    if wait {
        all.await;
    } else {
        let _ = tokio::time::timeout(patience, all).await;
    }
}

#[tokio::test]
async fn hundreds_of_cuts_lose_no_host_and_leave_nothing_open() {
    let scene = scene(Duration::from_secs(2), 10).await;
    let Scene { server, net, ssh, .. } = &scene;
    let mut slowest = Duration::ZERO;
    for round in 0..200 {
        net.cut();
        // Now and then one that lasts until the connection is given up.
        let patience = Duration::from_millis(if round % 60 == 59 { 3000 } else { 12 });
        let after = async {
            tokio::time::sleep(patience).await;
            net.heal();
            let began = Instant::now();
            let (ending, _) = run(ssh, &sh("true")).await;
            assert_eq!(ending, Ending::Exited(0), "after cut {round}");
            began.elapsed()
        };
        let ((), took) = tokio::join!(give_up_in_the_cut(ssh, patience, round % 20 == 0), after);
        slowest = slowest.max(took);
    }
    assert!(slowest < Duration::from_secs(5), "a host was away for {slowest:?} after a cut");
    // The connection in use, and at most its spare channel.
    settles("connections stay open", || server.live() <= 1).await;
    settles("channels stay open", || server.sessions() <= 1).await;
    ssh.close().await;
    settles("a connection stays open", || server.live() == 0).await;
}

#[tokio::test]
async fn a_dead_network_is_noticed_while_nothing_is_asked_for() {
    let scene = scene(Duration::from_secs(2), 10).await;
    let Scene { net, ssh, watcher, .. } = &scene;
    assert_eq!(run(ssh, &sh("true")).await.0, Ending::Exited(0));
    net.cut();
    let lost = watcher.sees(|link| matches!(link, ConnectionEvent::Lost { .. })).await;
    assert!(format!("{lost:?}").contains("silent"), "{lost:?}");
    net.heal();
    assert_eq!(run(ssh, &sh("true")).await.0, Ending::Exited(0));
}

/// An idle server says nothing but what it is asked for; that is no silence.
#[tokio::test]
async fn an_idle_connection_that_answers_is_never_called_lost() {
    let scene = scene(Duration::from_secs(2), 10).await;
    let Scene { ssh, watcher, .. } = &scene;
    assert_eq!(run(ssh, &sh("true")).await.0, Ending::Exited(0));
    // A dead one is given up after a second.
    let lost = watcher.sees(|link| matches!(link, ConnectionEvent::Lost { .. }));
    let lost = tokio::time::timeout(Duration::from_secs(4), lost).await;
    assert!(lost.is_err(), "{lost:?}");
    assert_eq!(run(ssh, &sh("true")).await.0, Ending::Exited(0));
}

#[tokio::test]
async fn a_command_that_runs_outlives_a_short_silence() {
    // Given up for new commands after a second; ended after eight.
    let scene = scene(Duration::from_secs(2), 10).await;
    let Scene { net, ssh, watcher, server, .. } = &scene;
    let (host, command, kept) =
        (HostName::new("web1").unwrap(), sh("echo on; sleep 3"), Kept::new());
    let (ending, ()) = tokio::join!(ssh.run(&host, &command, &kept, limits(SOON)), async {
        kept.holds("on").await;
        net.cut();
        watcher.sees(|link| matches!(link, ConnectionEvent::Lost { .. })).await;
        net.heal();
        assert_eq!(run(ssh, &sh("true")).await.0, Ending::Exited(0));
        assert_eq!(server.live(), 2, "the command's own connection, and a new one");
    });
    assert_eq!(ending, Ending::Exited(0));
    settles("the old connection stays open", || server.live() == 1).await;
}

/// A switch is ended by nobody. But once the run is ended others wait: it is heard only while its server lives.
#[tokio::test]
async fn a_command_that_ends_by_itself_holds_nobody_up_in_a_cut_once_it_is_cancelled() {
    let (host, command) =
        (HostName::new("web1").unwrap(), sh("echo on; sleep 3; echo whole").ending_by_itself());
    for cancelled_first in [true, false] {
        // Given up for new commands after a second; ended after eight.
        let scene = scene(Duration::from_secs(2), 10).await;
        let Scene { net, ssh, watcher, .. } = &scene;
        let (kept, cancel) = (Kept::new(), CancellationToken::new());
        let limits = Limits { deadline: SOON, cancel: cancel.clone() };
        let lost = async {
            kept.holds("on").await;
            if cancelled_first {
                cancel.cancel();
            }
            net.cut();
            watcher.sees(|link| matches!(link, ConnectionEvent::Lost { .. })).await;
            cancel.cancel();
            Instant::now()
        };
        let running = async { (ssh.run(&host, &command, &kept, limits).await, Instant::now()) };
        let ((ending, ended), lost) = tokio::join!(running, lost);
        assert!(
            matches!(&ending, Ending::Lost(why) if why.contains("continues there")),
            "{ending:?}"
        );
        let took = ended.saturating_duration_since(lost);
        assert!(took < Duration::from_secs(1), "{took:?} after it was lost and cancelled");
    }
    // Cancelled and in reach, it is heard to its end.
    let scene = scene(Duration::from_secs(2), 10).await;
    let (kept, cancel) = (Kept::new(), CancellationToken::new());
    cancel.cancel();
    let limits = Limits { deadline: SOON, cancel };
    assert_eq!(run(&scene.ssh, &sh("true")).await.0, Ending::Exited(0), "the connection is good");
    assert_eq!(scene.ssh.run(&host, &command, &kept, limits).await, Ending::Exited(0));
    assert!(kept.out().contains("whole"));
}

#[tokio::test]
async fn a_connection_that_refuses_channels_for_good_is_replaced() {
    let scene = scene(Duration::from_secs(15), 2).await;
    let Scene { ssh, server, .. } = &scene;
    // Two that do not end fill the connection.
    let (host, forever) = (HostName::new("web1").unwrap(), sh("echo on; exec sleep 60"));
    let (one, two) = (Kept::new(), Kept::new());
    let cancel = CancellationToken::new();
    let limits = || Limits { deadline: SOON * 3, cancel: cancel.clone() };
    tokio::join!(
        ssh.run(&host, &forever, &one, limits()),
        ssh.run(&host, &forever, &two, limits()),
        async {
            one.holds("on").await;
            two.holds("on").await;
            let began = Instant::now();
            assert_eq!(run(ssh, &sh("true")).await.0, Ending::Exited(0));
            assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
            assert_eq!(server.live(), 2);
            cancel.cancel();
        }
    );
    settles("the full connection stays open", || server.live() == 1).await;
}
