//! One connection: who it is, and the channels it opens.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, Session as Wire, VerifiedPublicKey};
use russh::{Channel, ChannelId};

use super::keys::USER;
use super::process::{self, Run};
use crate::demo::host::Host;

#[derive(Debug)]
pub struct Session {
    host: Arc<Host>,
    /// Channels that are open and have no command yet.
    idle: HashMap<ChannelId, Channel<Msg>>,
    /// Those that a person sits behind: a terminal was asked for.
    attended: HashSet<ChannelId>,
}

impl Session {
    pub fn new(host: Arc<Host>) -> Self {
        Self { host, idle: HashMap::new(), attended: HashSet::new() }
    }

    fn run(
        &mut self,
        id: ChannelId,
        command: Option<&[u8]>,
        wire: &mut Wire,
    ) -> Result<(), russh::Error> {
        let Some(channel) = self.idle.remove(&id) else { return wire.channel_failure(id) };
        let command = command.map(|line| String::from_utf8_lossy(line).into_owned());
        let run = match &command {
            Some(line) => Run::Line(line),
            None if self.attended.remove(&id) => Run::Person,
            None => Run::Input,
        };
        match process::start(&self.host, run) {
            Ok(started) => {
                wire.channel_success(id)?;
                let host = Arc::clone(&self.host);
                // Not a part of the session: what runs outlives the connection that asked for it.
                self.host.tasks().spawn(process::attend(started, channel, wire.handle(), host));
                Ok(())
            }
            Err(_) => wire.channel_failure(id),
        }
    }
}

impl Handler for Session {
    type Error = russh::Error;

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        let known = user == USER && key.public_key.key_data() == self.host.operator().key_data();
        Ok(if known { Auth::Accept } else { Auth::reject() })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Wire,
    ) -> Result<(), Self::Error> {
        self.idle.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        wire: &mut Wire,
    ) -> Result<(), Self::Error> {
        self.run(channel, Some(command), wire)
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        wire: &mut Wire,
    ) -> Result<(), Self::Error> {
        self.run(channel, None, wire)
    }

    /// Like a server without `AcceptEnv`.
    async fn env_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        _: &str,
        wire: &mut Wire,
    ) -> Result<(), Self::Error> {
        wire.channel_failure(channel)
    }

    /// Refuses a terminal: the demo has none. The shell prompts nevertheless.
    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(russh::Pty, u32)],
        wire: &mut Wire,
    ) -> Result<(), Self::Error> {
        self.attended.insert(channel);
        wire.channel_failure(channel)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        wire: &mut Wire,
    ) -> Result<(), Self::Error> {
        wire.channel_failure(channel)
    }

    async fn channel_close(&mut self, channel: ChannelId, _: &mut Wire) -> Result<(), Self::Error> {
        self.idle.remove(&channel);
        self.attended.remove(&channel);
        Ok(())
    }
}
