//! Where the names of an app's releases come from.

use std::path::PathBuf;

use super::{Image, Template};
use crate::base::s3::S3Object;
use crate::domain::http::Auth;

/// Where the names of releases come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseSource {
    /// The tags of an image, which its registry lists.
    Registry(Image),
    /// The names in a directory of the console's machine. `name` is that of an archive, or of a release's own directory.
    Directory { path: PathBuf, name: Template },
    /// A page of a web server that lists a directory. Links on it that fit `archive` are releases.
    Index { page: WebFile, archive: Template },
    /// The objects of a bucket. The key is the template of an archive's.
    Bucket(S3Object),
    /// The lines that a command of the console's machine prints.
    Command { words: Vec<String>, directory: Option<PathBuf> },
    /// What the hosts have: they are observed anyway.
    Hosts,
    /// There is no list. A person types the name.
    Typed,
}

/// A file on a web server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebFile {
    pub url: String,
    pub login: Option<Auth>,
}

impl ReleaseSource {
    /// Returns the name of the source, for a person.
    pub fn name(&self) -> String {
        match self {
            Self::Registry(image) => image.name.clone(),
            Self::Directory { path, .. } => path.display().to_string(),
            Self::Index { page, .. } => page.url.clone(),
            Self::Bucket(object) => {
                let template = Template::new(&object.key);
                let directory = template.listed_name().map_or("", |listed| listed.directory);
                object.with_key(directory.to_owned()).to_string()
            }
            Self::Command { words, .. } => words.join(" "),
            Self::Hosts => "the hosts".to_owned(),
            Self::Typed => "no list".to_owned(),
        }
    }
}
