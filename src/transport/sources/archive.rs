//! The checksum of an archive: in a file beside it, or computed here.

use std::io;
use std::path::{Path, PathBuf};

use super::about::About;
use super::web::WebSources;
use crate::domain::availability::{ArchiveAt, ArchiveFacts, ArchiveQuery, CHECKSUM_END};
use crate::domain::catalog::{SourceError, SourceErrorKind};
use crate::domain::checksum_file;
use crate::domain::release::Digest;
use crate::transport::exchange::Answer;
use crate::transport::local_file::LocalFiles;

/// What to do without a checksum file.
const MISSING: &str = "check that the release exists; its checksum is written by `sha256sum ARCHIVE >ARCHIVE.sha256`, or is given \
                       with the release: `--release v1@sha256:…`";

/// A checksum file is a few lines.
const LONGEST: u64 = 1 << 20;

pub async fn facts(
    web: &WebSources,
    files: &LocalFiles,
    query: &ArchiveQuery,
) -> Result<ArchiveFacts, SourceError> {
    let about = About {
        source: query.archive.to_string(),
        asked: format!("the checksum of {}", query.release),
    };
    let (answer, name) = match &query.archive {
        ArchiveAt::Here { path, beside } => return here(files, path, *beside, &about).await,
        ArchiveAt::Web(file) => {
            let end = file.url.find(['?', '#']).unwrap_or(file.url.len());
            let (path, rest) = file.url.split_at(end);
            let url = format!("{path}{CHECKSUM_END}{rest}");
            let login = file.login.as_ref();
            (web.get(&url, login, &about, MISSING).await?.1, path.to_owned())
        }
        ArchiveAt::Store(object) => {
            let beside = object.with_key(format!("{}{CHECKSUM_END}", object.key));
            (web.object(&beside, &about, MISSING).await?, object.key.clone())
        }
    };
    Ok(ArchiveFacts { digest: read(&answer, &name, &about)?, bytes: None })
}

pub fn about_presence(query: &ArchiveQuery) -> About {
    About { source: query.archive.to_string(), asked: format!("the archive of {}", query.release) }
}

/// Returns whether an archive is where it should be. Of a server only the head of the answer is read: archives are long, and
/// an address that is signed for reading serves no other method.
pub async fn is_stored(web: &WebSources, query: &ArchiveQuery) -> Result<bool, SourceError> {
    let about = about_presence(query);
    let answer = match &query.archive {
        ArchiveAt::Here { path, .. } => {
            return match tokio::fs::metadata(path).await {
                Ok(data) => Ok(data.is_file()),
                Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(false),
                Err(why) => {
                    let remedy = "check that you may read the file";
                    Err(about.error(SourceErrorKind::Denied, why.to_string(), remedy))
                }
            };
        }
        ArchiveAt::Web(file) => web.head(&file.url, file.login.as_ref(), &about).await,
        ArchiveAt::Store(object) => web.object_head(object, &about).await,
    };
    match answer {
        Ok(()) => Ok(true),
        Err(error) if error.kind == SourceErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn read(answer: &Answer, name: &str, about: &About) -> Result<Digest, SourceError> {
    sum(&String::from_utf8_lossy(&answer.body), name, about)
}

fn sum(text: &str, name: &str, about: &About) -> Result<Digest, SourceError> {
    checksum_file::read(text, name).map_err(|why| {
        about.error(
            SourceErrorKind::InvalidAnswer,
            format!("the checksum file beside it cannot be used: {why}"),
            "write it anew: `sha256sum ARCHIVE >ARCHIVE.sha256`",
        )
    })
}

/// Computes the checksum of an archive of this machine. A checksum file beside it must agree, if there is one.
async fn here(
    files: &LocalFiles,
    path: &Path,
    beside: bool,
    about: &About,
) -> Result<ArchiveFacts, SourceError> {
    if let Err(why) = tokio::fs::metadata(path).await
        && why.kind() == io::ErrorKind::NotFound
    {
        let remedy = "check the name of the release, and `source` in the inventory";
        return Err(about.error(SourceErrorKind::NotFound, "it does not exist", remedy));
    }
    let remedy = "check that you may read the file";
    let open = files.open(path).await;
    let open = open.map_err(|why| about.error(SourceErrorKind::Denied, why, remedy))?;
    if beside && let Some(text) = checksum_file(path, about).await? {
        let wanted = sum(&text, &path.to_string_lossy(), about)?;
        if wanted != open.sha256 {
            let why =
                format!("it has the sha256 {}, and the file beside it says {wanted}", open.sha256);
            let remedy = "build or copy the archive again, or write its checksum anew";
            return Err(about.error(SourceErrorKind::InvalidAnswer, why, remedy));
        }
    }
    Ok(ArchiveFacts { digest: open.sha256, bytes: Some(open.bytes) })
}

/// Returns the text of the checksum file beside an archive of this machine. `None`: there is none.
async fn checksum_file(path: &Path, about: &About) -> Result<Option<String>, SourceError> {
    let mut name = path.as_os_str().to_owned();
    name.push(CHECKSUM_END);
    let path = PathBuf::from(name);
    let failed = |why: String| {
        let why = format!("{} cannot be read: {why}", path.display());
        about.error(SourceErrorKind::Denied, why, "check that you may read the file")
    };
    match tokio::fs::metadata(&path).await {
        Ok(data) if data.len() > LONGEST => Err(failed("it is too long".to_owned())),
        Ok(_) => match tokio::fs::read(&path).await {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(why) => Err(failed(why.to_string())),
        },
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(failed(why.to_string())),
    }
}
