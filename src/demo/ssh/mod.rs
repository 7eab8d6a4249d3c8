//! The SSH servers of the demo's hosts: the real protocol, on loopback, in this process.

pub mod keys;
mod listen;
pub mod process;
mod session;

pub use listen::serve;

use std::time::Duration;

use russh::server::Config;

/// The name of an SSH configuration that says nothing.
pub const EMPTY_CONFIG: &str = "ssh_config";

/// As OpenSSH's server is set up, but for the wait after a refused key: there is nobody to slow down.
pub fn config(keys: &keys::Keys) -> Config {
    Config {
        keys: vec![keys.host.clone()],
        methods: russh::MethodSet::from(&[russh::MethodKind::PublicKey][..]),
        auth_rejection_time: Duration::from_millis(50),
        auth_rejection_time_initial: Some(Duration::ZERO),
        inactivity_timeout: None,
        nodelay: true,
        ..Config::default()
    }
}
