//! Secrets are never in an inventory, a plan or a journal: only where to find them is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a secret is kept, written `env:NAME`, `file:PATH` or `command:PROGRAM ARGUMENTS`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SecretRef {
    /// An environment variable of the console.
    Env(String),
    /// A file on the console's machine; one trailing newline is not part of the secret.
    File(String),
    /// What a command on the console's machine prints; one trailing newline is not part of it.
    Command(String),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a secret is given as `env:NAME`, `file:PATH` or `command:PROGRAM ARGUMENTS`, never as itself"
)]
pub struct BadSecretRef;

impl TryFrom<String> for SecretRef {
    type Error = BadSecretRef;
    fn try_from(text: String) -> Result<Self, BadSecretRef> {
        let (kind, rest) = text.split_once(':').ok_or(BadSecretRef)?;
        let rest = rest.trim();
        match kind {
            _ if rest.is_empty() => Err(BadSecretRef),
            "env" => Ok(Self::Env(rest.to_owned())),
            "file" => Ok(Self::File(rest.to_owned())),
            "command" => Ok(Self::Command(rest.to_owned())),
            _ => Err(BadSecretRef),
        }
    }
}

impl From<SecretRef> for String {
    fn from(secret: SecretRef) -> String {
        secret.to_string()
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
            Self::Command(line) => write!(f, "command:{line}"),
        }
    }
}
