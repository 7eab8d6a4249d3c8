//! One row of an output.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use unicode_width::UnicodeWidthStr;

use crate::domain::event::{OutputLine, Stream};

/// It is shared by the host's own pane and by the one of all hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub at: DateTime<Utc>,
    /// How long its step was at work by then.
    pub after: Option<Duration>,
    pub kind: Kind,
    /// Who printed it.
    pub host: Arc<str>,
    pub text: Box<str>,
    /// In cells, measured once when the line came.
    pub width: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Line(Stream),
    /// So many lines came faster than the screen took them. The text says where they are.
    Skipped(u64),
    /// Drawn by a person, to find the place again.
    Mark,
}

impl Row {
    pub fn line(line: OutputLine, host: Arc<str>, began: Option<DateTime<Utc>>) -> Self {
        let after = began.and_then(|began| (line.at - began).to_std().ok());
        let kind = Kind::Line(line.stream);
        let width = line.text.width();
        Self { at: line.at, after, kind, host, text: line.text.into(), width }
    }

    pub fn mark(at: DateTime<Utc>, host: Arc<str>) -> Self {
        Self { at, after: None, kind: Kind::Mark, host, text: "".into(), width: 0 }
    }

    pub fn skipped(lines: u64, at: DateTime<Utc>, host: Arc<str>, text: &str) -> Self {
        let (kind, width) = (Kind::Skipped(lines), text.width());
        Self { at, after: None, kind, host, text: text.into(), width }
    }

    pub fn stream(&self) -> Option<Stream> {
        match self.kind {
            Kind::Line(stream) => Some(stream),
            Kind::Skipped(_) | Kind::Mark => None,
        }
    }

    /// What is above a step's output is one row, however long its command is.
    pub fn is_one_row(&self) -> bool {
        match self.stream() {
            Some(Stream::Begins) | None => true,
            Some(stream) => stream == Stream::Own && self.text.starts_with("$ "),
        }
    }

    /// A script's own heading over what it shows, as a container's log after a failure.
    pub fn is_heading(&self) -> bool {
        let host = self.stream().is_some_and(Stream::is_host);
        host && self.text.starts_with("--- ") && self.text.ends_with(" ---")
    }

    /// As a host's file has it.
    pub fn as_file(&self) -> String {
        let at = self.at.format("%H:%M:%S%.3f");
        match self.kind {
            Kind::Line(stream) => format!("{at} {} {}", stream.sign(), self.text),
            Kind::Skipped(lines) => format!("{at} . {lines} lines not shown{}", self.text),
            Kind::Mark => format!("{at} - mark"),
        }
    }

    /// As a person copies it.
    pub fn as_text(&self) -> String {
        match self.kind {
            Kind::Line(_) => self.text.to_string(),
            Kind::Skipped(lines) => format!("... {lines} lines not shown{}", self.text),
            Kind::Mark => format!("--- mark {} ---", self.at.format("%H:%M:%S UTC")),
        }
    }
}
