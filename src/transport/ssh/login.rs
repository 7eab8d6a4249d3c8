//! Logs in with public keys: which are tried, and in what order.

use std::path::PathBuf;
use std::sync::Arc;

use russh::client::{AuthResult, Handle};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{Algorithm, Certificate, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey};
use tokio::net::UnixStream;

use super::handler::{Client, in_words};
use super::keys::{KeyFile, Keys, certificate, with_suffix};
use super::known_hosts::fingerprint;
use super::methods::Method;
use super::settings::Settings;
use super::signer::{AgentSigner, CertSigner, NotSigned, Unsigned};

/// The result of an attempt to log in.
#[derive(Debug)]
pub enum Login {
    In,
    /// The server accepts this key, but it is locked.
    Locked(PathBuf),
    /// A person must type it before the next connection. `otherwise` is the error without an answer.
    WantsPassword {
        otherwise: String,
    },
    /// The server has questions: the next connection needs the turn to ask a person.
    WantsTalk,
}

/// A key to try.
enum Candidate {
    Agent(Box<AgentIdentity>),
    File { path: PathBuf, key: KeyFile },
    FileCert { path: PathBuf, key: KeyFile, cert: Box<Certificate> },
}

/// One login on one connection.
pub struct Attempt<'a> {
    pub handle: &'a mut Handle<Client>,
    pub settings: &'a Settings,
    pub keys: &'a Keys,
    /// Key files that stay locked without their passphrase.
    pub given_up: &'a [PathBuf],
    agent: Option<AgentClient<UnixStream>>,
    pub(super) tried: Vec<String>,
    /// The methods that the server accepts, once it has named them.
    pub(super) remaining: Option<Vec<&'static str>>,
    /// The last method was accepted, and the server requires another one.
    pub(super) partial: bool,
}

impl<'a> Attempt<'a> {
    pub fn new(
        handle: &'a mut Handle<Client>,
        settings: &'a Settings,
        keys: &'a Keys,
        given_up: &'a [PathBuf],
    ) -> Self {
        Self {
            handle,
            settings,
            keys,
            given_up,
            agent: None,
            tried: Vec::new(),
            remaining: None,
            partial: false,
        }
    }

    /// Tries all of them, within the limit of a connection. `None`: the server accepts none.
    pub(super) async fn keys(&mut self) -> Result<Option<Login>, String> {
        let limit = self.settings.connect_timeout;
        let tried = tokio::time::timeout(limit, self.each_key()).await;
        tried.unwrap_or_else(|_| Err("no answer".to_owned()))
    }

    async fn each_key(&mut self) -> Result<Option<Login>, String> {
        let held = self.agent_keys().await;
        let mut locked_for_want_of_a_name = Vec::new();
        for candidate in self.candidates(held) {
            if let Candidate::File { path, key: KeyFile::Locked(None) } = &candidate {
                locked_for_want_of_a_name.push(path.clone());
                continue;
            }
            match self.offer(candidate).await {
                // One key was accepted, and another key is not the next requirement.
                Ok(None) if self.partial && !self.offers(Method::Keys) => return Ok(None),
                Ok(None) => {}
                Ok(Some(login)) => return Ok(Some(login)),
                Err(why) => return Err(self.broken(&why)),
            }
        }
        // Old key files have no public half before they are decoded: these come last.
        let locked = locked_for_want_of_a_name.into_iter();
        Ok(locked.into_iter().find(|path| !self.given_up.contains(path)).map(Login::Locked))
    }

    async fn agent_keys(&mut self) -> Vec<AgentIdentity> {
        let Some(socket) = &self.settings.agent else { return Vec::new() };
        match AgentClient::connect_uds(socket).await {
            Ok(mut agent) => {
                // Agents that bind keys to hosts need this session; others do not support it.
                if let Some(binding) = self.handle.agent_session_binding() {
                    let _ = agent.bind_session(binding, false).await;
                }
                let held = agent.request_identities().await.unwrap_or_default();
                self.agent = Some(agent);
                held
            }
            Err(error) => {
                self.tried.push(format!("the agent at {} ({error})", socket.display()));
                Vec::new()
            }
        }
    }

    /// The order of ssh(1): agent keys that the configuration names, other agent keys, then files.
    fn candidates(&mut self, held: Vec<AgentIdentity>) -> Vec<Candidate> {
        let mut named = Vec::new();
        let mut files = Vec::new();
        for path in &self.settings.identities {
            match self.keys.get(path) {
                None => {}
                Some(Err(why)) => self.tried.push(why),
                Some(Ok(key)) => {
                    let cert_path = with_suffix(path, "-cert.pub");
                    let own = certificate(&cert_path).and_then(Result::ok);
                    let others = self.certificates_for(&key);
                    for cert in own.into_iter().chain(others) {
                        let cert = Box::new(cert);
                        files.push(Candidate::FileCert {
                            path: path.clone(),
                            key: key.clone(),
                            cert,
                        });
                    }
                    named.extend(key.public().cloned());
                    files.push(Candidate::File { path: path.clone(), key });
                }
            }
        }
        let place = |identity: &AgentIdentity| {
            let public = identity.public_key();
            named.iter().position(|key| key.key_data() == public.key_data())
        };
        let in_agent: Vec<PublicKey> = held.iter().map(|i| i.public_key().into_owned()).collect();
        let (mut first, rest): (Vec<_>, Vec<_>) =
            held.into_iter().partition(|identity| place(identity).is_some());
        first.sort_by_key(place);
        let rest = if self.settings.identities_only { Vec::new() } else { rest };
        let agents = first.into_iter().chain(rest).map(|i| Candidate::Agent(Box::new(i)));
        // A key that the agent holds needs no second try from its file.
        files.retain(|candidate| match candidate {
            Candidate::File { key, .. } => !key
                .public()
                .is_some_and(|key| in_agent.iter().any(|held| held.key_data() == key.key_data())),
            _ => true,
        });
        let (certs, plain): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|c| matches!(c, Candidate::FileCert { .. }));
        certs.into_iter().chain(agents).chain(plain).collect()
    }

    fn certificates_for(&mut self, key: &KeyFile) -> Vec<Certificate> {
        let mut fitting = Vec::new();
        for path in &self.settings.certificates {
            match certificate(path) {
                Some(Ok(cert)) => {
                    if key.public().is_some_and(|key| key.key_data() == cert.public_key()) {
                        fitting.push(cert);
                    }
                }
                Some(Err(why)) => self.tried.push(why),
                None => self.tried.push(format!("{} (no such file)", path.display())),
            }
        }
        fitting
    }

    /// Offers one candidate. `Ok(None)`: the server does not accept it.
    async fn offer(&mut self, candidate: Candidate) -> Result<Option<Login>, String> {
        let user = self.settings.user.clone();
        match candidate {
            Candidate::Agent(identity) => self.offer_agent(&user, *identity).await,
            Candidate::File { path, key } => {
                self.tried.push(key.described(&path));
                match key {
                    KeyFile::Open(key) => self.offer_file(&user, key).await,
                    KeyFile::Locked(Some(public)) if !self.given_up.contains(&path) => {
                        let hash = self.hash(&public.algorithm()).await?;
                        let asked = self
                            .handle
                            .authenticate_publickey_with(user, public, hash, &mut Unsigned)
                            .await;
                        self.locked(asked, path)
                    }
                    KeyFile::Locked(_) | KeyFile::Public(_) => Ok(None),
                }
            }
            Candidate::FileCert { path, key, cert } => {
                self.tried.push(format!("{} with its certificate", path.display()));
                let hash = self.hash(&cert.algorithm()).await?;
                match key {
                    KeyFile::Open(key) => {
                        let mut signer = CertSigner(key);
                        let asked = self
                            .handle
                            .authenticate_certificate_with(user, *cert, hash, &mut signer)
                            .await;
                        asked.map(|result| self.took(result)).map_err(|e| in_words(&e.0))
                    }
                    KeyFile::Public(key) => self.offer_agents_cert(&user, key, *cert, hash).await,
                    KeyFile::Locked(_) if self.given_up.contains(&path) => Ok(None),
                    KeyFile::Locked(_) => {
                        let asked = self
                            .handle
                            .authenticate_certificate_with(user, *cert, hash, &mut Unsigned)
                            .await;
                        self.locked(asked, path)
                    }
                }
            }
        }
    }

    /// A certificate in a file, whose key only an agent holds.
    async fn offer_agents_cert(
        &mut self,
        user: &str,
        key: PublicKey,
        cert: Certificate,
        hash: Option<HashAlg>,
    ) -> Result<Option<Login>, String> {
        let Some(agent) = &mut self.agent else { return Ok(None) };
        let mut signer = AgentSigner { agent, key };
        let asked = self.handle.authenticate_certificate_with(user, cert, hash, &mut signer).await;
        // If the agent does not hold the key, the others are tried.
        Ok(asked.ok().and_then(|result| self.took(result)))
    }

    async fn offer_agent(
        &mut self,
        user: &str,
        identity: AgentIdentity,
    ) -> Result<Option<Login>, String> {
        let key = identity.public_key().into_owned();
        let hash = self.hash(&key.algorithm()).await?;
        let name = format!("the agent's {} {}", identity.comment(), fingerprint(&key));
        let Some(agent) = &mut self.agent else { return Ok(None) };
        let handle = &mut *self.handle;
        let result = match identity {
            AgentIdentity::PublicKey { key, .. } => {
                handle.authenticate_publickey_with(user, key, hash, agent).await
            }
            AgentIdentity::Certificate { certificate, .. } => {
                handle.authenticate_certificate_with(user, certificate, hash, agent).await
            }
        };
        match result {
            Ok(result) => {
                self.tried.push(name);
                Ok(self.took(result))
            }
            // If an agent cannot use a key (a removed token), the others are tried.
            Err(error) => {
                self.tried.push(format!("{name} (the agent did not sign: {error})"));
                Ok(None)
            }
        }
    }

    async fn offer_file(
        &mut self,
        user: &str,
        key: Arc<PrivateKey>,
    ) -> Result<Option<Login>, String> {
        let hash = self.hash(&key.algorithm()).await?;
        let key = PrivateKeyWithHashAlg::new(key, hash);
        let result = self.handle.authenticate_publickey(user, key).await;
        result.map(|result| self.took(result)).map_err(|error| in_words(&error))
    }

    fn locked(
        &mut self,
        asked: Result<AuthResult, NotSigned>,
        path: PathBuf,
    ) -> Result<Option<Login>, String> {
        match asked {
            // The server accepts this key, and requests a signature.
            Err(NotSigned(None)) => Ok(Some(Login::Locked(path))),
            Err(NotSigned(Some(error))) => Err(in_words(&error)),
            Ok(result) => Ok(self.took(result)),
        }
    }

    /// SHA-2 for RSA keys. The question costs a second where a server does not answer it, so it is
    /// put for RSA keys only.
    async fn hash(&self, algorithm: &Algorithm) -> Result<Option<HashAlg>, String> {
        if !matches!(algorithm, Algorithm::Rsa { .. }) {
            return Ok(None);
        }
        match self.handle.best_supported_rsa_hash().await {
            Ok(Some(Some(hash))) => Ok(Some(hash)),
            // It names nothing, or SHA-1, which is not supported here.
            Ok(None | Some(None)) => Ok(Some(HashAlg::Sha512)),
            Err(error) => Err(in_words(&error)),
        }
    }

    pub(super) fn took(&mut self, result: AuthResult) -> Option<Login> {
        match result {
            AuthResult::Success => Some(Login::In),
            AuthResult::Failure { remaining_methods, partial_success } => {
                self.failed(&remaining_methods, partial_success);
                None
            }
        }
    }
}
