//! Sources: where the archive of a release is, how a host gets it, and its checksum. No secret is part of a text here:
//! it is named by its reference, and read when the step begins.

use super::spec::{ChecksumFrom, HttpLogin, Source};
use crate::base::s3::{BadAddress, S3Object};
use crate::base::secret_ref::SecretRef;
use crate::domain::command::Stdin;
use crate::domain::release::{Digest, Tag};

/// What stands for the name of a release in a template.
pub const RELEASE: &str = "{release}";

/// How an archive comes to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// `fetch.sh` fetches it.
    Fetch {
        /// The address; `-` if it is the input.
        url: String,
        /// What the input is, as `fetch.sh` names it; empty: nothing.
        how: String,
        input: FetchInput,
    },
    /// This file of the console's machine is uploaded.
    Upload { path: String },
    /// It is on the host, at this path.
    OnHost { path: String },
}

/// The standard input of `fetch.sh`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchInput {
    Ready(Stdin),
    /// The signed address of an object, which is made with its credentials when the step begins.
    Signed(S3Object),
}

impl Source {
    /// Returns where the archive of a release is, for a person.
    pub fn shown(&self, release: &Tag) -> String {
        match self {
            Self::Http { url, .. } => filled(url, release),
            Self::S3(s3) => s3.with_key(filled(&s3.key, release)).to_string(),
            Self::Upload { path } => filled(path, release),
            Self::OnHost { path } => format!("{} on the host", filled(path, release)),
        }
    }

    /// Returns how a host gets the archive of a release.
    ///
    /// # Errors
    /// When the settings of an S3 store give no address.
    pub fn delivery(&self, release: &Tag) -> Result<Delivery, BadAddress> {
        Ok(match self {
            Self::Http { url, login } => {
                let (how, secret) = login.as_ref().map(HttpLogin::input).unzip();
                Delivery::Fetch {
                    url: filled(url, release),
                    how: how.unwrap_or_default(),
                    input: FetchInput::Ready(secret.map_or(Stdin::Empty, Stdin::Secret)),
                }
            }
            Self::S3(s3) => {
                let get = s3.with_key(filled(&s3.key, release));
                // A mistake in the settings is found before the step begins.
                let unsigned = get.unsigned()?;
                let (url, how, input) = if s3.credentials.is_some() {
                    ("-".to_owned(), "url".to_owned(), FetchInput::Signed(get))
                } else {
                    (unsigned, String::new(), FetchInput::Ready(Stdin::Empty))
                };
                Delivery::Fetch { url, how, input }
            }
            Self::Upload { path } => Delivery::Upload { path: filled(path, release) },
            Self::OnHost { path } => Delivery::OnHost { path: filled(path, release) },
        })
    }

    /// Returns the source of the checksum file beside an archive, which is read in the same way as the archive. `None`: the
    /// checksum comes with the release.
    pub fn beside(&self, checksum: ChecksumFrom) -> Option<Self> {
        let more = |text: &String| format!("{text}.sha256");
        (checksum == ChecksumFrom::Beside).then(|| match self {
            Self::Http { url, login } => Self::Http { url: more(url), login: login.clone() },
            Self::S3(s3) => Self::S3(s3.with_key(more(&s3.key))),
            Self::Upload { path } => Self::Upload { path: more(path) },
            Self::OnHost { path } => Self::OnHost { path: more(path) },
        })
    }

    /// Returns every secret that is needed to get an archive.
    pub fn secrets(&self) -> Vec<&SecretRef> {
        match self {
            Self::Http { login: Some(login), .. } => vec![login.secret()],
            Self::S3(S3Object { credentials: Some(credentials), .. }) => credentials.secrets(),
            _ => Vec::new(),
        }
    }

    /// Returns whether the template names the release. Without that, every release would be the same archive.
    pub fn names_release(&self) -> bool {
        let template = match self {
            Self::Http { url, .. } => url,
            Self::S3(s3) => &s3.key,
            Self::Upload { path } | Self::OnHost { path } => path,
        };
        template.contains(RELEASE)
    }
}

impl HttpLogin {
    /// Returns how `fetch.sh` uses the secret, and the secret.
    fn input(&self) -> (String, SecretRef) {
        let how = match self {
            Self::Bearer(_) => "bearer".to_owned(),
            Self::Basic { user, .. } => format!("basic {user}"),
            Self::Header { name, .. } => format!("header {name}"),
        };
        (how, self.secret().clone())
    }

    fn secret(&self) -> &SecretRef {
        match self {
            Self::Bearer(secret)
            | Self::Basic { password: secret, .. }
            | Self::Header { value: secret, .. } => secret,
        }
    }
}

fn filled(template: &str, release: &Tag) -> String {
    template.replace(RELEASE, release.as_str())
}

/// Why a checksum file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadChecksum {
    #[error("it holds no sha256")]
    None,
    #[error("it holds several sha256 sums, and none of them is of {0}")]
    OfOthers(String),
}

/// Reads a checksum file: a sum alone, or lines as `sha256sum` writes them, also with `--tag`. `file` is the archive's
/// name, which selects a line where there are several.
pub fn read_checksum(text: &str, file: &str) -> Result<Digest, BadChecksum> {
    let sums: Vec<(Digest, &str)> = text.lines().filter_map(checksum_line).collect();
    let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
    let found = match &*sums {
        [] => return Err(BadChecksum::None),
        [(only, _)] => Some(only),
        several => several.iter().find(|(_, of)| name(of) == name(file)).map(|(sum, _)| sum),
    };
    found.cloned().ok_or_else(|| BadChecksum::OfOthers(file.to_owned()))
}

fn checksum_line(line: &str) -> Option<(Digest, &str)> {
    let line = line.trim();
    let digest = |sum: &str| Digest::new(format!("sha256:{sum}")).ok();
    if let Some(tagged) = line.strip_prefix("SHA256 (") {
        let (name, sum) = tagged.rsplit_once(") = ")?;
        return Some((digest(sum)?, name));
    }
    let (sum, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    // `*` stands before the name of a file that was read as binary.
    Some((digest(sum)?, name.trim_start().trim_start_matches('*')))
}

#[cfg(test)]
mod tests;
