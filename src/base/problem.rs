//! Mistakes in a file that a person wrote, reported so that a tired person can correct them: the position, what is wrong,
//! the line itself, and the remedy. All mistakes of a file are reported at once.

use std::fmt;
use std::path::{Path, PathBuf};

use super::excerpt::{escape, presentable, write_excerpt};
pub use super::span::Span;

/// A mistake in a text whose file is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub at: Span,
    pub what: String,
    pub remedy: String,
}

impl Fault {
    pub fn new(at: Span, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { at, what: what.into(), remedy: remedy.into() }
    }

    /// The same mistake with its file and its line, which is taken from the file's text.
    pub fn in_file(self, file: &Path, text: &str) -> Problem {
        Problem::in_file(file, self.what, self.remedy).at(self.at, text)
    }
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `None`: it is not in a file, but in what was asked for.
    file: Option<PathBuf>,
    /// `None`: it concerns the whole file.
    at: Option<Span>,
    what: String,
    remedy: String,
    /// The line it is on, made fit to be shown.
    line: Option<String>,
}

impl Problem {
    /// A mistake in what was asked for.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (what, remedy) = (escape(&what.into()), escape(&remedy.into()));
        Self { file: None, at: None, what, remedy, line: None }
    }

    /// A mistake that concerns a whole file.
    pub fn in_file(
        file: impl Into<PathBuf>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { file: Some(file.into()), ..Self::new(what, remedy) }
    }

    #[must_use]
    pub fn at(mut self, span: Span, text: &str) -> Self {
        self.at = Some(span);
        self.line = text.lines().nth(span.line.saturating_sub(1)).map(presentable);
        self
    }

    /// The same, with everything from its position on replaced by stars: it may be a secret.
    #[must_use]
    pub fn masked(mut self) -> Self {
        if let (Some(at), Some(line)) = (self.at, self.line.as_mut()) {
            let start: String = line.chars().take(at.column.saturating_sub(1)).collect();
            *line = format!("{start}********");
            self.at = Some(Span { width: 8, ..at });
        }
        self
    }

    /// Returns the mistake on one line, for a screen that has no more room.
    pub fn brief(&self) -> String {
        format!("{}{}: {}", self.position(), self.what, self.remedy)
    }

    /// `keys.yaml:2:1: `, or nothing if it is not in a file.
    fn position(&self) -> String {
        let Some(file) = &self.file else { return String::new() };
        let at = self.at.map(|at| format!("{}:{}:", at.line, at.column));
        format!("{}:{} ", file.display(), at.unwrap_or_default())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}{}", self.position(), self.what)?;
        if let (Some(at), Some(line)) = (self.at, &self.line) {
            write_excerpt(f, at, line)?;
        }
        write!(f, "  remedy: {}", self.remedy)
    }
}

/// All mistakes that were found, at least one, in the order of the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Sorts the mistakes by position and drops repetitions.
    pub fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| (&a.file, a.at).cmp(&(&b.file, b.at)));
        let mut unique: Vec<Problem> = Vec::new();
        for problem in problems {
            let same_position = unique.iter().rev().take_while(|other| other.at == problem.at);
            let is_repetition =
                |other: &Problem| other.file == problem.file && other.what == problem.what;
            if !same_position.into_iter().any(is_repetition) {
                unique.push(problem);
            }
        }
        Self(unique)
    }

    pub fn one(problem: Problem) -> Self {
        Self(vec![problem])
    }

    pub fn in_file(faults: Vec<Fault>, file: &Path, text: &str) -> Self {
        Self::new(faults.into_iter().map(|fault| fault.in_file(file, text)).collect())
    }

    /// Returns the first mistake on one line, and how many more there are.
    pub fn brief(&self) -> String {
        let first = self.0.first().map(Problem::brief).unwrap_or_default();
        match self.0.len() {
            0 | 1 => first,
            count => format!("{first} (and {} more)", count - 1),
        }
    }

    /// Returns all mistakes and how many they are, for a command that ends because of them.
    pub fn report(&self) -> String {
        let count = match self.0.len() {
            1 => "1 mistake".to_owned(),
            count => format!("{count} mistakes"),
        };
        format!("{self}\n\n{count}. Nothing was changed.")
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

impl std::error::Error for Problems {}
