//! One side of a host: which color it is and which release it holds.

use crate::domain::color::ColorPair;
use crate::domain::names::Color;
use crate::domain::release::Release;
use crate::domain::target::letter;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    Known {
        color: Color,
        release: Option<Release>,
        /// Why it could not serve now, where that is so: `stopped`.
        but: Option<&'static str>,
    },
    /// The last that was known, which may be otherwise by now.
    Was {
        color: Color,
        release: Option<Release>,
    },
    /// The proxy, the answers and the record do not agree.
    Disagree(Vec<Color>),
    Unknown,
    /// This host carries no color: it only runs jobs, on this release.
    Jobs(Option<Release>),
}

/// Whether a pair's letters tell its colors apart. `black` and `blue` do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// `G v412`
    Short,
    /// `G green v412`
    Long,
    /// `G green v412 0a1b2c3d`: with the bytes that the tag stood for.
    Full,
}

impl Letters {
    pub fn short_if_distinct(pair: &ColorPair) -> Self {
        if letter(pair.first()) == letter(pair.second()) { Self::Long } else { Self::Short }
    }
}

impl Side {
    pub fn known(&self) -> Option<(&Color, Option<&Release>)> {
        match self {
            Self::Known { color, release, .. } => Some((color, release.as_ref())),
            _ => None,
        }
    }

    pub fn words(&self, letters: Letters) -> String {
        match self {
            Self::Known { color, release, but: None } => named(color, release.as_ref(), letters),
            // Nothing is there: that is known, and no `?`.
            Self::Known { color, release: None, but: Some(but) } => {
                format!("{} {but}", bare(color, letters))
            }
            Self::Known { color, release, but: Some(but) } => {
                format!("{} {but}", named(color, release.as_ref(), letters))
            }
            Self::Was { color, release } => {
                format!("? was {}", named(color, release.as_ref(), Letters::Short))
            }
            Self::Disagree(colors) => {
                let letters: Vec<String> = colors.iter().map(|c| letter(c).to_string()).collect();
                format!("? {} disagree", letters.join("/"))
            }
            Self::Unknown => "?".to_owned(),
            Self::Jobs(release) => {
                format!("jobs {}", release.as_ref().map_or("?", |r| r.tag.as_str()))
            }
        }
    }

    /// One letter for the smallest screens.
    pub fn letter(&self) -> char {
        match self {
            Self::Known { color, .. } => letter(color),
            Self::Jobs(_) => 'j',
            _ => '?',
        }
    }
}

/// A color on which there is no release.
pub fn bare(color: &Color, letters: Letters) -> String {
    match letters {
        Letters::Short => letter(color).to_string(),
        Letters::Long | Letters::Full => format!("{} {color}", letter(color)),
    }
}

/// A color is shown by its word, and by a letter alone only where there is no room.
pub fn named(color: &Color, release: Option<&Release>, letters: Letters) -> String {
    let tag = release.map_or("?", |release| release.tag.as_str());
    let digest = release.and_then(|release| release.digest.as_ref());
    match (letters, digest) {
        (Letters::Short, _) => format!("{} {tag}", letter(color)),
        (Letters::Full, Some(digest)) => {
            format!("{} {color} {tag} {}", letter(color), digest.short())
        }
        (Letters::Long | Letters::Full, _) => format!("{} {color} {tag}", letter(color)),
    }
}
