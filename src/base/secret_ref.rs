//! References to secrets. An inventory, a plan or a journal never holds a secret, only where to read it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The source of a secret, written `env:NAME`, `file:PATH` or `command:PROGRAM ARGUMENTS`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SecretRef {
    /// An environment variable of the console.
    Env(String),
    /// A file on the operator's machine. One trailing newline is not part of the secret.
    File(String),
    /// The output of a command on the operator's machine. One trailing newline is not part of the secret.
    Command(String),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "write a secret as `env:NAME`, `file:PATH` or `command:PROGRAM ARGUMENTS`, never as plain text"
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
