//! The changes to files that a plan makes.

use super::{Plan, Step};
use crate::domain::change::FileChange;
use crate::domain::target::Target;

impl Step {
    /// Adds the changes that the step makes to files; those that change nothing are left out.
    #[must_use]
    pub fn changing(mut self, changes: impl IntoIterator<Item = FileChange>) -> Self {
        self.changes.extend(changes.into_iter().filter(|change| !change.is_none()));
        self
    }
}

impl Plan {
    /// Returns the changes to files that are still to be made, with the targets that each one applies to.
    pub fn file_changes(&self) -> Vec<(Vec<&Target>, &FileChange)> {
        let mut found: Vec<(Vec<&Target>, &FileChange)> = Vec::new();
        let to_do = self.steps().filter(|(_, step)| step.is_to_do());
        for (target, change) in
            to_do.flat_map(|(target, step)| step.changes.iter().map(move |change| (target, change)))
        {
            match found.iter_mut().find(|(_, known)| *known == change) {
                Some((targets, _)) if targets.contains(&target) => {}
                Some((targets, _)) => targets.push(target),
                None => found.push((vec![target], change)),
            }
        }
        found
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
