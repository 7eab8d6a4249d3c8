//! Looking for a text in an output: never a filter, which would hide what stands around it.

use super::found::{Found, Towards};
use super::pane::Pane;
use super::paper::Paper;

impl Pane {
    /// Counts what is looked for, without going there. `None`: nothing is looked for.
    pub fn search_for(&mut self, text: Option<&str>) {
        match text {
            None => self.found = None,
            Some(text) if self.found.as_ref().is_some_and(|found| found.text() == text) => {}
            Some(text) => self.found = Some(Found::of(text, self.rows())),
        }
    }

    /// Goes to the next line that has it, and holds there. `false`: there is none.
    pub fn find(&mut self, towards: Towards, paper: &Paper) -> bool {
        self.catch_up();
        let seen = self.page(paper);
        let (top, end) = (seen.first().map(|seen| seen.number), seen.last().map(|it| it.number));
        let Some(found) = &mut self.found else { return false };
        // Where a person scrolled away from the last one, the next is the one next to what is seen.
        let at = found.at.filter(|at| Some(*at) >= top && Some(*at) <= end);
        let from = at.or(match towards {
            Towards::Older => end.map(|end| end + 1),
            Towards::Newer => top.map(|top| top.saturating_sub(1)),
        });
        let Some(next) = from.and_then(|from| found.next(from, towards)) else { return false };
        found.at = Some(next);
        self.show(next, paper);
        true
    }

    /// The newest line that has it.
    pub fn find_last(&mut self, paper: &Paper) -> bool {
        self.catch_up();
        let Some(found) = &mut self.found else { return false };
        let Some(last) = found.next(u64::MAX, Towards::Older) else { return false };
        found.at = Some(last);
        self.show(last, paper);
        true
    }
}
