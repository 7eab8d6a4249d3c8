//! The platforms that the demo offers. What a fleet is does not depend on them; what is released to it, and how, does.
//!
//! Each has a folder of its own: what its hosts have, its inventory, its story and the hints of its tour.

use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;

use super::acts::Act;
use super::compose;
use super::site::{Built, Site};
use super::tour::Hint;
use crate::transport::sources::Catalog;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DemoPlatform {
    /// Docker Compose behind nginx.
    #[default]
    Compose,
}

impl DemoPlatform {
    pub const ALL: [Self; 1] = [Self::Compose];

    /// Returns its name, as an inventory and the command line have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compose => "compose",
        }
    }

    /// Returns what in the demo is not what it would be on a server.
    pub fn stands_in(self) -> &'static str {
        match self {
            Self::Compose => "docker and nginx are stand-ins; SSH, HTTP and scripts are real",
        }
    }

    /// Returns the acts of the demo without a screen.
    pub fn story(self) -> &'static [Act] {
        match self {
            Self::Compose => &compose::story::STORY,
        }
    }

    /// Returns the hints of the demo on a screen.
    pub fn hints(self) -> &'static [Hint] {
        match self {
            Self::Compose => &compose::tour::HINTS,
        }
    }

    /// Returns what lists the releases.
    pub fn catalog(self) -> Arc<dyn Catalog> {
        match self {
            Self::Compose => Arc::new(compose::catalog::Embedded::new(chrono::Utc::now())),
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
