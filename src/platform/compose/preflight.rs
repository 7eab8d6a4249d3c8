//! Preflight: the prerequisites of a stack. This adds what stands in the way of the deployed compose file.

use serde::{Deserialize, Serialize};

use crate::platform::kit;
use crate::platform::kit::parts::Parts;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preflight {
    #[serde(flatten)]
    pub host: kit::preflight::Preflight,
    /// `docker-compose.yml` is a regular file, not a link.
    pub plain_compose_file: bool,
    /// A compose file that `docker compose`, run by hand, prefers to `docker-compose.yml`.
    #[serde(default)]
    pub preferred_compose_file: Option<String>,
    /// A file that `docker compose`, run by hand, reads in addition to `docker-compose.yml`. Flipside does
    /// not read it.
    #[serde(default)]
    pub override_file: Option<String>,
}

impl Preflight {
    /// Adds what only this platform requires to what every platform does.
    pub fn read(parts: &Parts<'_>, host: kit::preflight::Preflight) -> Self {
        let name = |part: &str| parts.get(part).map(|name| name.trim().to_owned());
        Self {
            host,
            plain_compose_file: parts.contains_key("no-link"),
            preferred_compose_file: name("preferred"),
            override_file: name("override"),
        }
    }
}
