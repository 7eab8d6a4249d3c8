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
