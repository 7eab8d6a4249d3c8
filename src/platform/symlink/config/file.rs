//! The file that a release gets, as a text with gaps for its secrets.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Config, Set, json, missing, walk};
use crate::base::checksum::sha256;
use crate::base::secret_ref::SecretRef;
use crate::base::secret_text::{Piece, SecretText};
use crate::base::text::clean_words;

/// The line between the file and the checksums of its values.
const VALUES: &str = "flipside-values\n";

/// The last line of what is sent: `config.sh` recognizes by it that everything arrived.
const END: &str = "flipside-end\n";

/// How many digits of a checksum tell a value from another one.
const SUM: usize = 8;

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

/// Returns what is sent to `config.sh`: the configuration as JSON, in yoconfigurator's layout, a checksum of each value, and the
/// line that ends it.
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
        pieces.extend(reference(secret).map(Piece::JsonString));
        rest = after;
    }
    pieces.push(Piece::Text(format!("{rest}{VALUES}{}{END}", values(config))));
    Ok(SecretText::new(pieces))
}

/// Returns a line for each value: the beginning of a checksum, and its name. It tells whether a value is another one than
/// before. Of a secret it is that of the reference, so that it says nothing about the secret.
fn values(config: &BTreeMap<String, Config>) -> String {
    let mut lines = String::new();
    walk(config, &mut |path, leaf| {
        let text = match &leaf.set {
            Set::Secret(secret) => format!("secret {secret}"),
            Set::Missing(_) => "missing".to_owned(),
            Set::EmptyMap => "{}".to_owned(),
            Set::EmptyList => "[]".to_owned(),
            Set::Value(scalar) => scalar.json().to_string(),
        };
        lines.push_str(&format!("{} {}\n", &sha256(&text)[..SUM], clean_words(path)));
    });
    lines
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
