//! A plain SSH client: one connection, one command at a time on it, or many.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flipside::domain::command::{Command, Stdin};
use russh::client::{self, Config, Handle, Msg};
use russh::keys::{PrivateKeyWithHashAlg, PublicKeyOrCertificate, load_secret_key};
use russh::{Channel, ChannelMsg, Sig};

struct Anyone {
    known_hosts: std::path::PathBuf,
    port: u16,
}

impl client::Handler for Anyone {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        key: &PublicKeyOrCertificate,
    ) -> Result<bool, russh::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = key else { return Ok(false) };
        let known =
            russh::keys::check_known_hosts_path("127.0.0.1", self.port, key, &self.known_hosts);
        Ok(known.unwrap_or(false))
    }
}

pub struct Client(Handle<Anyone>);

/// How a command ended. Neither a code nor a signal: the connection was lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ended {
    pub code: Option<u32>,
    pub signal: Option<String>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn is_lost(&self) -> bool {
        self.code.is_none() && self.signal.is_none()
    }
}

impl Client {
    pub async fn connect(port: u16, key: &Path, known_hosts: &Path) -> Result<Self, String> {
        let config = Arc::new(Config { nodelay: true, ..Config::default() });
        let handler = Anyone { known_hosts: known_hosts.to_owned(), port };
        let connecting = client::connect(config, ("127.0.0.1", port), handler);
        let mut handle = tokio::time::timeout(Duration::from_secs(5), connecting)
            .await
            .map_err(|_| "no connection in time".to_owned())?
            .map_err(|error| error.to_string())?;
        let key = Arc::new(load_secret_key(key, None).unwrap());
        let auth = handle
            .authenticate_publickey("deploy", PrivateKeyWithHashAlg::new(key, None))
            .await
            .map_err(|error| error.to_string())?;
        if auth.success() { Ok(Self(handle)) } else { Err("refused".to_owned()) }
    }

    pub async fn is_open(&self) -> bool {
        !self.0.is_closed() && self.0.send_ping().await.is_ok()
    }

    pub async fn channel(&self) -> Result<Channel<Msg>, String> {
        self.0.channel_open_session().await.map_err(|error| error.to_string())
    }

    pub async fn run(&self, command: &Command) -> Ended {
        let stdin = match &command.stdin {
            Stdin::Text(text) => text.clone(),
            Stdin::Empty => String::new(),
            other => panic!("no secrets or files here: {other:?}"),
        };
        self.line(&command.line(), &stdin).await
    }

    pub async fn line(&self, line: &str, stdin: &str) -> Ended {
        let Ok(channel) = self.channel().await else { return Ended::default() };
        if channel.exec(true, line).await.is_err() {
            return Ended::default();
        }
        let _ = channel.data_bytes(stdin.as_bytes().to_vec()).await;
        let _ = channel.eof().await;
        collect(channel).await
    }
}

pub async fn collect(mut channel: Channel<Msg>) -> Ended {
    let mut ended = Ended::default();
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => ended.stdout += &String::from_utf8_lossy(&data),
            ChannelMsg::ExtendedData { data, ext: 1 } => {
                ended.stderr += &String::from_utf8_lossy(&data);
            }
            ChannelMsg::ExitStatus { exit_status } => ended.code = Some(exit_status),
            ChannelMsg::ExitSignal { signal_name, .. } => ended.signal = Some(name(&signal_name)),
            _ => {}
        }
    }
    ended
}

fn name(signal: &Sig) -> String {
    format!("{signal:?}")
}
