//! How hosts compare, for the order of rows.

use super::{Host, Side};
use crate::console::screen::glyphs::Mark;
use crate::domain::deploy::Doing;

/// How much a host needs a person, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The run asks what to do.
    Waits,
    Bad,
    /// It serves, but something is not as it should be.
    Odd,
    None,
}

impl Host<'_> {
    /// Returns whether the host needs attention first.
    pub fn is_troubled(&self) -> bool {
        self.trouble() != Trouble::None
    }

    pub fn trouble(&self) -> Trouble {
        let stuck = matches!(
            self.progress.map(|progress| &progress.doing),
            Some(Doing::Failed(_) | Doing::Unknown(_))
        );
        if stuck && self.running {
            return Trouble::Waits;
        }
        let marks = [self.step().mark, self.health().mark];
        let drift = self.latest().is_some_and(|seen| !seen.drift.is_empty());
        let disagree = matches!(self.live(), Side::Disagree(_));
        if disagree || marks.iter().any(|mark| matches!(mark, Mark::Bad | Mark::Unknown)) {
            Trouble::Bad
        } else if drift || marks.contains(&Mark::Warn) {
            Trouble::Odd
        } else {
            Trouble::None
        }
    }

    /// For an order by steps: who waits for a person, who is at work, who comes next; and of those
    /// the ones that are the least far.
    pub fn how_far(&self) -> (u8, usize) {
        let Some(progress) = self.progress else { return (5, 0) };
        let rank = match progress.doing {
            Doing::Failed(_) | Doing::Unknown(_) => 0,
            Doing::Working => 1,
            Doing::Queued => 2,
            Doing::Done => 3,
            Doing::Skipped => 4,
        };
        (rank, progress.step.as_ref().map_or(0, |step| step.number))
    }
}
