//! An SSH server that runs commands through `/bin/sh`, and misbehaves when a command asks it to.

use std::collections::{HashMap, HashSet};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::keys::{Algorithm, Certificate, PrivateKey, PublicKey};
use russh::server::{self, Auth, ChannelOpenHandle, Handle, Msg, Session};
use russh::{Channel, ChannelId, Error, MethodKind, Sig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::doors::Doors;

pub fn new_key() -> PrivateKey {
    let mut rng = russh::keys::key::safe_rng();
    PrivateKey::random(&mut rng, Algorithm::Ed25519).unwrap()
}

pub struct Server {
    pub port: u16,
    pub host_key: PublicKey,
    /// TCP connections taken so far.
    pub connections: Arc<AtomicUsize>,
    gauge: Arc<Gauge>,
    live: Arc<Mutex<Vec<AbortHandle>>>,
    listening: AbortHandle,
}

/// What is open now.
#[derive(Default)]
struct Gauge {
    connections: AtomicUsize,
    sessions: AtomicUsize,
}

/// The sessions of one connection. Each ends once: russh says nothing of our client's close where we have
/// closed the channel before.
#[derive(Default, Clone)]
struct Sessions {
    open: Arc<Mutex<HashSet<ChannelId>>>,
    gauge: Arc<Gauge>,
}

impl Sessions {
    fn count(&self) -> usize {
        self.open.lock().unwrap().len()
    }

    fn opened(&self, id: ChannelId) {
        self.open.lock().unwrap().insert(id);
        self.gauge.sessions.fetch_add(1, Ordering::SeqCst);
    }

    fn closed(&self, id: ChannelId) {
        if self.open.lock().unwrap().remove(&id) {
            self.gauge.sessions.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

#[derive(Default)]
pub struct Setup {
    pub host_keys: Vec<PrivateKey>,
    pub certificates: Vec<Certificate>,
    /// Who may log in.
    pub users: Vec<PublicKey>,
    /// Passes no signal on, as sshd does not for root.
    pub deaf: bool,
    /// Lets in who types it.
    pub password: Option<&'static str>,
    /// Lets in who answers: question, whether the answer is shown, the answer.
    pub questions: Vec<(&'static str, bool, &'static str)>,
    /// A key is not enough: the questions come after it.
    pub both: bool,
    /// `MaxSessions`.
    pub sessions: Option<usize>,
}

impl Server {
    pub async fn start(setup: Setup) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let host_key = setup.host_keys[0].public_key().clone();
        let doors = Arc::new(Doors::of(&setup));
        let config = Arc::new(server::Config {
            keys: setup.host_keys,
            certificates: setup.certificates,
            auth_rejection_time: Duration::ZERO,
            nodelay: true,
            methods: doors.methods.clone(),
            ..server::Config::default()
        });
        let connections = Arc::new(AtomicUsize::new(0));
        let live = Arc::new(Mutex::new(Vec::new()));
        let (deaf, most) = (setup.deaf, setup.sessions.unwrap_or(usize::MAX));
        let gauge = Arc::<Gauge>::default();
        let gauged = gauge.clone();
        let (count, alive) = (connections.clone(), live.clone());
        let listening = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let (config, doors) = (config.clone(), doors.clone());
                let gauge = gauged.clone();
                gauge.connections.fetch_add(1, Ordering::SeqCst);
                let session = async move {
                    let sessions = Sessions { gauge, ..Sessions::default() };
                    let handler = Client { doors, deaf, jobs: HashMap::new(), most, sessions };
                    if let Ok(session) = server::run_stream(config, socket, handler).await {
                        let _ = session.await;
                    }
                };
                alive.lock().unwrap().push(tokio::spawn(session).abort_handle());
            }
        });
        let listening = listening.abort_handle();
        Self { port, host_key, connections, gauge, live, listening }
    }

    /// Connections and sessions that are open now.
    pub fn live(&self) -> usize {
        self.gauge.connections.load(Ordering::SeqCst)
    }

    pub fn sessions(&self) -> usize {
        self.gauge.sessions.load(Ordering::SeqCst)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
        for session in self.live.lock().unwrap().iter() {
            session.abort();
        }
    }
}

struct Job {
    group: Option<u32>,
    stdin: Option<mpsc::UnboundedSender<Vec<u8>>>,
}

struct Client {
    doors: Arc<Doors>,
    deaf: bool,
    jobs: HashMap<ChannelId, Job>,
    most: usize,
    sessions: Sessions,
}

impl Drop for Client {
    fn drop(&mut self) {
        let Sessions { open, gauge } = &self.sessions;
        for _ in open.lock().unwrap().drain() {
            gauge.sessions.fetch_sub(1, Ordering::SeqCst);
        }
        gauge.connections.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Client {
    fn knows(&self, key: &PublicKey) -> Auth {
        let known = self.doors.users.iter().any(|user| user.key_data() == key.key_data());
        self.doors.opens(known)
    }
}

impl server::Handler for Client {
    type Error = Error;

    async fn auth_publickey_offered(
        &mut self,
        _: &str,
        offer: server::PublicKeyOffer<'_>,
    ) -> Result<Auth, Error> {
        Ok(self.knows(offer.public_key))
    }

    async fn auth_publickey(
        &mut self,
        _: &str,
        key: server::VerifiedPublicKey<'_>,
    ) -> Result<Auth, Error> {
        if self.doors.both && self.knows(key.public_key) == Auth::Accept {
            let then: &[MethodKind] = &[MethodKind::KeyboardInteractive];
            return Ok(Auth::Reject {
                proceed_with_methods: Some(then.into()),
                partial_success: true,
            });
        }
        Ok(self.knows(key.public_key))
    }

    async fn auth_password(&mut self, _: &str, password: &str) -> Result<Auth, Error> {
        Ok(self.doors.opens(self.doors.password == Some(password)))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<server::Response<'a>>,
    ) -> Result<Auth, Error> {
        let questions = &self.doors.questions;
        let Some(response) = response else {
            let prompts = questions.iter().map(|(text, shown, _)| ((*text).into(), *shown));
            return Ok(Auth::Partial {
                name: "Gate".into(),
                instructions: "\u{1b}[31mTwo things\n".into(),
                prompts: prompts.collect::<Vec<_>>().into(),
            });
        };
        let wanted = questions.iter().map(|(_, _, answer)| answer.as_bytes().to_vec());
        let given = response.map(|answer| answer.to_vec());
        Ok(self.doors.opens(wanted.eq(given)))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Error> {
        if self.sessions.count() == self.most {
            reply.reject(russh::ChannelOpenFailure::ConnectFailed).await;
            return Ok(());
        }
        self.sessions.opened(channel.id());
        reply.accept().await;
        Ok(())
    }

    async fn channel_close(&mut self, id: ChannelId, _: &mut Session) -> Result<(), Error> {
        self.jobs.remove(&id);
        self.sessions.closed(id);
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Error> {
        let address = (host.to_owned(), u16::try_from(port).unwrap());
        if let Ok(mut socket) = TcpStream::connect(address).await {
            reply.accept().await;
            tokio::spawn(async move {
                let mut stream = channel.into_stream();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut socket).await;
            });
        } else {
            reply.reject(russh::ChannelOpenFailure::ConnectFailed).await;
        }
        Ok(())
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        line: &[u8],
        session: &mut Session,
    ) -> Result<(), Error> {
        let line = String::from_utf8(line.to_vec()).unwrap();
        let handle = session.handle();
        // Before the command stands the mark that it is found by.
        let word = line.split_once(' ').map_or("", |(_mark, command)| command);
        match word {
            "refuse" => return session.channel_failure(id),
            // Nothing is answered any more, keepalives neither.
            "freeze" => std::future::pending::<()>().await,
            "drop" => return Err(Error::Disconnect),
            _ => session.channel_success(id)?,
        }
        match word {
            "no-status" => {
                session.data(id, b"half\n".to_vec())?;
                session.eof(id)?;
                session.close(id)?;
                self.sessions.closed(id);
            }
            "status-first" => {
                session.exit_status_request(id, 3)?;
                session.data(id, b"late\n".to_vec())?;
                session.eof(id)?;
                session.close(id)?;
                self.sessions.closed(id);
            }
            // It has ended, and what it left holds its output open.
            "status-held" => session.exit_status_request(id, 3)?,
            "open-channels" => {
                let sessions = self.sessions.clone();
                tokio::spawn(async move {
                    let agent = handle.channel_open_agent().await.is_err();
                    let tcp = handle.channel_open_forwarded_tcpip("a", 1, "b", 2).await.is_err();
                    let told = format!("agent refused: {agent}, tcp refused: {tcp}\n");
                    let _ = handle.data(id, told.into_bytes()).await;
                    let _ = handle.exit_status_request(id, 0).await;
                    let _ = handle.close(id).await;
                    sessions.closed(id);
                });
            }
            _ => {
                let job = run(&line, id, handle, self.sessions.clone());
                self.jobs.insert(id, job);
            }
        }
        Ok(())
    }

    async fn data(&mut self, id: ChannelId, bytes: &[u8], _: &mut Session) -> Result<(), Error> {
        if let Some(stdin) = self.jobs.get(&id).and_then(|job| job.stdin.as_ref()) {
            let _ = stdin.send(bytes.to_vec());
        }
        Ok(())
    }

    async fn channel_eof(&mut self, id: ChannelId, _: &mut Session) -> Result<(), Error> {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.stdin = None;
        }
        Ok(())
    }

    async fn signal(&mut self, id: ChannelId, signal: Sig, _: &mut Session) -> Result<(), Error> {
        let group = self.jobs.get(&id).and_then(|job| job.group);
        if let Some(group) = group.filter(|_| !self.deaf) {
            // As sshd does: to the whole group.
            let line = format!("kill -{signal:?} -{group}");
            let _ = Command::new("/bin/sh").arg("-c").arg(line).status().await;
        }
        Ok(())
    }
}

fn run(line: &str, id: ChannelId, handle: Handle, sessions: Sessions) -> Job {
    let mut child = Command::new("/bin/sh")
        .args(["-c", line])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let group = child.id();
    let (sender, mut stdin) = mpsc::unbounded_channel::<Vec<u8>>();
    let mut pipe = child.stdin.take().unwrap();
    tokio::spawn(async move {
        while let Some(bytes) = stdin.recv().await {
            if pipe.write_all(&bytes).await.is_err() {
                break;
            }
        }
    });
    let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    tokio::spawn(async move {
        tokio::join!(copy(out, None, id, &handle), copy(err, Some(1), id, &handle));
        tell(child.wait().await.unwrap(), id, &handle).await;
        let _ = handle.eof(id).await;
        let _ = handle.close(id).await;
        sessions.closed(id);
    });
    Job { group, stdin: Some(sender) }
}

async fn copy(mut from: impl AsyncRead + Unpin, ext: Option<u32>, id: ChannelId, to: &Handle) {
    let mut buffer = vec![0; 32 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        let bytes = buffer[..n].to_vec();
        let sent = match ext {
            None => to.data(id, bytes).await,
            Some(ext) => to.extended_data(id, ext, bytes).await,
        };
        if sent.is_err() {
            break;
        }
    }
}

async fn tell(status: ExitStatus, id: ChannelId, handle: &Handle) {
    use std::os::unix::process::ExitStatusExt;
    let _ = match (status.code(), status.signal()) {
        (Some(code), _) => handle.exit_status_request(id, u32::try_from(code).unwrap()).await,
        (None, signal) => {
            let signal = if signal == Some(9) { Sig::KILL } else { Sig::TERM };
            handle.exit_signal_request(id, signal, false, String::new(), String::new()).await
        }
    };
}
