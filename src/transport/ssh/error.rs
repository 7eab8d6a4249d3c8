//! Why there is no connection: at which stage, after how long, to which address, and what to do.

use std::fmt;
use std::time::Duration;

/// The stages of making a connection, each with a deadline of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Configuration,
    Jump,
    Connect,
    KeyExchange,
    HostKey,
    Login,
    Channel,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configuration => "SSH configuration",
            Self::Jump => "jump host",
            Self::Connect => "connecting",
            Self::KeyExchange => "key exchange",
            Self::HostKey => "host key",
            Self::Login => "login",
            Self::Channel => "opening a channel",
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConnectError {
    /// The host by the name of the inventory, or the jump host as it is written there.
    pub host: String,
    /// `address:port`, as far as it is known.
    pub address: String,
    pub stage: Stage,
    /// Since this stage began.
    pub after: Duration,
    pub what: String,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, address, stage, after, what } = self;
        write!(f, "{host}")?;
        if !address.is_empty() {
            write!(f, " ({address})")?;
        }
        write!(f, ": {stage}: {what}")?;
        // What a person did or what stands in a file is not a matter of time.
        match stage {
            Stage::Configuration | Stage::Jump | Stage::HostKey => Ok(()),
            _ => write!(f, " (after {:.1} s)", after.as_secs_f64()),
        }
    }
}

/// `address:port`, with brackets around an IPv6 address.
pub fn address(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
