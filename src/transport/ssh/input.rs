//! A command's standard input: read where it is kept before the command starts, and fed to it while it runs.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::Utc;
use russh::ChannelWriteHalf;
use russh::client::Msg;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::AsyncReadExt;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::base::s3::S3Keys;
use crate::base::secret_ref::SecretRef;
use crate::base::secret_text::in_json;
use crate::domain::command::{FilePart, SignedAddress, Stdin};
use crate::domain::known_secrets::KnownSecrets;
use crate::transport::local_file::{LocalFiles, OpenFile};
use crate::transport::{Sink, secrets};

/// How much of a file is sent at a time. It is counted as sent once the channel's window has room for it.
const PIECE: usize = 64 * 1024;

/// How often the progress of a file is reported.
const REPORT: Duration = Duration::from_secs(5);

/// A command's standard input, ready to be sent.
#[derive(Debug)]
pub enum Input {
    Empty,
    Text(String),
    Secret(SecretString),
    File(Upload),
}

/// A file that is sent from an offset on.
#[derive(Debug)]
pub struct Upload {
    open: OpenFile,
    from: u64,
}

/// Reads an input where it is kept. An error names references and files, and never what was found there.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    pub known: Option<&'a KnownSecrets>,
    pub files: &'a LocalFiles,
}

impl Reader<'_> {
    pub async fn read(self, stdin: &Stdin) -> Result<Input, String> {
        Ok(match stdin {
            Stdin::Empty => Input::Empty,
            Stdin::Text(text) => Input::Text(text.clone()),
            Stdin::Secret(secret) => Input::Secret(self.reveal(secret).await?),
            Stdin::SecretLine { secret, text } => {
                let secret = self.reveal(secret).await?;
                Input::Secret(format!("{}\n{text}", secret.expose_secret()).into())
            }
            Stdin::Filled(text) => {
                let mut found = BTreeMap::new();
                for secret in text.secrets() {
                    let value = self.reveal(secret).await?;
                    self.redact(&in_json(value.expose_secret()));
                    found.insert(secret.to_string(), value);
                }
                let value = |secret: &SecretRef| {
                    let value = found.get(&secret.to_string());
                    value.map(|value| value.expose_secret().to_owned()).ok_or("it was not read")
                };
                Input::Secret(text.revealed(value)?.into())
            }
            Stdin::Signed(address) => Input::Secret(self.sign(address).await?),
            Stdin::File(part) => Input::File(self.open(part).await?),
        })
    }

    async fn reveal(self, secret: &SecretRef) -> Result<SecretString, String> {
        let secret = secrets::resolve(secret).await.map_err(|error| error.to_string())?;
        self.redact(secret.expose_secret());
        Ok(secret)
    }

    /// Has a value redacted from now on.
    fn redact(self, value: &str) {
        if let Some(known) = self.known {
            known.add(value);
        }
    }

    /// Returns the address of an object and the end of its line.
    async fn sign(
        self,
        SignedAddress { object, valid }: &SignedAddress,
    ) -> Result<SecretString, String> {
        let cannot = |why| format!("{object} has no address: {why}");
        let Some(credentials) = &object.credentials else {
            return Ok(format!("{}\n", object.unsigned().map_err(cannot)?).into());
        };
        let token = match &credentials.token {
            Some(token) => Some(self.reveal(token).await?.expose_secret().to_owned()),
            None => None,
        };
        let keys = S3Keys {
            key_id: self.reveal(&credentials.key_id).await?.expose_secret().to_owned(),
            secret_key: self.reveal(&credentials.secret_key).await?.expose_secret().to_owned(),
            token,
        };
        let url = object.signed(&keys, Utc::now(), *valid).map_err(cannot)?;
        self.redact(&url);
        Ok(format!("{url}\n").into())
    }

    /// Opens a file if it has the wanted checksum.
    async fn open(self, part: &FilePart) -> Result<Upload, String> {
        let mut open = self.files.open(&part.path).await?;
        let path = part.path.display();
        if open.sha256 != part.sha256 {
            return Err(format!(
                "{path} has the checksum {}, not {}: it was changed or is of another release",
                open.sha256, part.sha256
            ));
        }
        if part.from > open.bytes {
            return Err(format!("{path} has {} bytes, fewer than the host has", open.bytes));
        }
        open.skip(part.from).await.map_err(|why| format!("{path} cannot be read: {why}"))?;
        Ok(Upload { open, from: part.from })
    }
}

/// How long a command is waited for. A command that is sent a file is waited for as long as it takes bytes.
#[derive(Debug)]
pub struct Patience {
    /// For its end, after the whole file was sent.
    pub deadline: Duration,
    /// For it to take the next bytes of the file.
    pub stall: Duration,
    pub due: watch::Sender<Due>,
}

/// What a command is waited for, and until when.
#[derive(Debug, Clone, Copy)]
pub enum Due {
    Ended(Instant),
    NextBytes(Instant),
}

impl Due {
    pub fn at(self) -> Instant {
        match self {
            Self::Ended(at) | Self::NextBytes(at) => at,
        }
    }
}

/// Writes the whole input, then its end. A command that does not read it is no error.
pub async fn feed(
    write: &ChannelWriteHalf<Msg>,
    input: Input,
    sink: &dyn Sink,
    patience: &Patience,
) {
    let bytes = match input {
        Input::Empty => Vec::new(),
        Input::Text(text) => text.into_bytes(),
        Input::Secret(secret) => secret.expose_secret().as_bytes().to_vec(),
        Input::File(upload) => {
            if !upload.send(write, sink, patience).await {
                return;
            }
            Vec::new()
        }
    };
    let _ = write.data_bytes(bytes).await;
    let _ = write.eof().await;
}

impl Upload {
    /// Sends the file piece by piece. Returns `false` if the channel is gone.
    async fn send(
        mut self,
        write: &ChannelWriteHalf<Msg>,
        sink: &dyn Sink,
        patience: &Patience,
    ) -> bool {
        let begun = Instant::now();
        let mut report = begun + REPORT;
        let (mut at, all) = (self.from, self.open.bytes);
        let mut piece = vec![0; PIECE];
        if write.data_bytes(format!("{all}\n").into_bytes()).await.is_err() {
            return false;
        }
        while at < all {
            patience.due.send_replace(Due::NextBytes(Instant::now() + patience.stall));
            let most = usize::try_from(all - at).unwrap_or(PIECE).min(PIECE);
            let read = match self.open.file.read(&mut piece[..most]).await {
                Ok(0) => {
                    sink.note(&format!("the file is shorter than it was: {at} bytes"));
                    break;
                }
                Ok(read) => read,
                Err(why) => {
                    sink.note(&format!("the file cannot be read after {at} bytes: {why}"));
                    break;
                }
            };
            if write.data_bytes(piece[..read].to_vec()).await.is_err() {
                return false;
            }
            at += read as u64;
            if Instant::now() >= report {
                report = Instant::now() + REPORT;
                sink.note(&progress(self.from, at, all, begun.elapsed()));
            }
        }
        patience.due.send_replace(Due::Ended(Instant::now() + patience.deadline));
        if self.from < all {
            sink.note(&progress(self.from, at, all, begun.elapsed()));
        }
        true
    }
}

/// Returns how much was sent, and how fast since the offset `from`.
fn progress(from: u64, at: u64, all: u64, took: Duration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let percent = at.saturating_mul(100).checked_div(all).unwrap_or(100);
    let pace = mib(at - from) / took.as_secs_f64().max(0.001);
    format!("sent {:.1} of {:.1} MiB ({percent} %), {pace:.1} MiB/s", mib(at), mib(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::s3::{S3Credentials, S3Object};
    use crate::base::secret_text::{Piece, SecretText};
    use crate::domain::release::Digest;

    fn secret(value: &str) -> SecretRef {
        SecretRef::Command(format!("printf %s '{value}'"))
    }

    async fn read(stdin: &Stdin, known: &KnownSecrets) -> Result<String, String> {
        let files = LocalFiles::default();
        let reader = Reader { known: Some(known), files: &files };
        match reader.read(stdin).await? {
            Input::Secret(text) => Ok(text.expose_secret().to_owned()),
            other => Err(format!("{other:?}")),
        }
    }

    #[tokio::test]
    async fn gaps_are_filled_and_their_secrets_are_redacted_from_then_on() {
        let (known, pieces) = (
            KnownSecrets::default(),
            vec![
                Piece::Text("{\"token\": \"".to_owned()),
                Piece::JsonString(secret("hunter\"2")),
                Piece::Text("\"}".to_owned()),
            ],
        );
        let stdin = Stdin::Filled(SecretText::new(pieces));
        assert_eq!(read(&stdin, &known).await.unwrap(), r#"{"token": "hunter\"2"}"#);
        assert_eq!(known.redact(r#"hunter"2 or hunter\"2"#), "**** or ****");
    }

    #[tokio::test]
    async fn address_is_signed_and_redacted() {
        let credentials = S3Credentials {
            key_id: secret("AKIDEXAMPLE"),
            secret_key: secret("s3cretkey"),
            token: None,
        };
        let object = S3Object {
            endpoint: "https://s3.example.org".to_owned(),
            region: "eu".to_owned(),
            bucket: "artifacts".to_owned(),
            key: "v1.tgz".to_owned(),
            path_style: true,
            credentials: Some(credentials),
        };
        let valid = Duration::from_secs(90);
        let known = KnownSecrets::default();
        let stdin = Stdin::Signed(SignedAddress { object: Box::new(object.clone()), valid });
        let line = read(&stdin, &known).await.unwrap();
        let url = line.strip_suffix('\n').unwrap();
        assert!(url.starts_with("https://s3.example.org/artifacts/v1.tgz?X-Amz-"), "{url}");
        assert!(url.contains("X-Amz-Expires=90"), "{url}");
        assert_eq!(known.redact(&format!("curl: {url} failed")), "curl: **** failed");
        let open =
            SignedAddress { object: Box::new(S3Object { credentials: None, ..object }), valid };
        assert_eq!(
            read(&Stdin::Signed(open), &known).await.unwrap(),
            "https://s3.example.org/artifacts/v1.tgz\n"
        );
    }

    #[tokio::test]
    async fn file_with_another_checksum_is_not_sent() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("shop.tgz");
        std::fs::write(&path, "abc").unwrap();
        let sum = |text: &str| {
            Digest::new(format!("sha256:{}", crate::base::checksum::sha256(text))).unwrap()
        };
        let part =
            |from, text| Stdin::File(FilePart { path: path.clone(), from, sha256: sum(text) });
        let known = KnownSecrets::default();
        assert!(read(&part(3, "abc"), &known).await.unwrap_err().contains("from: 3"));
        let why = read(&part(0, "abd"), &known).await.unwrap_err();
        assert!(why.contains("it was changed or is of another release"), "{why}");
        let why = read(&part(4, "abc"), &known).await.unwrap_err();
        assert!(why.contains("fewer than the host has"), "{why}");
    }

    #[test]
    fn progress_names_amount_and_pace() {
        let text = progress(1 << 20, 3 << 20, 4 << 20, Duration::from_secs(2));
        assert_eq!(text, "sent 3.0 of 4.0 MiB (75 %), 1.0 MiB/s");
    }
}
