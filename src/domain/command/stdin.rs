//! The standard input of a command. What is secret, or too large to be in a plan, is named here and read by the transport
//! when the command starts.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::redact;
use crate::base::s3::S3Object;
use crate::base::secret_ref::SecretRef;
use crate::base::secret_text::SecretText;
use crate::domain::release::Digest;

/// The standard input of a command. A text may hold a secret: only the transport reads it as it is, and `Serialize` and
/// `Debug` redact it.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stdin {
    /// `/dev/null`.
    #[default]
    Empty,
    Text(#[serde(serialize_with = "redact::serialize")] String),
    /// A secret that is read when the command starts. Only its reference is recorded.
    Secret(SecretRef),
    /// A secret on the first line, followed by a text.
    SecretLine {
        secret: SecretRef,
        #[serde(serialize_with = "redact::serialize")]
        text: String,
    },
    /// A text whose gaps are filled with secrets when the command starts.
    Filled(SecretText),
    /// An address that is signed when the command starts. It is a secret: anyone who has it can read the object.
    Signed(SignedAddress),
    /// A file of the console's machine, or the rest of it.
    File(FilePart),
}

/// The signed address of an object in an S3-compatible store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedAddress {
    pub object: Box<S3Object>,
    /// How long the address is valid, from the start of the command.
    #[serde(with = "crate::base::millis")]
    pub valid: Duration,
}

/// A line with the size of a file, and then its bytes from an offset to its end. The size tells the command whether all of
/// it arrived. Nothing of a file with another checksum is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePart {
    pub path: PathBuf,
    /// How many bytes are skipped, because the host has them.
    pub from: u64,
    /// The checksum of the whole file.
    pub sha256: Digest,
}

impl fmt::Debug for Stdin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Secret(secret) => write!(f, "Secret({secret})"),
            Self::SecretLine { secret, text } => {
                write!(f, "SecretLine({secret}, {} bytes)", text.len())
            }
            Self::Filled(text) => write!(f, "Filled({text:?})"),
            Self::Signed(address) => write!(f, "Signed({})", address.object),
            Self::File(part) => write!(f, "File({} from {})", part.path.display(), part.from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::s3::S3Credentials;
    use crate::base::secret_text::Piece;

    #[test]
    fn inputs_are_recorded_with_references_and_without_secrets() {
        let secret = |name: &str| SecretRef::Env(name.to_owned());
        let object = S3Object {
            endpoint: "https://s3.example.org".to_owned(),
            region: "eu".to_owned(),
            bucket: "artifacts".to_owned(),
            key: "v1.tgz".to_owned(),
            path_style: true,
            credentials: Some(S3Credentials {
                key_id: secret("ID"),
                secret_key: secret("KEY"),
                token: None,
            }),
        };
        let sha256 = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
        let filled = SecretText::new(vec![
            Piece::Text("{\"a\": 1, \"db_password\": \"hunter2\", \"token\": \"".to_owned()),
            Piece::JsonString(secret("TOKEN")),
            Piece::Text("\"}\n".to_owned()),
        ]);
        let inputs = [
            Stdin::Filled(filled),
            Stdin::Signed(SignedAddress {
                object: Box::new(object),
                valid: Duration::from_secs(60),
            }),
            Stdin::File(FilePart { path: "dist/v1.tgz".into(), from: 7, sha256 }),
        ];
        let shown: Vec<String> = inputs.iter().map(|input| format!("{input:?}")).collect();
        assert_eq!(
            shown,
            [
                "Filled(SecretText([45 bytes, env:TOKEN, 3 bytes]))",
                "Signed(s3://artifacts/v1.tgz)",
                "File(dist/v1.tgz from 7)"
            ]
        );
        let recorded = serde_json::to_string(&inputs).unwrap();
        assert!(!recorded.contains("hunter2"), "{recorded}");
        for reference in ["env:TOKEN", "env:ID", "env:KEY", "dist/v1.tgz"] {
            assert!(recorded.contains(reference), "{recorded}");
        }
        assert_eq!(serde_json::from_str::<[Stdin; 3]>(&recorded).unwrap()[1..], inputs[1..]);
    }
}
