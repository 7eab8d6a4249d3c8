//! Mistakes in an inventory, told so that a tired person can put them right: where, what, the line
//! itself, and the remedy. All mistakes of a file are told at once.

use std::fmt;
use std::path::{Path, PathBuf};

use unicode_width::UnicodeWidthStr;

use crate::domain::text::reorders;

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

/// Nothing in the line may move the cursor; every character keeps its column.
fn presentable(line: &str) -> String {
    line.chars().map(|c| if c.is_control() || reorders(c) { ' ' } else { c }).collect()
}

/// What cannot be seen, or moves the cursor, is written out.
fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || reorders(c) {
            visible.extend(c.escape_unicode());
        } else {
            visible.push(c);
        }
    }
    visible
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

/// More of a line than this is not shown.
const WIDEST: usize = 100;

/// The line with its number, and carets under the place. Of a long line, what is around it.
fn excerpt(f: &mut fmt::Formatter<'_>, at: Span, line: &str) -> fmt::Result {
    let column = at.column.saturating_sub(1);
    let length = line.chars().count();
    let skipped = if length <= WIDEST { 0 } else { column.saturating_sub(WIDEST / 3) };
    let shown: String = line.chars().skip(skipped).take(WIDEST).collect();
    let head: String = shown.chars().take(column - skipped).collect();
    let start = if skipped > 0 { "…" } else { "" };
    let end = if length > skipped + WIDEST { "…" } else { "" };
    let room = shown.chars().count().saturating_sub(column - skipped);
    let carets = "^".repeat(at.width.min(room).max(1));
    let number = at.line.to_string();
    let before = head.width() + start.width();
    writeln!(f, "  {number} | {start}{}{end}", shown.trim_end())?;
    writeln!(f, "  {:w$} | {:before$}{carets}", "", "", w = number.len())
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
