//! The platforms that the demo offers. What a fleet is does not depend on them; what is released to it, and how, does.
//!
//! Each has a folder of its own: what its targets are, its inventory, its story and the hints of its tour.

use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;

use super::acts::Act;
use super::site::{Built, Site};
use super::tour::Hint;
use super::{compose, http, symlink};
use crate::transport::sources::{Catalog, Sources};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DemoPlatform {
    /// Docker Compose behind nginx.
    #[default]
    Compose,
    /// An archive, a link and hooks, with a pair of services behind nginx.
    Symlink,
    /// APIs with a live and a passive side.
    Http,
}

impl DemoPlatform {
    pub const ALL: [Self; 3] = [Self::Compose, Self::Symlink, Self::Http];

    /// Returns its name, as an inventory and the command line have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compose => "compose",
            Self::Symlink => "symlink",
            Self::Http => "http",
        }
    }

    /// Returns what in the demo is not what it would be on a server.
    pub fn stands_in(self) -> &'static str {
        match self {
            Self::Compose => "docker and nginx are stand-ins; SSH, HTTP and scripts are real",
            Self::Symlink => {
                "nginx and services are stand-ins; SSH, archives, hooks and scripts are real"
            }
            Self::Http => "the APIs are in this process; requests, lock and logs are real HTTP",
        }
    }

    /// Returns how many targets it has by default.
    pub fn targets(self) -> u8 {
        match self {
            Self::Compose | Self::Symlink => 6,
            Self::Http => 2,
        }
    }

    /// Returns what its targets are.
    pub fn kind_of_target(self) -> &'static str {
        match self {
            Self::Compose | Self::Symlink => "servers",
            Self::Http => "APIs",
        }
    }

    /// Returns the programs of this machine that its hosts need, besides a shell with the usual tools.
    pub(super) fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Compose => &["curl"],
            Self::Symlink => &["curl", "tar", "gzip"],
            Self::Http => &[],
        }
    }

    /// Returns the acts of the demo without a screen.
    pub fn story(self) -> &'static [Act] {
        match self {
            Self::Compose => &compose::story::STORY,
            Self::Symlink => &symlink::story::STORY,
            Self::Http => &http::story::STORY,
        }
    }

    /// Returns the hints of the demo on a screen.
    pub fn hints(self) -> &'static [Hint] {
        match self {
            Self::Compose => &compose::tour::HINTS,
            Self::Symlink => &symlink::tour::HINTS,
            Self::Http => &http::tour::HINTS,
        }
    }

    /// Returns what lists the releases.
    pub fn catalog(self) -> Arc<dyn Catalog> {
        match self {
            Self::Compose => Arc::new(compose::catalog::Embedded::new(chrono::Utc::now())),
            // The archives are files, and an API lists nothing.
            Self::Symlink | Self::Http => Arc::new(Sources::new()),
        }
    }

    /// Builds what the site is to have, with the first release live.
    ///
    /// # Errors
    ///
    /// A file or a port is not to be had.
    pub(super) async fn build(self, site: &Site) -> io::Result<Built> {
        match self {
            Self::Compose => compose::build(site).await,
            Self::Symlink => symlink::build(site).await,
            Self::Http => http::build(site).await,
        }
    }
}

impl fmt::Display for DemoPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DemoPlatform {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|platform| platform.name() == text).ok_or_else(|| {
            format!("there is no demo of `{text}`: choose {}", Self::ALL.map(Self::name).join(", "))
        })
    }
}
