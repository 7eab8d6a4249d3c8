//! Sources: where the archive of a release is, how a host gets it, and its checksum. No secret is part of a text here:
//! it is named by its reference, and read when the step begins.

use super::spec::{ChecksumFrom, HttpLogin, ReleasesFrom, Source};
use crate::base::s3::{BadAddress, S3Object};
use crate::base::secret_ref::SecretRef;
use crate::domain::availability::{ArchiveAt, ArchiveQuery};
use crate::domain::catalog::{ReleaseSource, Template, WebFile};
use crate::domain::command::Stdin;
use crate::domain::http::Auth;
use crate::domain::release::Tag;

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
    Signed(Box<S3Object>),
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
                    ("-".to_owned(), "url".to_owned(), FetchInput::Signed(Box::new(get)))
                } else {
                    (unsigned, String::new(), FetchInput::Ready(Stdin::Empty))
                };
                Delivery::Fetch { url, how, input }
            }
            Self::Upload { path } => Delivery::Upload { path: filled(path, release) },
            Self::OnHost { path } => Delivery::OnHost { path: filled(path, release) },
        })
    }

    /// Returns the question about the archive's checksum that has to be asked on this machine before a release is prepared.
    /// `None`: the checksum comes with the release, or the hosts read it.
    pub fn archive_query(&self, checksum: ChecksumFrom, release: &Tag) -> Option<ArchiveQuery> {
        let beside = checksum == ChecksumFrom::Beside;
        let archive = match self {
            Self::Http { url, login } if beside => ArchiveAt::Web(WebFile {
                url: filled(url, release),
                login: login.as_ref().map(HttpLogin::auth),
            }),
            Self::S3(s3) if beside => ArchiveAt::Store(s3.with_key(filled(&s3.key, release))),
            // Its size is needed in any case.
            Self::Upload { path } => ArchiveAt::Here { path: filled(path, release).into(), beside },
            Self::Http { .. } | Self::S3(_) | Self::OnHost { .. } => return None,
        };
        Some(ArchiveQuery { release: release.clone(), archive })
    }

    /// Returns the question whether the archive of a release is still there. `None`: it is on the hosts themselves.
    pub fn presence_query(&self, release: &Tag) -> Option<ArchiveQuery> {
        let archive = match self {
            Self::Http { url, login } => ArchiveAt::Web(WebFile {
                url: filled(url, release),
                login: login.as_ref().map(HttpLogin::auth),
            }),
            Self::S3(s3) => ArchiveAt::Store(s3.with_key(filled(&s3.key, release))),
            Self::Upload { path } => {
                ArchiveAt::Here { path: filled(path, release).into(), beside: false }
            }
            Self::OnHost { .. } => return None,
        };
        Some(ArchiveQuery { release: release.clone(), archive })
    }

    /// Returns what lists the releases. `None`, in the inventory: a directory is listed, on this machine or on the hosts;
    /// elsewhere a person types the release.
    pub fn releases(&self, from: Option<&ReleasesFrom>) -> ReleaseSource {
        match (from, self) {
            (Some(ReleasesFrom::Directory(path)), _) => {
                ReleaseSource::Directory { path: path.clone(), name: self.listed() }
            }
            (Some(ReleasesFrom::Index(url)), _) => {
                let login = match self {
                    Self::Http { login, .. } => login.as_ref().map(HttpLogin::auth),
                    _ => None,
                };
                let page = WebFile { url: url.clone(), login };
                ReleaseSource::Index { page, archive: self.template() }
            }
            (Some(ReleasesFrom::Store), Self::S3(s3)) => ReleaseSource::Bucket(s3.clone()),
            (Some(ReleasesFrom::Command { words, directory }), _) => {
                ReleaseSource::Command { words: words.clone(), directory: directory.clone() }
            }
            (None, Self::OnHost { .. }) => ReleaseSource::Hosts,
            (None, Self::Upload { .. }) => {
                let template = self.template();
                let directory = template.listed_name().map_or("", |listed| listed.directory);
                let path = if directory.is_empty() { "." } else { directory };
                ReleaseSource::Directory { path: path.into(), name: self.listed() }
            }
            (None | Some(ReleasesFrom::Store), _) => ReleaseSource::Typed,
        }
    }

    /// Returns the path, the address or the key of a release's archive.
    pub fn path(&self, release: &Tag) -> String {
        self.template().filled(release)
    }

    fn template(&self) -> Template {
        Template::new(match self {
            Self::Http { url, .. } => url,
            Self::S3(s3) => &s3.key,
            Self::Upload { path } | Self::OnHost { path } => path,
        })
    }

    /// Returns the template without the directory above the name of a release.
    fn listed(&self) -> Template {
        let template = self.template();
        let above = template.listed_name().map_or(0, |listed| listed.directory.len());
        Template::new(&template.as_str()[above..])
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

    fn auth(&self) -> Auth {
        match self.clone() {
            Self::Bearer(secret) => Auth::Bearer(secret),
            Self::Basic { user, password } => Auth::Basic { user, password },
            Self::Header { name, value } => Auth::Header { name, value },
        }
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
    Template::new(template).filled(release)
}

#[cfg(test)]
mod tests;
