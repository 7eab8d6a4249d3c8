//! A text with gaps for secrets. The gaps are filled when it is sent, so that a plan or a journal holds references alone.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::redact;
use super::secret_ref::SecretRef;

/// A text with gaps for secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretText(Vec<Piece>);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// It may hold a secret that is written out, so it is redacted where it is recorded.
    Text(#[serde(serialize_with = "redact::serialize")] String),
    /// A secret, inside of a JSON string.
    JsonString(SecretRef),
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SecretText").field(&self.0).finish()
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{} bytes", text.len()),
            Self::JsonString(secret) => write!(f, "{secret}"),
        }
    }
}

impl SecretText {
    pub fn new(pieces: Vec<Piece>) -> Self {
        Self(pieces)
    }

    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Returns every secret of the text, once.
    pub fn secrets(&self) -> Vec<&SecretRef> {
        let mut found = Vec::new();
        for piece in &self.0 {
            if let Piece::JsonString(secret) = piece
                && !found.contains(&secret)
            {
                found.push(secret);
            }
        }
        found
    }

    /// Returns the text with its secrets. `reveal` is asked for each one.
    pub fn revealed<E>(
        &self,
        mut reveal: impl FnMut(&SecretRef) -> Result<String, E>,
    ) -> Result<String, E> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::JsonString(secret) => text.push_str(&in_json(&reveal(secret)?)),
            }
        }
        Ok(text)
    }

    /// Returns the text with a reference in place of each secret.
    pub fn with_references(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(plain) => plain.clone(),
            Piece::JsonString(secret) => secret.to_string(),
        };
        self.0.iter().map(piece).collect()
    }

    /// Returns the text if it has no secret.
    pub fn plain(&self) -> Option<String> {
        self.secrets().is_empty().then(|| self.revealed(|_| Err(())).ok()).flatten()
    }
}

/// Returns a value as it stands between the quotes of a JSON string.
pub fn in_json(value: &str) -> String {
    let quoted = serde_json::Value::String(value.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
