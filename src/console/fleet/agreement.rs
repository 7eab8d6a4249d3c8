//! What all hosts say together, as values: computed from the state in [`release_summary`](super::release_summary).

use std::collections::BTreeMap;

use super::side::{Letters, Side, bare, named};
use crate::domain::names::Color;
use crate::domain::release::{Release, Tag};

/// What the hosts with colors say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreed {
    Nothing,
    /// All that are known agree; of so many nothing is known.
    On {
        color: Color,
        release: Option<Release>,
        unknown: usize,
    },
    /// They do not: how many have which, in words.
    Mixed(Vec<(String, usize)>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseSummary {
    pub live: Agreed,
    pub passive: Agreed,
    /// Of the hosts with colors, so many have a passive side that could serve now.
    pub ready: usize,
    pub of: usize,
}

/// Where `R` would lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RollbackReadiness {
    /// To this color, on so many hosts of how many: the hosts say that users came from there.
    Open {
        color: Color,
        release: Option<Release>,
        ready: usize,
        of: usize,
    },
    /// It could serve, but whether users ever had it only the servers can tell.
    Unproven {
        ready: usize,
        of: usize,
    },
    /// The passive color holds a release that was prepared: users did not come from it.
    Prepared(Tag),
    /// The passive color still holds the release that users were sent back from.
    Left {
        tag: Tag,
        /// So many of how many were sent back, as they say now.
        back: usize,
        of: usize,
    },
    /// Nothing is on the passive color, and no host says that users came from there.
    Nowhere,
    /// Something is on the passive color, and no host says that users came from there: a rollback needs a
    /// release that a person names.
    NoRecord {
        ready: usize,
        of: usize,
    },
    /// There is nothing to go back to quickly, and why.
    Cold(String),
    NotKnown,
}

impl Agreed {
    pub fn among(sides: impl Iterator<Item = Side>) -> Self {
        let mut found: BTreeMap<(Color, Option<Release>), usize> = BTreeMap::new();
        let mut unknown = 0;
        for side in sides {
            match side {
                Side::Known { color, release, .. } => {
                    *found.entry((color, release)).or_default() += 1;
                }
                _ => unknown += 1,
            }
        }
        let mut found: Vec<_> = found.into_iter().collect();
        if found.len() > 1 {
            let words = |((color, release), count): ((Color, Option<Release>), usize)| {
                (named(&color, release.as_ref(), Letters::Long), count)
            };
            let mut mixed: Vec<_> = found.into_iter().map(words).collect();
            mixed.extend((unknown > 0).then(|| ("?".to_owned(), unknown)));
            return Self::Mixed(mixed);
        }
        match found.pop() {
            Some(((color, release), _)) => Self::On { color, release, unknown },
            None => Self::Nothing,
        }
    }

    pub fn words(&self, letters: Letters) -> String {
        match self {
            Self::Nothing => "?".to_owned(),
            Self::On { color, release: None, unknown: 0 } => bare(color, letters),
            Self::On { color, release, unknown: 0 } => named(color, release.as_ref(), letters),
            Self::On { color, release, unknown } => {
                format!("{} ({unknown} ?)", named(color, release.as_ref(), letters))
            }
            Self::Mixed(counts) => {
                let counts: Vec<String> =
                    counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
                counts.join(", ")
            }
        }
    }

    pub fn release(&self) -> Option<&Release> {
        match self {
            Self::On { release, .. } => release.as_ref(),
            _ => None,
        }
    }
}
