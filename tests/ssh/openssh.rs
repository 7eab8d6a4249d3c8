//! The essentials against the OpenSSH server itself, where it is installed. It runs as the user of the tests, on
//! loopback, with a configuration of its own.

use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use flipside::domain::command::{Command, RunAs, Stdin};
use flipside::domain::names::HostName;
use flipside::domain::spec::HostSpec;
use flipside::transport::ssh::Ssh;
use flipside::transport::{Ending, Limits, PromptReply, Shell};
use russh::keys::ssh_key::LineEnding;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::client::{
    Home, Kept, Person, SOON, asking, gone, left_out, openssh, pid_in, refused, run, run_on, sh,
    ssh,
};
use crate::login::Agent;
use crate::server::new_key;

const SSHD: &str = "/usr/sbin/sshd";

pub struct Sshd {
    process: Child,
    pub port: u16,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `None`, and said so, where it is not installed.
pub async fn sshd(home: &Home, more: &str) -> Option<Sshd> {
    if !std::path::Path::new(SSHD).exists() {
        left_out(&format!("{SSHD} is not installed, so nothing was tried against OpenSSH"));
        return None;
    }
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let key = new_key();
    // A file of its own: sshd reads it again for every connection.
    let host_key = home.write_key(&format!("host_key_{port}"), &key);
    home.knows(port, key.public_key());
    home.write("authorized_keys", &home.key.public_key().to_openssh().unwrap());
    let path = |name| home.path(name).display().to_string();
    let config = format!(
        "{more}\nListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\n\
         PidFile none\nStrictModes no\nPasswordAuthentication no\n\
         KbdInteractiveAuthentication no\nUsePAM no\n",
        host_key.display(),
        path("authorized_keys")
    );
    let config = home.write(&format!("sshd_config_{port}"), &config);
    let process = Process::new(SSHD)
        .args(["-D", "-e", "-f"])
        .arg(config)
        .stderr(Stdio::from(std::fs::File::create(home.path("sshd.log")).unwrap()))
        .spawn()
        .unwrap();
    let sshd = Sshd { process, port };
    let deadline = Instant::now() + SOON;
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        let log = std::fs::read_to_string(home.path("sshd.log")).unwrap_or_default();
        assert!(Instant::now() < deadline, "sshd never came up: {log}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Some(sshd)
}

/// A host on it, as the user who runs the tests.
pub fn host(home: &Home, name: &str, port: u16) -> HostSpec {
    let mut host = home.host(name, port);
    let whoami = Process::new("id").arg("-un").output().unwrap();
    host.ssh.user = Some(String::from_utf8(whoami.stdout).unwrap().trim().to_owned());
    host
}

fn web1() -> HostName {
    HostName::new("web1").unwrap()
}

#[tokio::test]
async fn commands_run_with_their_input_streams_and_endings() {
    let home = Home::new();
    let Some(sshd) = sshd(&home, "").await else { return };
    let ssh = ssh(&home, vec![host(&home, "web1", sshd.port)]);
    let kept = Kept::new();
    let limits = crate::client::limits(SOON);
    let command = sh("echo out; echo err >&2; exit 7");
    let ending = ssh.run(&web1(), &command, &kept, limits).await;
    assert_eq!(ending, Ending::Exited(7));
    assert_eq!((kept.out(), kept.err()), ("out\n".to_owned(), "err\n".to_owned()));
    let big = "x".repeat(5_000_000);
    let (ending, out) = run(&ssh, &Command::new(["cat"]).stdin(Stdin::Text(big.clone()))).await;
    assert_eq!((ending, out.len()), (Ending::Exited(0), big.len()));
    let (ending, _) = run(&ssh, &Command::new(["cat"])).await;
    assert_eq!(ending, Ending::Exited(0));
    let (ending, _) = run(&ssh, &Command::new(["kill", "-9", "0"])).await;
    assert!(matches!(&ending, Ending::Signalled(signal) if signal == "KILL"), "{ending:?}");
    let (ending, out) = run(&ssh, &sh("(sleep 0.3; echo late) & exit 3")).await;
    assert_eq!((ending, out.as_str()), (Ending::Exited(3), "late\n"));
    let commands: Vec<Command> = (0..11).map(|n| sh(&format!("sleep 0.1; echo {n}"))).collect();
    let eleven = commands.iter().map(|command| run(&ssh, command));
    for (n, (ending, out)) in futures::future::join_all(eleven).await.into_iter().enumerate() {
        assert_eq!((ending, out), (Ending::Exited(0), format!("{n}\n")));
    }
}

#[tokio::test]
async fn cancelling_and_deadlines_end_the_process_group() {
    let home = Home::new();
    let Some(sshd) = sshd(&home, "").await else { return };
    let ssh = ssh(&home, vec![host(&home, "web1", sshd.port)]);
    for (prelude, cancelled) in [("", true), ("trap '' TERM; ", true), ("", false)] {
        let pid = home.path("pid");
        let _ = std::fs::remove_file(&pid);
        let line = format!(
            "{prelude}sh -c 'echo $$ > {}; while :; do sleep 0.05; done' & wait",
            pid.display()
        );
        let cancel = CancellationToken::new();
        let deadline = if cancelled { SOON } else { Duration::from_secs(2) };
        let limits = Limits { deadline, cancel: cancel.clone() };
        let (host, command, kept) = (web1(), sh(&line), Kept::new());
        let (ending, pid) = tokio::join!(ssh.run(&host, &command, &kept, limits), async {
            let pid = pid_in(&pid).await;
            if cancelled {
                cancel.cancel();
            }
            pid
        });
        let wanted = if cancelled {
            Ending::Cancelled { stopped: true }
        } else {
            Ending::TimedOut { stopped: true }
        };
        assert_eq!(ending, wanted, "{prelude}");
        gone(&pid).await;
    }
}

#[tokio::test]
async fn a_killed_connection_is_lost_and_made_anew() {
    let home = Home::new();
    let Some(sshd) = sshd(&home, "").await else { return };
    let ssh = ssh(&home, vec![host(&home, "web1", sshd.port)]);
    // The login shell makes way, so that its parent is the process that serves this connection.
    let (ending, _) = run(&ssh, &sh("kill -9 $PPID; sleep 60")).await;
    assert!(matches!(ending, Ending::Lost(_)), "{ending:?}");
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
}

#[tokio::test]
async fn unknown_changed_and_certified_host_keys() {
    let home = Home::new();
    let authority = new_key();
    let ca = home.write_key("ca", &authority);
    let Some(plain) = sshd(&home, "").await else { return };
    home.write(".ssh/known_hosts", "");
    let person = Person::says([PromptReply::Accepted]);
    let hosts = vec![host(&home, "web1", plain.port), host(&home, "web2", plain.port)];
    let ssh = asking(&home, hosts, &person);
    let command = sh("true");
    let (one, two) = tokio::join!(run_on(&ssh, "web1", &command), run_on(&ssh, "web2", &command));
    assert_eq!((one.0, two.0), (Ending::Exited(0), Ending::Exited(0)));
    assert_eq!(person.asked().len(), 1);

    home.write(".ssh/known_hosts", "");
    home.knows(plain.port, new_key().public_key());
    let ssh = crate::client::ssh(&home, vec![host(&home, "web1", plain.port)]);
    let why = refused(run(&ssh, &command).await.0);
    assert!(why.contains("CHANGED"), "{why}");

    let key = home.path("certified");
    std::fs::write(&key, new_key().to_openssh(LineEnding::LF).unwrap()).unwrap();
    let mut sign = Process::new("ssh-keygen");
    std::fs::write(
        home.path("certified.pub"),
        russh::keys::load_secret_key(&key, None).unwrap().public_key().to_openssh().unwrap(),
    )
    .unwrap();
    sign.args(["-q", "-h", "-I", "web", "-n", "127.0.0.1", "-s"]).arg(ca);
    assert!(sign.arg(home.path("certified.pub")).status().unwrap().success());
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&key, mode).unwrap();
    let presents = format!(
        "HostKey {}\nHostCertificate {}",
        key.display(),
        home.path("certified-cert.pub").display()
    );
    let Some(certified) = sshd(&home, &presents).await else { return };
    let line = format!("@cert-authority 127.* {}\n", openssh(authority.public_key()));
    home.write(".ssh/known_hosts", &line);
    let ssh = crate::client::ssh(&home, vec![host(&home, "web1", certified.port)]);
    assert_eq!(run(&ssh, &command).await.0, Ending::Exited(0));
}

/// Keys as `ssh-keygen` makes them, each the only one that is let in.
#[tokio::test]
async fn keys_of_all_kinds_log_in() {
    let home = Home::new();
    let Some(sshd) = sshd(&home, "").await else { return };
    let keygen = |args: &[&str]| {
        assert!(Process::new("ssh-keygen").args(args).status().unwrap().success(), "{args:?}");
    };
    let person = Person::says([]);
    for (name, args) in [
        ("rsa", vec!["-t", "rsa", "-b", "2048", "-N", ""]),
        ("ecdsa", vec!["-t", "ecdsa", "-b", "384", "-N", ""]),
        ("pem", vec!["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""]),
        ("locked", vec!["-t", "ed25519", "-N", "correct horse"]),
        ("locked-pem", vec!["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "correct horse"]),
    ] {
        let path = home.path(name);
        let text = path.display().to_string();
        keygen(&[args.as_slice(), &["-q", "-f", &text]].concat());
        std::fs::copy(home.path(&format!("{name}.pub")), home.path("authorized_keys")).unwrap();
        let mut spec = host(&home, "web1", sshd.port);
        spec.ssh.identities = vec![path];
        let secret = home.write("secret", "correct horse");
        let secret = flipside::base::secret_ref::SecretRef::File(secret.display().to_string());
        spec.ssh.passphrase = Some(secret);
        let ssh = asking(&home, vec![spec], &person);
        assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0), "{name}");
    }
    assert!(person.asked().is_empty());
}

/// A key that is let in only with the certificate beside it.
#[tokio::test]
async fn user_certificates_log_in() {
    let home = Home::new();
    let ca = home.write_key("ca", &new_key());
    let authority = russh::keys::load_secret_key(&ca, None).unwrap();
    home.write("ca.pub", &authority.public_key().to_openssh().unwrap());
    let more = format!("TrustedUserCAKeys {}", home.path("ca.pub").display());
    let Some(sshd) = sshd(&home, &more).await else { return };
    home.write("authorized_keys", "");
    let user = host(&home, "web1", sshd.port).ssh.user.unwrap();
    for kind in ["ed25519", "rsa"] {
        let path = home.path(kind);
        let quiet = |args: &[&str], file: &std::path::Path| {
            let mut keygen = Process::new("ssh-keygen");
            assert!(keygen.arg("-q").args(args).arg(file).status().unwrap().success());
        };
        quiet(&["-t", kind, "-N", "", "-f"], &path);
        let ca = ca.display().to_string();
        quiet(&["-I", "me", "-n", &user, "-s", &ca], &home.path(&format!("{kind}.pub")));
        let mut spec = host(&home, "web1", sshd.port);
        spec.ssh.identities = vec![path];
        let ssh = Ssh::within(home.around(), vec![spec.clone()], Person::says([]), None);
        assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0), "{kind}");
        // The same, with the key in an agent that does not know the certificate.
        let agents = Home::new();
        let Some(agent) = Agent::start(&agents) else { continue };
        let moved = agents.path(kind);
        std::fs::rename(home.path(kind), &moved).unwrap();
        agent.add(&moved);
        let mut around = home.around();
        around.agent = Some(agent.socket.clone());
        let ssh = Ssh::within(around, vec![spec], Person::says([]), None);
        assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0), "{kind} in an agent");
    }
}

#[tokio::test]
async fn a_jump_host_carries_many_hosts() {
    let home = Home::new();
    let Some(jump) = sshd(&home, "").await else { return };
    let Some(web) = sshd(&home, "").await else { return };
    let user = host(&home, "web1", web.port).ssh.user.unwrap();
    let hosts: Vec<HostSpec> = (1..=12)
        .map(|n| {
            let mut host = host(&home, &format!("web{n}"), web.port);
            host.ssh.jump = Some(vec![format!("{user}@127.0.0.1:{}", jump.port)]);
            host
        })
        .collect();
    let ssh = ssh(&home, hosts);
    let names: Vec<String> = (1..=12).map(|n| format!("web{n}")).collect();
    let command = sh("echo $SSH_CONNECTION");
    let runs = names.iter().map(|name| run_on(&ssh, name, &command));
    for (ending, _) in futures::future::join_all(runs).await {
        assert_eq!(ending, Ending::Exited(0));
    }
}

#[tokio::test]
async fn a_server_that_allows_few_sessions_runs_all_commands_still() {
    let home = Home::new();
    let Some(sshd) = sshd(&home, "MaxSessions 2").await else { return };
    let ssh = ssh(&home, vec![host(&home, "web1", sshd.port)]);
    let commands: Vec<Command> = (0..11).map(|n| sh(&format!("echo {n}"))).collect();
    let eleven = commands.iter().map(|command| run(&ssh, command));
    for (n, (ending, out)) in futures::future::join_all(eleven).await.into_iter().enumerate() {
        assert_eq!((ending, out), (Ending::Exited(0), format!("{n}\n")));
    }
}

#[tokio::test]
async fn a_command_under_sudo_is_ended_too() {
    let home = Home::new();
    let Some(sshd) = sshd(&home, "").await else { return };
    let ssh = ssh(&home, vec![host(&home, "web1", sshd.port)]);
    let pid = home.path("pid");
    let line = format!("echo $$ > {}; while :; do sleep 0.05; done", pid.display());
    let command = sh(&line).run_as(RunAs::Root);
    if run(&ssh, &sh("true").run_as(RunAs::Root)).await.0 != Ending::Exited(0) {
        left_out("sudo without a password is not set up, so it was not tried");
        return;
    }
    let kept = Kept::new();
    let limits = crate::client::limits(Duration::from_secs(2));
    let ending = ssh.run(&web1(), &command, &kept, limits).await;
    assert_eq!(ending, Ending::TimedOut { stopped: true });
    gone(&pid_in(&pid).await).await;
}

#[tokio::test]
async fn too_many_keys_are_reported_with_the_servers_message() {
    let home = Home::new();
    let Some(sshd) = sshd(&home, "MaxAuthTries 3").await else { return };
    let mut spec = host(&home, "web1", sshd.port);
    spec.ssh.identities = (0..6).map(|n| home.write_key(&format!("key{n}"), &new_key())).collect();
    let ssh = ssh(&home, vec![spec]);
    let why = refused(run(&ssh, &sh("true")).await.0);
    assert!(why.contains("Too many authentication failures"), "{why}");
    assert!(why.contains("key0;") && why.contains("`identities:`"), "{why}");
}
