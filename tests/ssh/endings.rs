//! The endings of commands.

use std::time::{Duration, Instant};

use flipside::base::secret_ref::SecretRef;
use flipside::domain::command::{Command, Stdin};
use flipside::domain::names::HostName;
use flipside::transport::{Ending, Limits, Shell};
use tokio_util::sync::CancellationToken;

use crate::client::{Home, Kept, SOON, gone, limits, pid_in, run, sh, ssh};
use crate::server::{Server, Setup, new_key};

fn web1() -> HostName {
    HostName::new("web1").unwrap()
}

#[tokio::test]
async fn a_status_and_both_streams_come_apart() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let kept = Kept::new();
    let ending = ssh.run(&web1(), &sh("echo out; echo err >&2; exit 7"), &kept, limits(SOON)).await;
    assert_eq!(ending, Ending::Exited(7));
    assert_eq!((kept.out(), kept.err()), ("out\n".to_owned(), "err\n".to_owned()));
    let (ending, _) = run(&ssh, &Command::new(["kill", "-9", "0"])).await;
    assert_eq!(ending, Ending::Signalled("KILL".to_owned()));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn input_is_fed_and_ended() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let secret = home.write("secret", "s3cret\n");
    for (stdin, wanted) in [
        (Stdin::Empty, String::new()),
        (Stdin::Text("line\n".into()), "line\n".to_owned()),
        (Stdin::Text("x".repeat(5_000_000)), "x".repeat(5_000_000)),
        (Stdin::Secret(SecretRef::File(secret.display().to_string())), "s3cret".to_owned()),
    ] {
        let (ending, out) = run(&ssh, &Command::new(["cat"]).stdin(stdin)).await;
        assert_eq!(ending, Ending::Exited(0));
        assert!(out == wanted, "{} bytes came back, not {}", out.len(), wanted.len());
    }
    // Far more than a pipe holds, to a command that reads none of it.
    let (ending, _) = run(&ssh, &sh("exit 4").stdin(Stdin::Text("x".repeat(9_000_000)))).await;
    assert_eq!(ending, Ending::Exited(4));
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_starts_nothing() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let secret = Stdin::Secret(SecretRef::File("/nonexistent".to_owned()));
    let (ending, _) = run(&ssh, &Command::new(["cat"]).stdin(secret)).await;
    let Ending::NotStarted(why) = ending else { panic!("{ending:?}") };
    assert!(why.contains("file:/nonexistent"), "{why}");
}

#[tokio::test]
async fn a_status_that_never_came_is_lost() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let (ending, out) = run(&ssh, &Command::new(["no-status"])).await;
    assert!(matches!(ending, Ending::Lost(_)), "{ending:?}");
    assert_eq!(out, "half\n");
}

#[tokio::test]
async fn output_after_the_status_is_still_read() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let (ending, out) = run(&ssh, &Command::new(["status-first"])).await;
    assert_eq!((ending, out.as_str()), (Ending::Exited(3), "late\n"));
    let (ending, out) = run(
        &ssh,
        &sh(
            "(while [ ! -e /proc/$$/x ] && kill -0 $$; do :; done; echo late) 2>/dev/null & exit 3",
        ),
    )
    .await;
    assert_eq!((ending, out.as_str()), (Ending::Exited(3), "late\n"));
}

#[tokio::test]
async fn a_refused_command_was_not_started() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let (ending, _) = run(&ssh, &Command::new(["refuse"])).await;
    assert!(matches!(ending, Ending::NotStarted(_)), "{ending:?}");
}

/// A shell with a child, both writing down their process ids.
fn family(home: &Home) -> (Command, std::path::PathBuf, std::path::PathBuf) {
    let (parent, child) = (home.path("parent"), home.path("child"));
    let line = format!(
        "sh -c 'echo $$ > {}; while :; do sleep 0.05; done' & echo $$ > {}; echo started; wait",
        child.display(),
        parent.display()
    );
    (sh(&line), parent, child)
}

#[tokio::test]
async fn cancelling_ends_the_whole_process_group() {
    for deaf in [false, true] {
        let home = Home::new();
        let users = vec![home.key.public_key().clone()];
        let setup = Setup { host_keys: vec![new_key()], users, deaf, ..Setup::default() };
        let server = Server::start(setup).await;
        home.knows(server.port, &server.host_key);
        let ssh = ssh(&home, vec![home.host("web1", server.port)]);
        let (command, parent, child) = family(&home);
        let cancel = CancellationToken::new();
        let (kept, other, host) = (Kept::new(), Kept::new(), web1());
        let both = Limits { deadline: SOON, cancel: cancel.clone() };
        let (ending, untouched, (parent, child)) = tokio::join!(
            ssh.run(&host, &command, &kept, both),
            // Another command of the same connection goes on.
            async {
                let limits = limits(SOON);
                ssh.run(&host, &sh("echo here; sleep 1"), &other, limits).await
            },
            async {
                other.holds("here").await;
                let pids = (pid_in(&parent).await, pid_in(&child).await);
                cancel.cancel();
                pids
            }
        );
        assert_eq!(ending, Ending::Cancelled { stopped: true }, "deaf: {deaf}");
        assert_eq!(untouched, Ending::Exited(0));
        gone(&parent).await;
        gone(&child).await;
    }
}

#[tokio::test]
async fn a_deadline_ends_a_command_that_will_not_listen() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let pid = home.path("pid");
    let line = format!("trap '' TERM; echo $$ > {}; while :; do sleep 0.05; done", pid.display());
    let kept = Kept::new();
    let began = Instant::now();
    let ending = ssh.run(&web1(), &sh(&line), &kept, limits(Duration::from_secs(2))).await;
    assert_eq!(ending, Ending::TimedOut { stopped: true });
    // The deadline, then the time it has to obey in.
    assert!(began.elapsed() >= Duration::from_secs(4), "{:?}", began.elapsed());
    gone(&pid_in(&pid).await).await;
}

#[tokio::test]
async fn a_run_that_is_dropped_does_not_leave_its_command_behind() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let (command, parent, _) = family(&home);
    let kept = Kept::new();
    let host = web1();
    {
        let running = ssh.run(&host, &command, &kept, limits(SOON));
        tokio::select! {
            ending = running => panic!("{ending:?}"),
            () = kept.holds("started") => {}
        }
    }
    let pid = pid_in(&parent).await;
    gone(&pid).await;
}

#[tokio::test]
async fn a_command_cancelled_before_it_could_start_left_nothing_behind() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let cancel = CancellationToken::new();
    cancel.cancel();
    let limits = Limits { deadline: SOON, cancel };
    let ending = ssh.run(&web1(), &sh("true"), &Kept::new(), limits).await;
    assert_eq!(ending, Ending::Cancelled { stopped: true });
    assert_eq!(server.connections(), 0);
}

/// A switch that is ended in the middle leaves a host half-way.
#[tokio::test]
async fn a_command_that_ends_by_itself_is_ended_by_nothing_else() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let host = web1();
    let command = |name: &str| {
        let end = home.path(name);
        sh(&format!("echo started; sleep 4; echo whole; touch {}", end.display()))
            .ending_by_itself()
    };
    // Past its deadline, and cancelled.
    let cancel = CancellationToken::new();
    let both = Limits { deadline: Duration::from_secs(2), cancel: cancel.clone() };
    let kept = Kept::new();
    let first = command("first");
    let cancelled = async {
        kept.holds("started").await;
        cancel.cancel();
    };
    let (ending, ()) = tokio::join!(ssh.run(&host, &first, &kept, both), cancelled);
    assert_eq!(ending, Ending::Exited(0));
    assert!(kept.out().contains("whole") && home.path("first").exists());
    // Nobody waits for it any more.
    let kept = Kept::new();
    let second = command("second");
    tokio::select! {
        ending = ssh.run(&host, &second, &kept, limits(SOON)) => panic!("{ending:?}"),
        () = kept.holds("started") => {}
    }
    let until = Instant::now() + SOON;
    while !home.path("second").exists() {
        assert!(Instant::now() < until, "it went on to its end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What such a command leaves running may hold its output open for ever.
#[tokio::test]
async fn a_command_that_has_ended_is_not_waited_for_because_of_what_it_left() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let command = Command::new(["status-held"]).ending_by_itself();
    let began = Instant::now();
    let ending = ssh.run(&web1(), &command, &Kept::new(), limits(Duration::from_secs(60))).await;
    assert_eq!(ending, Ending::Exited(3));
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

/// It begins on a good connection even where the run was aborted in the same moment, and is not waited for
/// where there is none.
#[tokio::test]
async fn a_command_that_ends_by_itself_is_cancelled_only_where_it_cannot_begin() {
    let home = Home::new();
    let server = home.server().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let ssh = ssh(&home, vec![home.host("web1", server.port), home.host("web2", port)]);
    let cancel = CancellationToken::new();
    cancel.cancel();
    let mark = home.path("mark");
    let command = sh(&format!("touch {}", mark.display())).ending_by_itself();
    let limits = Limits { deadline: Duration::from_secs(60), cancel };
    let began = Instant::now();
    let web2 = HostName::new("web2").unwrap();
    let ending = ssh.run(&web2, &command, &Kept::new(), limits.clone()).await;
    assert_eq!(ending, Ending::Cancelled { stopped: true });
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(!mark.exists());
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0), "the connection is good");
    let ending = ssh.run(&web1(), &command, &Kept::new(), limits).await;
    assert_eq!(ending, Ending::Exited(0));
    assert!(mark.exists());
}
