//! The file that a release gets, as a text with gaps for its secrets. The gaps are filled when it is sent, so that a plan
//! or a journal holds references alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Config, json, missing};
use crate::base::secret_ref::SecretRef;

/// The last line of what is sent: `config.sh` recognizes by it that everything arrived.
const END: &str = "flipside-end\n";

/// A text with gaps for secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretText(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Piece {
    Text(String),
    /// A secret, inside of a JSON string.
    Secret(SecretRef),
}

/// The values that no layer set, each with its path and what is wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.described())]
pub struct Missing(pub Vec<(String, String)>);

impl Missing {
    fn described(&self) -> String {
        let values = self.0.iter().map(|(path, wanted)| format!("{path} ({wanted})"));
        format!("the configuration lacks {}", values.collect::<Vec<_>>().join(", "))
    }
}

/// Returns what is sent to `config.sh`: the configuration as JSON, in yoconfigurator's layout, and the line that ends it.
pub fn file(config: &BTreeMap<String, Config>) -> Result<SecretText, Missing> {
    let missing = missing(config);
    if !missing.is_empty() {
        return Err(Missing(missing));
    }
    // What stands for a secret meanwhile must occur nowhere else.
    let plain = pretty(config, "");
    let mut mark = "flipside-secret".to_owned();
    while plain.contains(&mark) {
        mark.push('-');
    }
    let text = pretty(config, &mark);
    let mut pieces = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(&format!("{mark}<")) {
        let Some((secret, after)) = after.split_once(&format!(">{mark}")) else { break };
        pieces.push(Piece::Text(before.to_owned()));
        pieces.extend(reference(secret).map(Piece::Secret));
        rest = after;
    }
    pieces.push(Piece::Text(format!("{rest}{END}")));
    Ok(SecretText(pieces))
}

/// Returns the JSON; with a mark, each secret is its reference between two of them.
fn pretty(config: &BTreeMap<String, Config>, mark: &str) -> String {
    let reveal = |secret: &SecretRef| match mark {
        "" => String::new(),
        mark => format!("{mark}<{secret}>{mark}"),
    };
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Writing to memory does not fail, and every key is a text.
    let _ = json(config, &reveal).serialize(&mut serializer);
    bytes.push(b'\n');
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads a reference as it stands in a JSON string.
fn reference(escaped: &str) -> Option<SecretRef> {
    serde_json::from_str(&format!("\"{escaped}\"")).ok()
}

impl SecretText {
    /// Returns every secret of the text, once.
    pub fn secrets(&self) -> Vec<&SecretRef> {
        let mut found = Vec::new();
        for piece in &self.0 {
            if let Piece::Secret(secret) = piece
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
                Piece::Secret(secret) => {
                    let quoted = serde_json::Value::String(reveal(secret)?).to_string();
                    text.push_str(&quoted[1..quoted.len() - 1]);
                }
            }
        }
        Ok(text)
    }

    /// Returns the text if it has no secret.
    pub fn plain(&self) -> Option<String> {
        self.secrets().is_empty().then(|| self.revealed(|_| Err(())).ok()).flatten()
    }
}
