//! What every list is made of.

use chrono::{DateTime, Utc};

use super::about::About;
use crate::domain::catalog::{SourceError, SourceErrorKind};
use crate::domain::release::Tag;

/// A release in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub tag: Tag,
    pub made_at: Option<DateTime<Utc>>,
}

/// Returns the error for an archive whose template does not name the release: nothing in a list can be recognized.
pub fn no_template(about: &About) -> SourceError {
    let remedy = "write `{release}` into `source` in the inventory";
    about.error(SourceErrorKind::NotAsked, "the name of its archives has no `{release}`", remedy)
}
