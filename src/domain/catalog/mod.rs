//! The releases of an app, as a source lists them: a registry, a directory, a store.
//!
//! The list belongs to no run and no journal. [`Order::Releases`](super::order::Order::Releases) requests it, and it
//! arrives in pieces on a channel of its own.

mod error;
mod list;
mod order;
mod platform;
mod source;
mod template;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use error::{SourceError, SourceErrorKind};
pub use list::{ListEntry, ReleaseList};
pub use order::{TagOrder, is_version};
pub use platform::Platform;
pub use source::{ReleaseSource, WebFile};
pub use template::{ListedName, Template};

use super::release::{Digest, Tag};
use crate::base::secret_ref::SecretRef;

/// The repository of an app's images, and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// As the inventory has it: `registry.example.org/shop`.
    pub name: String,
    pub login: Option<RegistryLogin>,
    /// Whether the registry speaks HTTP without TLS.
    pub plain_http: bool,
}

/// The account with which a registry is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryLogin {
    pub server: String,
    pub user: String,
    pub password: SecretRef,
}

/// A request about the releases of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatalogQuery {
    /// Fetch the list of names again.
    List,
    /// Fetch the facts of these tags, in this order. They replace requests that still wait.
    Facts(Vec<Tag>),
    /// Send no further requests.
    Stop,
}

/// One piece of the answer to a [`CatalogQuery`].
#[derive(Debug, Clone, PartialEq)]
pub enum CatalogReply {
    /// A new list starts and replaces the previous one.
    ListStarted {
        /// The name of the source.
        source: String,
        /// A remark that a person should read before the list.
        note: Option<String>,
    },
    /// More names, in the source's order.
    Tags(Vec<Tag>),
    /// The list is complete.
    ListEnded(ListSummary),
    /// The list could not be fetched, or not to its end.
    ListFailed(SourceError),
    Facts {
        tag: Tag,
        facts: Facts,
    },
    /// The facts of this tag could not be fetched.
    FactsFailed {
        tag: Tag,
        why: SourceError,
    },
}

/// How a list ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListSummary {
    /// Whether the source has more tags that were not fetched.
    pub truncated: bool,
    /// How many names were left out because they are not valid tags.
    pub invalid_names: usize,
}

/// What a tag points to. A tag can be moved, so this holds for the moment of the request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    pub digest: Option<Digest>,
    /// The platforms that the image runs on. Empty: the image does not say.
    pub platforms: Vec<Platform>,
    pub made_at: Option<DateTime<Utc>>,
}

impl Facts {
    /// Returns whether the image is known not to run on this machine.
    pub fn excludes(&self, machine: &Platform) -> bool {
        !self.platforms.is_empty() && !self.platforms.iter().any(|image| image.runs_on(machine))
    }
}
