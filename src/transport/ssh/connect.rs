//! Makes a connection: configuration, stream, key exchange, host key, login. Every stage has its own deadline, and an
//! error names the stage.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use russh::client::{self, Handle};
use tokio::time::Instant;

use super::ask::{Question, Talk};
use super::connection::Connection;
use super::dial::{self, Said};
use super::endpoint::{Endpoint, jitter};
use super::error::{ConnectError, Stage, address};
use super::greeting::buffered;
use super::handler::{Client, Ended, Shown, in_words};
use super::known_hosts::{Book, Verdict, fingerprint};
use super::login::{Attempt, Login};
use super::offer::config;
use super::pulse::Pulse;
use super::settings::{Settings, Via};
use super::typed::Typed;
use super::wire::Wire;
use crate::base::text::sentences;

/// The most attempts with a person: each answer needs another attempt.
const ATTEMPTS: usize = 16;
/// How often a server that hangs up is tried again, and the first pause.
const TURNED_AWAY: u32 = 4;
const PAUSE: Duration = Duration::from_millis(300);

impl Endpoint {
    /// Connects, and asks a person between attempts where necessary.
    pub(super) async fn connect(self: &Arc<Self>) -> Result<Connection, ConnectError> {
        let configs = &self.world.configs;
        let settings = configs.settings(&self.spec).await.map_err(|what| ConnectError {
            host: self.label.clone(),
            address: String::new(),
            stage: Stage::Configuration,
            after: Duration::ZERO,
            what,
        })?;
        let account = format!("{}@{}", settings.user, address(&settings.host, settings.port));
        let typed = Typed::new(&self.world.asker, self.name.clone(), account);
        let mut dialer =
            Dialer { endpoint: self, settings, typed, given_up: Vec::new(), locked_why: None };
        let mut turned_away = 0;
        for _ in 0..ATTEMPTS {
            match dialer.attempt().await? {
                Attempted::Up(connection) => return Ok(*connection),
                Attempted::Asks(question) => dialer.ask(question).await?,
                Attempted::Talks => {
                    dialer.typed.take_turn().await;
                    dialer.typed.talks = true;
                }
                Attempted::TurnedAway(error) if turned_away == TURNED_AWAY => return Err(error),
                Attempted::TurnedAway(_) => {
                    turned_away += 1;
                    tokio::time::sleep(jitter(PAUSE * turned_away)).await;
                }
            }
        }
        Err(dialer.failed(Stage::Login, Instant::now(), "its answers keep changing".to_owned()))
    }
}

enum Attempted {
    Up(Box<Connection>),
    Asks(Question),
    Talks,
    /// The server hung up before its version line. An sshd with too many unfinished logins does this (`MaxStartups`), and
    /// accepts a later attempt.
    TurnedAway(ConnectError),
}

struct Dialer<'a> {
    endpoint: &'a Arc<Endpoint>,
    settings: Settings,
    typed: Typed<'a>,
    /// Keys whose passphrase was refused: the login continues without them.
    given_up: Vec<PathBuf>,
    locked_why: Option<String>,
}

impl Dialer<'_> {
    async fn attempt(&mut self) -> Result<Attempted, ConnectError> {
        // The jump host first: no permit may be held while waiting for a connection that needs one.
        let jump = self.jump().await?;
        let endpoint = self.endpoint;
        // After the jump host, which may have questions of its own.
        let talk = if self.typed.talks { Some(endpoint.world.asker.talk().await) } else { None };
        let began = Instant::now();
        let permit = endpoint.world.handshakes.acquire().await;
        let _permit =
            permit.map_err(|_| self.failed(Stage::Connect, began, "closed".to_owned()))?;
        let eager = Arc::new(AtomicBool::new(true));
        let pulse = Pulse::new();
        let (wire, said) = self.dial(jump.as_deref(), eager.clone(), &pulse).await?;
        let mut shaken = self.shake_hands(wire).await;
        if let Err(error) | Ok(Shaken::HungUp(error)) = &mut shaken {
            if let Some(words) = pulse.words() {
                error.what = format!("{}; it said: {words}", error.what);
            }
            let proxy = async { said?.last_words().await };
            if let Some(said) = proxy.await {
                error.what = format!("{}; the `ProxyCommand` said: {said}", error.what);
            }
        }
        let (mut handle, ended) = match shaken? {
            Shaken::Hands(handle, ended) => (handle, ended),
            Shaken::Asks(question) => return Ok(Attempted::Asks(question)),
            Shaken::HungUp(error) => return Ok(Attempted::TurnedAway(error)),
        };
        match self.log_in(&mut handle, &ended, talk).await? {
            Login::WantsTalk => Ok(Attempted::Talks),
            Login::WantsPassword { otherwise } => {
                Ok(Attempted::Asks(Question::Password { otherwise }))
            }
            Login::Locked(path) => Ok(Attempted::Asks(Question::Passphrase(path))),
            Login::In => Ok(Attempted::Up(Box::new(Connection::new(
                self.address(),
                handle,
                ended,
                (eager, pulse),
                self.settings.connect_timeout,
                jump,
            )))),
        }
    }

    async fn jump(&self) -> Result<Option<Arc<Connection>>, ConnectError> {
        let Via::Jump(chain) = &self.settings.via else { return Ok(None) };
        let began = Instant::now();
        let failed = |what: String| self.failed(Stage::Jump, began, what);
        let jump = self.endpoint.jump(chain).map_err(failed)?;
        let connection = jump.connection().await.map_err(|error| failed(error.to_string()))?;
        Ok(Some(connection))
    }

    async fn dial(
        &self,
        jump: Option<&Connection>,
        eager: Arc<AtomicBool>,
        pulse: &Arc<Pulse>,
    ) -> Result<(Box<dyn Wire>, Option<Said>), ConnectError> {
        let Settings { host, port, via, family, .. } = &self.settings;
        self.within(Stage::Connect, async {
            match (jump, via) {
                (Some(jump), _) => {
                    let channel = jump.tunnel(host, *port).await?.take();
                    let channel = channel.ok_or_else(|| "its tunnel is gone".to_owned())?;
                    Ok((buffered(channel.into_stream(), pulse), None))
                }
                (None, Via::Command(line)) => {
                    let proxy = dial::command(line);
                    let (proxy, said) = proxy.map_err(|error| format!("`{line}`: {error}"))?;
                    Ok((buffered(proxy, pulse), Some(said)))
                }
                (None, _) => {
                    let stream = dial::tcp(host, *port, *family, eager).await;
                    let stream = stream.map_err(|error| error.to_string())?;
                    Ok((buffered(stream, pulse), None))
                }
            }
        })
        .await
    }

    async fn shake_hands(&self, wire: Box<dyn Wire>) -> Result<Shaken, ConnectError> {
        let began = Instant::now();
        let book = self.endpoint.world.trust.book(&self.settings);
        let book = book.map_err(|what| self.failed(Stage::HostKey, began, what))?;
        let config = config(&self.settings, &book);
        let config = Arc::new(config.map_err(|what| self.failed(Stage::HostKey, began, what))?);
        let (client, seen, ended) = Client::new(book.clone());
        let connected = self
            .within(Stage::KeyExchange, async {
                let connected = client::connect_stream(config, wire, client).await;
                Ok(connected.map_err(|error| (hung_up(&error), in_words(&error))))
            })
            .await?;
        let shown = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (connected, shown) {
            (Ok(handle), _) => Ok(Shaken::Hands(handle, ended)),
            (Err(_), Some(shown)) if shown.verdict != Verdict::Trusted => {
                match objection(&shown, &book) {
                    None => Ok(Shaken::Asks(Question::HostKey(Box::new(shown.key)))),
                    Some(what) => Err(self.failed(Stage::HostKey, began, what)),
                }
            }
            (Err((hung_up, what)), shown) => {
                let error = self.failed(Stage::KeyExchange, began, what);
                if hung_up && shown.is_none() { Ok(Shaken::HungUp(error)) } else { Err(error) }
            }
        }
    }

    async fn log_in(
        &mut self,
        handle: &mut Handle<Client>,
        ended: &Ended,
        talk: Option<Talk<'_>>,
    ) -> Result<Login, ConnectError> {
        let began = Instant::now();
        let keys = &self.endpoint.world.keys;
        let attempt = Attempt::new(handle, &self.settings, keys, &self.given_up);
        let login = attempt.login(&mut self.typed, talk).await;
        login.map_err(|what| {
            // The server's own reason for a disconnect is better than the error here.
            let said = ended.borrow().clone();
            let parts = said.iter().chain([&what]).chain(&self.locked_why);
            self.failed(Stage::Login, began, sentences(parts.map(String::as_str)))
        })
    }

    async fn ask(&mut self, question: Question) -> Result<(), ConnectError> {
        let began = Instant::now();
        let Endpoint { world, name, spec, .. } = &**self.endpoint;
        match question {
            Question::HostKey(key) => {
                let note = |text: &str| {
                    if let Some(watcher) = world.watcher.get() {
                        watcher.note(text);
                    }
                };
                let asker = &world.asker;
                let answer = asker.host_key(name, &self.settings, &world.trust, &key, note).await;
                answer.map_err(|what| self.failed(Stage::HostKey, began, what))
            }
            Question::Passphrase(path) => {
                let ours = self.endpoint.names_identity(&path);
                let secret = spec.passphrase.as_ref().filter(|_| ours);
                let (keys, batch) = (&world.keys, self.settings.batch);
                if let Err(why) = world.asker.passphrase(&path, secret, keys, batch).await {
                    self.given_up.push(path);
                    self.locked_why = Some(why);
                }
                Ok(())
            }
            Question::Password { otherwise } => {
                self.typed.take_turn().await;
                if self.typed.password.is_none() {
                    let (account, again) = (&self.typed.account, self.typed.wrong > 0);
                    self.typed.password = world.asker.password(name, account, again).await;
                }
                match self.typed.password {
                    Some(_) => Ok(()),
                    None => Err(self.failed(Stage::Login, began, otherwise)),
                }
            }
        }
    }

    /// Runs a stage within the connect timeout.
    async fn within<T>(
        &self,
        stage: Stage,
        work: impl Future<Output = Result<T, String>>,
    ) -> Result<T, ConnectError> {
        let began = Instant::now();
        match tokio::time::timeout(self.settings.connect_timeout, work).await {
            Ok(result) => result.map_err(|what| self.failed(stage, began, what)),
            Err(_) => Err(self.failed(stage, began, "no answer".to_owned())),
        }
    }

    fn failed(&self, stage: Stage, began: Instant, what: String) -> ConnectError {
        ConnectError {
            host: self.endpoint.label.clone(),
            address: self.address(),
            stage,
            after: began.elapsed(),
            what,
        }
    }

    fn address(&self) -> String {
        address(&self.settings.host, self.settings.port)
    }
}

enum Shaken {
    Hands(Handle<Client>, Ended),
    Asks(Question),
    HungUp(ConnectError),
}

fn hung_up(error: &russh::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    match error {
        russh::Error::Disconnect | russh::Error::HUP => true,
        russh::Error::IO(io) => matches!(io.kind(), UnexpectedEof | ConnectionReset | BrokenPipe),
        _ => false,
    }
}

/// Returns why a key is refused without asking a person. `None`: it is only unknown.
fn objection(shown: &Shown, book: &Book) -> Option<String> {
    let offered = fingerprint(&shown.key);
    let kind = shown.key.algorithm();
    let name = &book.name.written;
    match &shown.verdict {
        Verdict::Trusted | Verdict::Unknown => None,
        Verdict::Changed(place) => {
            let file = place.path.display();
            Some(format!(
                "its key has CHANGED: it shows {} {offered}, and {file}:{} knows {}. Somebody may \
                 be in between. If the server was reinstalled: `ssh-keygen -f {file} -R '{name}'`",
                kind.as_str(),
                place.line,
                place.fingerprint
            ))
        }
        Verdict::Revoked(place) => Some(format!(
            "its key {offered} was REVOKED in {}:{}; the server needs a new host key",
            place.path.display(),
            place.line
        )),
        Verdict::Short(bits) => Some(format!(
            "its RSA key has {bits} bits, and `RequiredRSASize` wants {}; the server needs a new \
             host key",
            book.rsa_bits
        )),
        Verdict::BadCertificate(why) => {
            Some(format!("its certificate for the key {offered} does not hold: {why}"))
        }
    }
}
