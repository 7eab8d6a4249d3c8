//! Mistakes in a person's own file, told as those of an inventory are: where, what, the line
//! itself, and the remedy.

use std::fmt;
use std::path::{Path, PathBuf};

use super::nearest::which;
use crate::base::text::reorders;

/// A stretch of one line. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    pub line: usize,
    pub column: usize,
    pub width: usize,
}

/// A mistake in a text of which it is not yet said where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub at: At,
    pub what: String,
    pub remedy: String,
}

impl Fault {
    pub fn new(at: At, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { at, what: what.into(), remedy: remedy.into() }
    }

    pub fn of(self, file: &Path, text: &str) -> Problem {
        let line = text.lines().nth(self.at.line.saturating_sub(1)).map(quiet);
        Problem {
            file: Some(file.to_owned()),
            place: line.map(|line| (self.at, line)),
            what: quiet(&self.what),
            remedy: quiet(&self.remedy),
        }
    }
}

/// Nothing of a file moves the cursor.
fn quiet(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || reorders(c) { ' ' } else { c }).collect()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `None`: it is about what was asked for.
    pub file: Option<PathBuf>,
    /// Where, and the line; `None`: it is about the whole file.
    pub place: Option<(At, String)>,
    pub what: String,
    pub remedy: String,
}

impl Problem {
    /// On one line, for a screen that has no more room.
    pub fn brief(&self) -> String {
        format!("{}{}: {}", self.head(), self.what, self.remedy)
    }

    fn head(&self) -> String {
        let file = self.file.as_ref().map(|file| format!("{}:", file.display()));
        let place = self.place.as_ref().map(|(at, _)| format!("{}:{}:", at.line, at.column));
        match file {
            Some(file) => format!("{file}{} ", place.unwrap_or_default()),
            None => String::new(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}{}", self.head(), self.what)?;
        if let Some((at, line)) = &self.place {
            let number = at.line.to_string();
            let before = at.column.saturating_sub(1);
            let room = line.chars().count().saturating_sub(before);
            let carets = "^".repeat(at.width.min(room).max(1));
            writeln!(f, "  {number} | {}", line.trim_end())?;
            writeln!(f, "  {:w$} | {:before$}{carets}", "", "", w = number.len())?;
        }
        write!(f, "  remedy: {}", self.remedy)
    }
}

/// All mistakes of a file at once: at least one, in the order of the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    pub fn one(problem: Problem) -> Self {
        Self(vec![problem])
    }

    /// A theme that nobody knows.
    pub fn no_theme(name: &str, known: &[&str]) -> Self {
        Self::one(Problem {
            file: None,
            place: None,
            what: format!("there is no theme `{}`", quiet(name)),
            remedy: which(name, known),
        })
    }

    pub fn of(faults: Vec<Fault>, file: &Path, text: &str) -> Self {
        Self(faults.into_iter().map(|fault| fault.of(file, text)).collect())
    }

    pub fn brief(&self) -> String {
        let first = self.0.first().map(Problem::brief).unwrap_or_default();
        match self.0.len() {
            0 | 1 => first,
            count => format!("{first} (and {} more)", count - 1),
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if index == 0 { "" } else { "\n\n" })?;
        }
        Ok(())
    }
}
