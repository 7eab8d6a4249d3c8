//! What a registry tells of an image's releases.
//!
//! It belongs to no run and is in no journal: it is asked for by
//! [`Order::Releases`](super::order::Order::Releases) and comes by a channel of its own, piece by piece.

mod error;
mod list;
mod order;
mod platform;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use error::{RegistryError, RegistryErrorKind};
pub use list::{ListEntry, ReleaseList};
pub use order::{TagOrder, is_version};
pub use platform::Platform;

use super::release::{Digest, Tag};
use super::spec::RegistryLogin;

/// The repository of an app's images, and how it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// As the inventory has it: `registry.example.org/shop`.
    pub name: String,
    pub login: Option<RegistryLogin>,
    /// The registry speaks HTTP without TLS.
    pub plain_http: bool,
}

/// What is wanted of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatalogQuery {
    /// The names, anew.
    List,
    /// What stands behind these, the first of them first. They take the place of those that still wait.
    Facts(Vec<Tag>),
    /// Nothing more.
    Stop,
}

/// One piece of the answer.
#[derive(Debug, Clone, PartialEq)]
pub enum CatalogReply {
    /// A list begins: what was told before is over.
    ListStarted {
        image: String,
        /// What a person should know of it before reading it.
        note: Option<String>,
    },
    /// More names, in the registry's order.
    Tags(Vec<Tag>),
    /// Those were all.
    ListEnded(ListSummary),
    /// No names, or no more of them.
    ListFailed(RegistryError),
    Facts {
        tag: Tag,
        facts: Facts,
    },
    /// What stands behind this one cannot be told.
    FactsFailed {
        tag: Tag,
        why: RegistryError,
    },
}

/// How a list ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListSummary {
    /// There are more, which were not asked for any more.
    pub truncated: bool,
    /// So many names were left out: no tag may be called so.
    pub invalid_names: usize,
}

/// What stands behind a tag. A tag can be moved: this is so at the moment of asking.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    pub digest: Option<Digest>,
    /// Those it can run on. Empty: it does not tell.
    pub platforms: Vec<Platform>,
    pub made_at: Option<DateTime<Utc>>,
}

impl Facts {
    /// This machine is none of those that it can run on.
    pub fn excludes(&self, machine: &Platform) -> bool {
        !self.platforms.is_empty() && !self.platforms.iter().any(|image| image.runs_on(machine))
    }
}
