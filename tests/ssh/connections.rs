//! One connection per host: shared, lost, and made again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flipside::domain::command::Command;
use flipside::domain::event::Stream;
use flipside::domain::names::HostName;
use flipside::transport::ssh::Ssh;
use flipside::transport::{ConnectionEvent, Ending, Shell, Sink};
use tokio::net::TcpListener;

use crate::client::{
    Home, Kept, Person, SOON, Watcher, limits, openssh, refused, run, run_on, sh, ssh,
};

#[tokio::test]
async fn a_connection_that_breaks_loses_its_commands_and_is_made_anew() {
    let home = Home::new();
    let server = home.server().await;
    let watcher = Arc::new(Watcher::default());
    let hosts = vec![home.host("web1", server.port)];
    let ssh = Ssh::within(home.around(), hosts, Person::says([]), Some(watcher.clone()));
    let host = HostName::new("web1").unwrap();
    let kept = Kept::new();
    let (command, limits) = (sh("echo begun; sleep 60"), limits(SOON));
    let (ending, _) = tokio::join!(ssh.run(&host, &command, &kept, limits), async {
        kept.holds("begun").await;
        run(&ssh, &Command::new(["drop"])).await
    });
    assert!(matches!(ending, Ending::Lost(_)), "{ending:?}");
    watcher.sees(|link| matches!(link, ConnectionEvent::Lost { .. })).await;
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_server_that_freezes_is_noticed() {
    let home = Home::new();
    let server = home.server().await;
    let mut host = home.host("web1", server.port);
    host.ssh.keepalive = Duration::from_millis(100);
    let ssh = ssh(&home, vec![host]);
    let began = Instant::now();
    let (ending, _) = run(&ssh, &Command::new(["freeze"])).await;
    let Ending::Lost(why) = ending else { panic!("{ending:?}") };
    assert!(why.contains("keepalive"), "{why}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn eleven_commands_at_once_share_one_connection() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let commands: Vec<Command> = (0..11).map(|n| sh(&format!("echo {n}"))).collect();
    let runs = commands.iter().map(|command| run(&ssh, command));
    for (n, (ending, out)) in futures::future::join_all(runs).await.into_iter().enumerate() {
        assert_eq!((ending, out), (Ending::Exited(0), format!("{n}\n")));
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_server_may_not_open_channels_to_us() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let (_, out) = run(&ssh, &Command::new(["open-channels"])).await;
    assert_eq!(out, "agent refused: true, tcp refused: true\n");
}

/// A sink that works hard over every piece. It may not wait: while it has the thread, every other
/// command on the connection stands still (see [`Sink`]).
struct Slow;

impl Sink for Slow {
    fn take(&self, _: Stream, _: &[u8]) {
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_into_a_slow_sink_does_not_hold_up_another_command() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = Arc::new(ssh(&home, vec![home.host("web1", server.port)]));
    let flood = sh("exec head -c 400000000 /dev/zero");
    let host = HostName::new("web1").unwrap();
    let limits = limits(Duration::from_secs(2));
    let slow = tokio::spawn({
        let (ssh, host) = (ssh.clone(), host.clone());
        async move { ssh.run(&host, &flood, &Slow, limits).await }
    });
    let began = Instant::now();
    for _ in 0..5 {
        assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
    }
    assert!(!slow.is_finished(), "the flood was over too soon to tell");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    slow.abort();
}

#[tokio::test]
async fn hosts_behind_a_jump_host_share_its_connection() {
    let home = Home::new();
    let (jump, web1, web2) = (home.server().await, home.server().await, home.server().await);
    let behind = |name: &str, port| {
        let mut host = home.host(name, port);
        host.ssh.jump = Some(vec![format!("hop@127.0.0.1:{}", jump.port)]);
        host
    };
    let ssh = ssh(&home, vec![behind("web1", web1.port), behind("web2", web2.port)]);
    let command = sh("echo here");
    let (one, two) = tokio::join!(run_on(&ssh, "web1", &command), run_on(&ssh, "web2", &command));
    assert_eq!((one.0, two.0), (Ending::Exited(0), Ending::Exited(0)));
    assert_eq!((jump.connections(), web1.connections(), web2.connections()), (1, 1, 1));
}

#[tokio::test]
async fn a_chain_of_jump_hosts_is_walked() {
    let home = Home::new();
    let (one, two, web) = (home.server().await, home.server().await, home.server().await);
    let mut host = home.host("web1", web.port);
    host.ssh.jump =
        Some(vec![format!("127.0.0.1:{}", one.port), format!("127.0.0.1:{}", two.port)]);
    let ssh = ssh(&home, vec![host]);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
    assert_eq!((one.connections(), two.connections(), web.connections()), (1, 1, 1));
    ssh.close().await;
    let why = refused(run(&ssh, &sh("true")).await.0);
    assert!(why.contains("closed"), "{why}");
}

#[tokio::test]
async fn a_way_through_itself_is_seen() {
    let home = Home::new();
    for config in [
        "Host *\n  ProxyJump hop\n",
        "Host alias\n  ProxyJump one\nHost one\n  ProxyJump two\nHost two\n  ProxyJump one\n",
    ] {
        home.write(".ssh/config", config);
        let mut host = home.host("web1", 22);
        "alias".clone_into(&mut host.ssh.address);
        host.ssh.port = None;
        let ssh = ssh(&home, vec![host]);
        let why = refused(run(&ssh, &sh("true")).await.0);
        assert!(why.contains("goes through itself"), "{why}");
    }
}

#[tokio::test]
async fn a_jump_host_that_fails_says_which_it_is() {
    let home = Home::new();
    let jump = home.stranger().await;
    let web = home.server().await;
    let mut host = home.host("web1", web.port);
    host.ssh.jump = Some(vec![format!("127.0.0.1:{}", jump.port)]);
    let ssh = ssh(&home, vec![host]);
    let why = refused(run(&ssh, &sh("true")).await.0);
    assert!(why.contains(&jump.port.to_string()) && why.contains("web1"), "{why}");
    home.knows_line(&format!("[127.0.0.1]:{} {}", jump.port, openssh(&jump.host_key)));
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
}

#[tokio::test]
async fn a_proxy_command_carries_the_connection() {
    let home = Home::new();
    let (jump, web) = (home.server().await, home.server().await);
    // What an `nc %h %p` would do, with what every machine has.
    let line =
        format!("ProxyCommand bash -c 'exec 3<>/dev/tcp/%h/{}; cat <&3 & cat >&3'", web.port);
    home.write(".ssh/config", &line);
    let mut host = home.host("web1", web.port);
    host.ssh.port = Some(jump.port);
    home.knows(jump.port, &web.host_key);
    home.write(".ssh/known_hosts", &format!("* {}\n", openssh(&web.host_key)));
    let ssh = ssh(&home, vec![host]);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
    assert_eq!((jump.connections(), web.connections()), (0, 1));
}

#[tokio::test]
async fn what_a_proxy_command_says_is_why_it_failed() {
    let home = Home::new();
    let line = "ProxyCommand sh -c 'for n in 1 2 3 4; do echo line $n >&2; done; \
                printf \"\\033[1mno way\\n\" >&2; exit 3'";
    home.write(".ssh/config", line);
    let ssh = ssh(&home, vec![home.host("web1", 22)]);
    let why = refused(run(&ssh, &sh("true")).await.0);
    assert!(why.contains("the `ProxyCommand` said: line 3; line 4; no way"), "{why}");
    assert!(!why.contains("line 2") && !why.contains('\u{1b}'), "{why}");
}

#[tokio::test]
async fn every_stage_has_a_deadline_and_says_which_it_is() {
    let home = Home::new();
    // It accepts, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut mute = home.host("web1", port);
    mute.ssh.connect_timeout = Duration::from_millis(200);
    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        home.host("web2", listener.local_addr().unwrap().port())
    };
    let ssh = ssh(&home, vec![mute, gone]);
    let why = refused(run(&ssh, &sh("true")).await.0);
    let wanted = format!("web1 (127.0.0.1:{port}): key exchange: no answer (after 0.2 s)");
    assert_eq!(why, wanted);
    let why = refused(run_on(&ssh, "web2", &sh("true")).await.0);
    assert!(why.contains("connecting: Connection refused"), "{why}");
}
