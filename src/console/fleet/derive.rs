//! The derived values of a [`State`], each computed when it is first asked for.

use unicode_width::UnicodeWidthStr;

use super::derived::{Inputs, ObservationAges, Widest};
use super::listing::Shown;
use super::{Host, Letters, ReleaseSummary, RollbackReadiness};
use crate::console::app::state::State;
use crate::domain::unfinished::{Unfinished, unfinished};

impl State {
    fn inputs(&self) -> Inputs {
        Inputs { revisions: (self.run.revision(), self.fleet.revision()), rows: None }
    }

    pub fn release_summary(&self) -> ReleaseSummary {
        self.derived.release_summary.get(self.inputs(), || self.find_release_summary())
    }

    /// Where `R` would lead, by what the hosts recorded.
    pub fn rollback_readiness(&self) -> RollbackReadiness {
        self.derived.rollback_readiness.get(self.inputs(), || self.find_rollback_readiness())
    }

    /// What the last phase left undone, as the hosts say. `None` while a run is at work.
    pub fn unfinished(&self) -> Option<Box<Unfinished>> {
        if self.running().is_some() {
            return None;
        }
        self.derived.unfinished.get(self.inputs(), || {
            let observed: Vec<_> = self.hosts().filter_map(|host| host.observation()).collect();
            unfinished(&observed.into_iter()).map(Box::new)
        })
    }

    /// The rows of the table.
    pub fn shown(&self) -> Shown {
        let rows = Some((self.filter().to_owned(), self.now.at.timestamp()));
        // A field that is open shows even the chosen host only where it matches.
        let typed = self.filter_field().is_some();
        let rows = rows.map(|(filter, second)| (format!("{typed} {filter}"), second));
        self.derived.shown.get(Inputs { rows, ..self.inputs() }, || self.find_shown())
    }

    pub fn widest(&self) -> Widest {
        self.derived.widest.get(self.inputs(), || self.hosts().fold(Widest::default(), wider))
    }

    pub fn observation_ages(&self) -> ObservationAges {
        self.derived
            .observation_ages
            .get(self.inputs(), || self.hosts().fold(ObservationAges::default(), observed))
    }
}

fn wider(mut widest: Widest, host: Host<'_>) -> Widest {
    widest.name = widest.name.max(host.name().width());
    widest.groups = widest.groups.max(host.groups.join(",").width());
    let (live, passive) = (host.live(), host.passive());
    for letters in [Letters::Short, Letters::Long, Letters::Full] {
        let (of_live, of_passive) = &mut widest.sides[letters as usize];
        *of_live = live.words(letters).width().max(*of_live);
        *of_passive = passive.words(letters).width().max(*of_passive);
    }
    widest
}

fn observed(mut all: ObservationAges, host: Host<'_>) -> ObservationAges {
    all.reachable += usize::from(host.observation().is_some());
    match host.latest().map(|seen| seen.at) {
        None => all.never += 1,
        Some(at) => all.oldest = Some(all.oldest.map_or(at, |oldest| oldest.min(at))),
    }
    all
}
