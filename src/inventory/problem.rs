//! Mistakes in an inventory, told so that a tired person can put them right: where, what, the line
//! itself, and the remedy. All mistakes of a file are told at once.

use std::fmt;
use std::path::{Path, PathBuf};

use super::excerpt::{excerpt, presentable, visible};

/// A stretch of one line. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub line: usize,
    pub column: usize,
    /// In characters.
    pub width: usize,
}

impl Span {
    pub fn new(line: usize, column: usize, width: usize) -> Self {
        Self { line, column, width }
    }
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub file: PathBuf,
    /// `None`: it is about the whole file.
    pub at: Option<Span>,
    pub what: String,
    pub remedy: String,
    /// The line it is on, made fit to be shown.
    pub line: Option<String>,
}

impl Problem {
    pub fn of_file(
        file: impl Into<PathBuf>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (what, remedy) = (visible(&what.into()), visible(&remedy.into()));
        Self { file: file.into(), at: None, what, remedy, line: None }
    }

    #[must_use]
    pub fn at(mut self, span: Span, text: &str) -> Self {
        self.at = Some(span);
        self.line = text.lines().nth(span.line.saturating_sub(1)).map(presentable);
        self
    }

    /// The same, with what stands at its place made unreadable: it may be a secret.
    #[must_use]
    pub fn masked(mut self) -> Self {
        if let (Some(at), Some(line)) = (self.at, self.line.as_mut()) {
            let start: String = line.chars().take(at.column.saturating_sub(1)).collect();
            *line = format!("{start}********");
            self.at = Some(Span { width: 8, ..at });
        }
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(at) = self.at {
            write!(f, "{}:{}:", at.line, at.column)?;
        }
        writeln!(f, " {}", self.what)?;
        if let (Some(at), Some(line)) = (self.at, &self.line) {
            excerpt(f, at, line)?;
        }
        write!(f, "  remedy: {}", self.remedy)
    }
}

/// Every mistake that was found: at least one, in the order of the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// In order. The same thing at the same place is told once.
    pub fn of(mut problems: Vec<Problem>, file: &Path) -> Self {
        if problems.is_empty() {
            let remedy = "compare it with inventory.example.yaml";
            problems.push(Problem::of_file(file, "cannot be understood", remedy));
        }
        problems.sort_by(|a, b| (&a.file, a.at).cmp(&(&b.file, b.at)));
        let mut told: Vec<Problem> = Vec::new();
        for problem in problems {
            let again = |t: &Problem| {
                t.file == problem.file && t.at == problem.at && t.what == problem.what
            };
            if !told.iter().rev().take_while(|t| t.at == problem.at).any(again) {
                told.push(problem);
            }
        }
        Self(told)
    }

    pub fn one(problem: Problem) -> Self {
        Self(vec![problem])
    }

    pub fn all(&self) -> &[Problem] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}\n")?;
        }
        match self.0.len() {
            1 => write!(f, "1 mistake. Nothing was changed."),
            n => write!(f, "{n} mistakes. Nothing was changed."),
        }
    }
}

impl std::error::Error for Problems {}
