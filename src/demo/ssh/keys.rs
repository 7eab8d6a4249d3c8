//! Keys of one fleet: one for the operator, one for all of its hosts. Made anew at each start.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey, PublicKey};

pub const USER: &str = "deploy";

#[derive(Debug, Clone)]
pub struct Keys {
    pub host: PrivateKey,
    /// Who may log in.
    pub operator: PublicKey,
    /// The operator's private key, as a file for an SSH client.
    pub identity: PathBuf,
    /// The hosts' public key, as a file for an SSH client.
    pub known_hosts: PathBuf,
}

impl Keys {
    pub fn make(root: &Path, hosts: impl IntoIterator<Item = SocketAddr>) -> io::Result<Self> {
        let new = || PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519);
        let operator = new().map_err(io::Error::other)?;
        let host = new().map_err(io::Error::other)?;
        let identity = root.join("operator_key");
        operator.write_openssh_file(&identity, LineEnding::LF).map_err(io::Error::other)?;
        let known_hosts = root.join("known_hosts");
        let key = host.public_key().to_openssh().map_err(io::Error::other)?;
        let lines: Vec<String> = hosts
            .into_iter()
            .map(|host| format!("[{}]:{} {key}", host.ip(), host.port()))
            .collect();
        std::fs::write(&known_hosts, lines.join("\n") + "\n")?;
        Ok(Self { operator: operator.public_key().clone(), host, identity, known_hosts })
    }
}
