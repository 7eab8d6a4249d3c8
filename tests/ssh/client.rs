//! The client side: a home directory with keys, a prompter that answers questions, and a sink to inspect.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flipside::domain::command::Command;
use flipside::domain::event::Stream;
use flipside::domain::names::HostName;
use flipside::domain::spec::{HostSpec, SshSpec};
use flipside::transport::ssh::{Ssh, Surroundings};
use flipside::transport::{
    AuthPrompt, BoxFuture, ConnectionEvent, ConnectionWatcher, Ending, Limits, PromptReply,
    Prompter, Shell, Sink,
};
use russh::keys::ssh_key::LineEnding;
use russh::keys::{PrivateKey, PublicKey};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::server::{Server, Setup, new_key};

/// Nothing on loopback takes as long as this.
pub const SOON: Duration = Duration::from_secs(20);

/// A user's home, with one key in it.
pub struct Home {
    dir: tempfile::TempDir,
    pub key: PrivateKey,
}

impl Home {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join(".ssh")).unwrap();
        let home = Self { dir, key: new_key() };
        home.write_key("id", &home.key);
        home.write(".ssh/config", "");
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn write_key(&self, name: &str, key: &PrivateKey) -> PathBuf {
        let path = self.write(name, &key.to_openssh(LineEnding::LF).unwrap());
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, mode).unwrap();
        path
    }

    pub fn known_hosts(&self) -> String {
        std::fs::read_to_string(self.path(".ssh/known_hosts")).unwrap_or_default()
    }

    pub fn knows(&self, port: u16, key: &PublicKey) {
        self.knows_line(&format!("[127.0.0.1]:{port} {}", openssh(key)));
    }

    pub fn knows_line(&self, line: &str) {
        let text = self.known_hosts() + line + "\n";
        self.write(".ssh/known_hosts", &text);
    }

    pub fn around(&self) -> Surroundings {
        Surroundings {
            home: self.dir.path().to_owned(),
            user: "deploy".to_owned(),
            agent: None,
            ssh: None,
            variable: |_| None,
        }
    }

    pub fn host(&self, name: &str, port: u16) -> HostSpec {
        HostSpec {
            name: HostName::new(name).unwrap(),
            roles: Vec::new(),
            groups: Vec::new(),
            ssh: SshSpec {
                address: "127.0.0.1".to_owned(),
                port: Some(port),
                user: None,
                jump: None,
                identities: vec![self.path("id")],
                passphrase: None,
                known_hosts: None,
                config: Some(self.path(".ssh/config")),
                connect_timeout: Duration::from_secs(10),
                keepalive: Duration::from_secs(15),
            },
            vars: std::collections::BTreeMap::default(),
        }
    }

    /// A server that lets this user in, known to them.
    pub async fn server(&self) -> Server {
        let server = self.stranger().await;
        self.knows(server.port, &server.host_key);
        server
    }

    /// A server that lets this user in, and whose key nobody knows.
    pub async fn stranger(&self) -> Server {
        let users = vec![self.key.public_key().clone()];
        Server::start(Setup { host_keys: vec![new_key()], users, ..Setup::default() }).await
    }
}

pub fn openssh(key: &PublicKey) -> String {
    format!("{} {}", key.algorithm().as_str(), russh::keys::PublicKeyBase64::public_key_base64(key))
}

/// Answers in this order, then refuses; remembers what was asked.
#[derive(Default)]
pub struct Person {
    replies: Mutex<VecDeque<PromptReply>>,
    asked: Mutex<Vec<AuthPrompt>>,
}

impl Person {
    pub fn says(replies: impl IntoIterator<Item = PromptReply>) -> Arc<Self> {
        let replies = Mutex::new(replies.into_iter().collect());
        Arc::new(Self { replies, asked: Mutex::default() })
    }

    pub fn asked(&self) -> Vec<AuthPrompt> {
        self.asked.lock().unwrap().clone()
    }
}

impl Prompter for Person {
    fn ask(&self, prompt: AuthPrompt) -> BoxFuture<'_, PromptReply> {
        self.asked.lock().unwrap().push(prompt);
        let reply = self.replies.lock().unwrap().pop_front().unwrap_or(PromptReply::Refused);
        Box::pin(async { reply })
    }
}

/// Keeps what it is given.
pub struct Kept {
    text: watch::Sender<(String, String)>,
    pub notes: Mutex<Vec<String>>,
}

impl Kept {
    pub fn new() -> Self {
        Self { text: watch::Sender::default(), notes: Mutex::default() }
    }

    pub fn out(&self) -> String {
        self.text.borrow().0.clone()
    }

    pub fn err(&self) -> String {
        self.text.borrow().1.clone()
    }

    pub async fn holds(&self, part: &str) {
        let mut text = self.text.subscribe();
        let seen = text.wait_for(|text| text.0.contains(part));
        tokio::time::timeout(SOON, seen).await.expect("the output never came").unwrap();
    }
}

impl Sink for Kept {
    fn note(&self, text: &str) {
        self.notes.lock().unwrap().push(text.to_owned());
    }

    fn take(&self, stream: Stream, bytes: &[u8]) {
        let bytes = String::from_utf8_lossy(bytes);
        self.text.send_modify(|text| match stream {
            Stream::Stderr => text.1.push_str(&bytes),
            _ => text.0.push_str(&bytes),
        });
    }
}

/// Remembers what became of connections.
#[derive(Default)]
pub struct Watcher {
    links: watch::Sender<Vec<(HostName, ConnectionEvent)>>,
    pub notes: Mutex<Vec<String>>,
}

impl Watcher {
    pub async fn sees(&self, wanted: impl Fn(&ConnectionEvent) -> bool) -> ConnectionEvent {
        let mut links = self.links.subscribe();
        let seen = links.wait_for(|links| links.iter().any(|(_, link)| wanted(link)));
        let links = tokio::time::timeout(SOON, seen).await.expect("it was never told").unwrap();
        links.iter().find(|(_, link)| wanted(link)).unwrap().1.clone()
    }
}

impl ConnectionWatcher for Watcher {
    fn link(&self, host: &HostName, link: &ConnectionEvent) {
        self.links.send_modify(|links| links.push((host.clone(), link.clone())));
    }

    fn note(&self, text: &str) {
        self.notes.lock().unwrap().push(text.to_owned());
    }
}

/// A transport to these hosts for a user who refuses every question.
pub fn ssh(home: &Home, hosts: Vec<HostSpec>) -> Ssh {
    asking(home, hosts, &Person::says([]))
}

pub fn asking(home: &Home, hosts: Vec<HostSpec>, person: &Arc<Person>) -> Ssh {
    Ssh::within(home.around(), hosts, person.clone(), None)
}

pub fn sh(line: &str) -> Command {
    Command::new(["sh", "-c", line])
}

pub fn limits(deadline: Duration) -> Limits {
    Limits { deadline, cancel: CancellationToken::new() }
}

/// Runs a command on `web1` and says how it ended and what it printed.
pub async fn run(ssh: &Ssh, command: &Command) -> (Ending, String) {
    run_on(ssh, "web1", command).await
}

pub async fn run_on(ssh: &Ssh, host: &str, command: &Command) -> (Ending, String) {
    let kept = Kept::new();
    let host = HostName::new(host).unwrap();
    let ending = tokio::time::timeout(SOON * 2, ssh.run(&host, command, &kept, limits(SOON)));
    (ending.await.expect("it never ended"), kept.out())
}

/// The reason of an ending that must be [`Ending::NotStarted`].
pub fn refused(ending: Ending) -> String {
    match ending {
        Ending::NotStarted(why) => why,
        other => panic!("it was not refused: {other:?}"),
    }
}

/// Whether a process of this id, written to a file, lives.
pub async fn pid_in(file: &Path) -> String {
    let deadline = tokio::time::Instant::now() + SOON;
    loop {
        match std::fs::read_to_string(file) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ if tokio::time::Instant::now() > deadline => panic!("no pid was written"),
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

/// Waits until a process is gone: its output ends a moment before it does.
pub async fn gone(pid: &str) {
    let deadline = tokio::time::Instant::now() + SOON;
    while runs(pid) {
        assert!(tokio::time::Instant::now() < deadline, "{pid} still runs");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A process that was reaped, or that waits for it, does not run.
fn runs(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().starts_with(" Z"))
}

pub use crate::left_out::left_out;
