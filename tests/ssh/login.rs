//! Keys: files, passphrases, agents, certificates, and the error when none is accepted.

use std::process::{Child, Command as Process, Stdio};
use std::time::Duration;

use flipside::base::secret_ref::SecretRef;
use flipside::transport::ssh::Ssh;
use flipside::transport::{Ending, PromptReply};
use secrecy::SecretString;

use crate::client::{Home, Person, asking, left_out, refused, run, run_on, sh, ssh};
use crate::server::new_key;

fn lock(home: &Home, name: &str) {
    let mut rng = russh::keys::key::safe_rng();
    home.write_key(name, &home.key.encrypt(&mut rng, "correct horse").unwrap());
}

fn passphrase(text: &str) -> PromptReply {
    PromptReply::Secret(SecretString::from(text))
}

#[tokio::test]
async fn an_encrypted_key_is_asked_for_once_for_all_hosts() {
    let home = Home::new();
    lock(&home, "id");
    let server = home.server().await;
    let person = Person::says([passphrase("wrong"), passphrase("correct horse")]);
    let hosts = (1..=4).map(|n| home.host(&format!("web{n}"), server.port)).collect();
    let ssh = asking(&home, hosts, &person);
    let command = sh("true");
    let runs = ["web1", "web2", "web3", "web4"].map(|name| run_on(&ssh, name, &command));
    for (ending, _) in futures::future::join_all(runs).await {
        assert_eq!(ending, Ending::Exited(0));
    }
    assert_eq!(person.asked().len(), 2, "{:?}", person.asked());
}

#[tokio::test]
async fn a_passphrase_that_the_inventory_names_is_not_asked_for() {
    let home = Home::new();
    lock(&home, "id");
    let server = home.server().await;
    let secret = home.write("passphrase", "correct horse\n");
    let mut host = home.host("web1", server.port);
    host.ssh.passphrase = Some(SecretRef::File(secret.display().to_string()));
    let person = Person::says([]);
    let ssh = asking(&home, vec![host], &person);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
    assert!(person.asked().is_empty());
}

#[tokio::test]
async fn nobody_is_asked_for_a_key_that_the_server_does_not_take() {
    let home = Home::new();
    let other = home.path("other");
    let mut rng = russh::keys::key::safe_rng();
    home.write_key("other", &new_key().encrypt(&mut rng, "x").unwrap());
    let server = home.server().await;
    let mut host = home.host("web1", server.port);
    host.ssh.identities = vec![other, home.path("id")];
    let person = Person::says([]);
    let ssh = asking(&home, vec![host], &person);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
    assert!(person.asked().is_empty());
}

#[tokio::test]
async fn a_key_that_stays_locked_says_so() {
    let home = Home::new();
    lock(&home, "id");
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let why = refused(run(&ssh, &sh("true")).await.0);
    assert!(why.contains("stays locked") && why.contains("ssh-add"), "{why}");
}

#[tokio::test]
async fn failed_login_lists_tried_and_accepted_methods() {
    let home = Home::new();
    let server = home.server().await;
    home.write_key("id", &new_key());
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let why = refused(run(&ssh, &sh("true")).await.0);
    for part in ["web1 (127.0.0.1:", "login", "deploy", "/id", "would take: ", "publickey"] {
        assert!(why.contains(part), "{part} is not in: {why}");
    }
}

pub struct Agent {
    process: Child,
    pub socket: std::path::PathBuf,
}

impl Agent {
    /// `None`, and said so, where OpenSSH's agent is not installed.
    pub fn start(home: &Home) -> Option<Self> {
        let socket = home.path("agent");
        let started = Process::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(process) = started else {
            left_out("ssh-agent is not installed");
            return None;
        };
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while !socket.exists() {
            assert!(std::time::Instant::now() < deadline, "the agent never came up");
            std::thread::sleep(Duration::from_millis(5));
        }
        Some(Self { process, socket })
    }

    pub fn add(&self, key: &std::path::Path) {
        let mut add = Process::new("ssh-add");
        add.arg("-q").arg(key).env("SSH_AUTH_SOCK", &self.socket).stderr(Stdio::null());
        assert!(add.status().unwrap().success());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn an_agent_signs_and_the_named_key_is_tried_first() {
    let home = Home::new();
    let Some(agent) = Agent::start(&home) else { return };
    // More strangers than a server lets us try; ours, named by its public half, is the last.
    for n in 0..12 {
        agent.add(&home.write_key(&format!("stranger{n}"), &new_key()));
    }
    agent.add(&home.path("id"));
    std::fs::remove_file(home.path("id")).unwrap();
    home.write("id.pub", &home.key.public_key().to_openssh().unwrap());
    let server = home.server().await;
    let mut around = home.around();
    around.agent = Some(agent.socket.clone());
    let hosts = vec![home.host("web1", server.port)];
    let ssh = Ssh::within(around.clone(), hosts, Person::says([]), None);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));

    // With `IdentitiesOnly` the strangers are not tried at all.
    home.write(".ssh/config", "IdentitiesOnly yes\n");
    home.write("id.pub", &new_key().public_key().to_openssh().unwrap());
    let hosts = vec![home.host("web1", server.port)];
    let ssh = Ssh::within(around, hosts, Person::says([]), None);
    let why = refused(run(&ssh, &sh("true")).await.0);
    assert!(!why.contains("the agent's"), "{why}");
    assert!(why.contains("no agent holds the other"), "{why}");
}

#[tokio::test]
async fn an_agent_that_is_not_there_is_no_reason_to_stop() {
    let home = Home::new();
    let server = home.server().await;
    let mut around = home.around();
    around.agent = Some(home.path("nobody"));
    let hosts = vec![home.host("web1", server.port)];
    let ssh = Ssh::within(around, hosts, Person::says([]), None);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
}
