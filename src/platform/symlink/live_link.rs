//! The link to the live version, as it was found.

use serde::{Deserialize, Serialize};

use crate::domain::release::Tag;

/// Something that does not hold, and what a person can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub what: String,
    pub remedy: String,
}

/// The link to the live version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveLink {
    #[default]
    Absent,
    /// It leads to a version in the directory of versions.
    Names { version: Tag, form: LinkForm },
    /// It leads to nothing: its text.
    Dangling(String),
    /// It leads to a directory that is no version: its path.
    Elsewhere(String),
    /// It leads to a directory beside the versions whose name cannot be that of a release.
    OddName(String),
    /// A directory has its name.
    IsDirectory,
    /// A file has its name.
    IsFile,
}

/// How a link is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkForm {
    /// `versions/v1`, as Flipside and yodeploy write it.
    Relative,
    /// `/srv/shop/releases/v1`, as Capistrano writes it. The next swing makes it relative.
    Absolute,
    /// It leads there through another link: its text.
    Indirect(String),
}

impl LiveLink {
    /// Returns why nothing can be deployed through the link, and what to do. `path` is the link's own path.
    pub fn problem(&self, path: &str, versions: &str) -> Option<Problem> {
        let (what, remedy) = match self {
            Self::Absent | Self::Names { form: LinkForm::Relative | LinkForm::Absolute, .. } => {
                return None;
            }
            Self::Names { version, form: LinkForm::Indirect(text) } => (
                format!("{path} leads to {version} through another link, {text}"),
                format!("Point it at the version itself: `ln -sfn {versions}/{version} {path}`."),
            ),
            Self::Dangling(text) => (
                format!("{path} points to {text}, which does not exist"),
                format!("Point it at a version that is there; `ls {versions}` lists them."),
            ),
            Self::Elsewhere(to) => (
                format!("{path} leads to {to}, which is not in {versions}/"),
                format!("Move that directory into {versions}/ and point the link at it."),
            ),
            Self::OddName(name) => (
                format!("{path} leads to {name:?}, which cannot be the name of a release"),
                "Rename that directory to letters, digits, `.`, `_` and `-`, and point the link at it."
                    .to_owned(),
            ),
            Self::IsDirectory => (
                format!("{path} is a directory, not a link"),
                format!("Move it into {versions}/ under the name of its version, and link to it."),
            ),
            Self::IsFile => (
                format!("{path} is a file, not a link"),
                "Move it away; the first release that goes live creates the link.".to_owned(),
            ),
        };
        Some(Problem { what, remedy })
    }
}
