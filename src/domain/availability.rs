//! What a plan has to know of the sources of releases. A planner asks nothing itself: it names its questions, and the engine
//! asks them before it plans.

use std::fmt;
use std::path::PathBuf;

use super::catalog::{Image, SourceError, WebFile};
use super::release::{Digest, Release, Tag};
use crate::base::s3::S3Object;

/// A question to a source of releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceQuery {
    /// Does the registry still have this release?
    Image(ReleaseToPull),
    /// What is the checksum of this archive?
    Archive(ArchiveQuery),
    /// Does the source still have this archive?
    Stored(ArchiveQuery),
}

/// A release that a host does not have and must pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseToPull {
    pub image: Image,
    pub release: Release,
}

/// The answer of a source about one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
    Available,
    /// The source answered that it does not have the release any more.
    Missing,
    /// The source did not answer; the text says why.
    Unknown(String),
}

/// The archive of a release that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveQuery {
    pub release: Tag,
    pub archive: ArchiveAt,
}

/// Where an archive is, as far as the console's machine can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveAt {
    /// On a web server. Its checksum is in the file beside it whose name has [`CHECKSUM_END`] at the end.
    Web(WebFile),
    /// In a store. Its checksum is in the object beside it.
    Store(S3Object),
    /// On the console's machine, where its checksum is computed. With `beside`, a checksum file beside it must agree,
    /// if there is one.
    Here { path: PathBuf, beside: bool },
}

impl fmt::Display for ArchiveAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(file) => f.write_str(&file.url),
            Self::Store(object) => write!(f, "{object}"),
            Self::Here { path, .. } => write!(f, "{}", path.display()),
        }
    }
}

/// The end of the name of a checksum file.
pub const CHECKSUM_END: &str = ".sha256";

/// What is known of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveFacts {
    pub digest: Digest,
    /// The size, where the archive itself was read.
    pub bytes: Option<u64>,
}

/// The answers so far. A question that is not among them was not asked.
#[derive(Debug, Clone, Default)]
pub struct Availabilities {
    images: Vec<(ReleaseToPull, Availability)>,
    archives: Vec<(ArchiveQuery, Result<ArchiveFacts, SourceError>)>,
    stored: Vec<(ArchiveQuery, Availability)>,
}

/// The answer to a [`SourceQuery`].
#[derive(Debug, Clone, PartialEq)]
pub enum SourceReply {
    Image(ReleaseToPull, Availability),
    /// An error of the kind `NotFound`: the source has no such archive or checksum; `InvalidAnswer`: the checksum file
    /// cannot be used; any other kind: it is not known.
    Archive(ArchiveQuery, Result<ArchiveFacts, SourceError>),
    Stored(ArchiveQuery, Availability),
}

impl Availabilities {
    pub fn of(&self, image: &str, release: &Release) -> Option<&Availability> {
        let is = |asked: &ReleaseToPull| asked.image.name == image && asked.release == *release;
        self.images.iter().find(|(asked, _)| is(asked)).map(|(_, availability)| availability)
    }

    /// Returns what the source answered about an archive.
    pub fn archive(&self, query: &ArchiveQuery) -> Option<&Result<ArchiveFacts, SourceError>> {
        self.archives.iter().find(|(asked, _)| asked == query).map(|(_, answer)| answer)
    }

    /// Returns whether the source still has an archive.
    pub fn stored(&self, query: &ArchiveQuery) -> Option<&Availability> {
        self.stored.iter().find(|(asked, _)| asked == query).map(|(_, answer)| answer)
    }

    pub fn has(&self, query: &SourceQuery) -> bool {
        match query {
            SourceQuery::Image(wanted) => self.of(&wanted.image.name, &wanted.release).is_some(),
            SourceQuery::Archive(query) => self.archive(query).is_some(),
            SourceQuery::Stored(query) => self.stored(query).is_some(),
        }
    }

    pub fn add(&mut self, reply: SourceReply) {
        match reply {
            SourceReply::Image(asked, answer) => self.images.push((asked, answer)),
            SourceReply::Archive(asked, answer) => self.archives.push((asked, answer)),
            SourceReply::Stored(asked, answer) => self.stored.push((asked, answer)),
        }
    }
}
