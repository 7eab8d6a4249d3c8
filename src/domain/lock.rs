//! The lock that one run holds on every host it works on: who, why, since when, from where.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::names::RunId;
use super::release::Tag;
use super::text::clean_words;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    pub who: String,
    /// The machine the console runs on.
    pub machine: String,
    /// The phase, or the reason a person gave.
    pub why: String,
    pub since: DateTime<Utc>,
    pub release: Option<Tag>,
    /// The run that took it. Only that run, or `flipside unlock`, gives it back.
    pub run: RunId,
}

impl std::fmt::Display for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { who, machine, why, since, release, .. } = self;
        // A lock is a file that anybody may have written.
        let (who, machine, why) = (clean_words(who), clean_words(machine), clean_words(why));
        write!(f, "{who}@{machine} since {} for {why}", since.format("%Y-%m-%d %H:%M:%S UTC"))?;
        release.as_ref().map_or(Ok(()), |tag| write!(f, " of {tag}"))
    }
}
