//! The change that a step makes to a file, as data, so that it can be reviewed before the step runs.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use similar::{ChangeTag, TextDiff};

use crate::base::redact::{self, redact};
use crate::base::text::{clean_line, clean_words};

/// A file before and after a step. The texts may hold secrets, which `Serialize` and `Debug` redact.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileChange {
    pub path: String,
    pub kind: FileKind,
    pub before: Before,
    /// `None`: the file is removed.
    #[serde(serialize_with = "covered")]
    pub after: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    File,
    /// A symbolic link; its text is the path that it points to.
    Link,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    Absent,
    Says(#[serde(serialize_with = "redact::serialize")] String),
    /// A new file, compared with the file that it replaces, which keeps its own name.
    Beside {
        name: String,
        #[serde(serialize_with = "redact::serialize")]
        text: String,
    },
    /// The content is not known.
    NotRead,
}

#[allow(clippy::ref_option)] // as serde calls it
fn covered<S: Serializer>(text: &Option<String>, out: S) -> Result<S::Ok, S::Error> {
    text.as_deref().map(redact).serialize(out)
}

impl fmt::Debug for FileChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, kind, before, after } = self;
        let mut shown = f.debug_struct("FileChange");
        shown.field("path", path).field("kind", kind).field("before", before);
        shown.field("after", &after.as_deref().map(redact)).finish()
    }
}

impl fmt::Debug for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("Absent"),
            Self::Says(text) => f.debug_tuple("Says").field(&redact(text)).finish(),
            Self::Beside { name, text } => {
                f.debug_struct("Beside").field("name", name).field("text", &redact(text)).finish()
            }
            Self::NotRead => f.write_str("NotRead"),
        }
    }
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    pub sign: DiffSign,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffSign {
    Same,
    Gone,
    New,
    /// Unchanged lines are left out here.
    Gap,
}

/// How many unchanged lines are shown around each change.
const CONTEXT_LINES: usize = 2;

impl DiffSign {
    /// Returns the prefix of the line, which makes the change readable without color.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Same => "  ",
            Self::Gone => "- ",
            Self::New => "+ ",
            Self::Gap => "  …",
        }
    }
}

impl FileChange {
    pub fn file(path: impl Into<String>, before: Before, after: impl Into<String>) -> Self {
        Self { path: path.into(), kind: FileKind::File, before, after: Some(after.into()) }
    }

    pub fn link(path: impl Into<String>, before: Before, after: impl Into<String>) -> Self {
        Self { path: path.into(), kind: FileKind::Link, before, after: Some(after.into()) }
    }

    pub fn removed(path: impl Into<String>, before: Before) -> Self {
        Self { path: path.into(), kind: FileKind::File, before, after: None }
    }

    /// Returns whether the file would not change.
    pub fn is_none(&self) -> bool {
        matches!((&self.before, &self.after), (Before::Says(before), Some(after)) if before == after)
    }

    /// Returns the change in one line.
    pub fn heading(&self) -> String {
        let Self { path, kind, before, after } = self;
        let link = if *kind == FileKind::Link { " (link)" } else { "" };
        let how = match (before, after) {
            (_, None) => ", removed".to_owned(),
            (Before::Absent, _) => ", new".to_owned(),
            (Before::Beside { name, .. }, _) => format!(", new, beside {name}"),
            (Before::NotRead, _) => ", current content not read".to_owned(),
            (Before::Says(_), _) => String::new(),
        };
        clean_words(&format!("{path}{link}{how}"))
    }

    /// Returns the lines that differ, with a few lines of context. Secrets are redacted, and text from a host is cleaned.
    pub fn diff(&self) -> Vec<DiffLine> {
        let before = match &self.before {
            Before::Says(text) | Before::Beside { text, .. } => text.as_str(),
            Before::Absent | Before::NotRead => "",
        };
        let after = self.after.as_deref().unwrap_or_default();
        let (old, new): (Vec<&str>, Vec<&str>) =
            (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
        // The texts are compared as they are and shown redacted. Each is redacted as a whole, since a secret may have several
        // lines.
        let (redacted_old, redacted_new) = (redact(before), redact(after));
        let shown: [Vec<&str>; 2] =
            [&redacted_old, &redacted_new].map(|text| text.split_inclusive('\n').collect());
        let diff = TextDiff::from_slices(&old, &new);
        let mut lines = Vec::new();
        for (index, group) in diff.grouped_ops(CONTEXT_LINES).iter().enumerate() {
            if index > 0 {
                lines.push(DiffLine { sign: DiffSign::Gap, text: String::new() });
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                let sign = match change.tag() {
                    ChangeTag::Equal => DiffSign::Same,
                    ChangeTag::Delete => DiffSign::Gone,
                    ChangeTag::Insert => DiffSign::New,
                };
                let line = match (change.old_index(), change.new_index()) {
                    (_, Some(index)) => shown[1].get(index),
                    (Some(index), None) => shown[0].get(index),
                    (None, None) => None,
                };
                let text = clean_line(line.copied().unwrap_or_default().as_bytes());
                lines.push(DiffLine { sign, text });
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(change: &FileChange) -> Vec<String> {
        change.diff().into_iter().map(|line| format!("{}{}", line.sign.mark(), line.text)).collect()
    }

    #[test]
    fn diff_shows_changed_lines_with_context() {
        let before = "a\nb\nc\nd\nserver 127.0.0.1:8001;\ne\n";
        let after = before.replace("8001", "8002");
        let change = FileChange::file("/x", Before::Says(before.to_owned()), after);
        let wanted = ["  c", "  d", "- server 127.0.0.1:8001;", "+ server 127.0.0.1:8002;", "  e"];
        assert_eq!(shown(&change), wanted);
    }

    #[test]
    fn diff_contains_no_secrets_and_no_escape_sequences() {
        let text = "DB_PASSWORD: hunter2\n- API_TOKEN=abc\nurl: postgres://shop:hunter2@db/shop\n\u{1b}[31mred\n";
        let change = FileChange::file("/x", Before::Absent, text);
        let shown = shown(&change).join("\n");
        assert!(!shown.contains("hunter2") && !shown.contains("abc"), "{shown}");
        assert!(shown.contains("+ DB_PASSWORD: ") && shown.contains("+ red"), "{shown}");
        let written = format!("{change:?}{}", serde_json::to_string(&change).unwrap());
        assert!(!written.contains("hunter2") && !written.contains("=abc"), "{written}");
    }
}
