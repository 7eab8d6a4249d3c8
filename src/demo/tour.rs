//! The tour of the demo: one hint at a time. It advances by what happened, never by the pressed key, and does not block
//! a person who does something else.

use crate::domain::event::{Event, Verdict, What};
use crate::domain::phase::Phase;

/// One stop of the tour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    /// The key to press, as the console names it. Empty: no key for now.
    pub key: &'static str,
    pub words: &'static str,
    /// The condition for the next stop.
    pub until: Until,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// A run of this phase ended well, for this release if one is named.
    Done(Phase, Option<&'static str>),
    /// A run of this phase ended in any other way.
    NotDone(Phase),
    /// This many of users' requests failed while the hint was shown.
    Errors(u64),
    /// The hint stays.
    Never,
}

/// The position in the tour.
#[derive(Debug, Clone)]
pub struct Tour {
    hints: &'static [Hint],
    at: usize,
    /// The phase and release of the current run.
    run: Option<(Phase, Option<String>)>,
    /// How many requests had failed when the hint was first shown. `None`: not counted yet.
    bad_before: Option<u64>,
}

impl Tour {
    /// Begins a tour. `hints`: at least one.
    pub fn of(hints: &'static [Hint]) -> Self {
        Self { hints, at: 0, run: None, bad_before: None }
    }

    pub fn hint(&self) -> Hint {
        self.hints[self.at.min(self.hints.len() - 1)]
    }

    /// Advances the tour by an event.
    pub fn event(&mut self, event: &Event) {
        match &event.what {
            What::RunStarted { intent, .. } => {
                let release = intent.release.as_ref().map(|release| release.tag.to_string());
                self.run = Some((intent.phase, release));
            }
            // The plan names the release that goes live.
            What::Planned { plan, .. } => {
                if let (Some((_, release)), Some(found)) = (&mut self.run, &plan.intent.release) {
                    *release = Some(found.tag.to_string());
                }
            }
            What::RunEnded { verdict } => {
                if let Some((phase, release)) = self.run.take() {
                    self.ended(phase, release.as_deref(), verdict);
                }
            }
            _ => {}
        }
    }

    /// Records how many of users' requests have failed by now.
    pub fn users_saw(&mut self, bad: u64) {
        let before = *self.bad_before.get_or_insert(bad);
        if let Until::Errors(enough) = self.hint().until
            && bad >= before + enough
        {
            self.advance();
        }
    }

    fn ended(&mut self, phase: Phase, release: Option<&str>, verdict: &Verdict) {
        let well = *verdict == Verdict::Done;
        let is_met = |hint: &Hint| match hint.until {
            Until::Done(wanted, named) => {
                well && wanted == phase && (named.is_none() || named == release)
            }
            Until::NotDone(_) | Until::Errors(_) | Until::Never => false,
        };
        if self.hint().until == Until::NotDone(phase) && !well {
            self.advance();
        } else if let Some(ahead) = self.hints[self.at..].iter().position(is_met)
            // A rollback ends the tour only once users were hurt by a release.
            && (phase != Phase::Rollback || self.users_were_hurt())
        {
            // For a person who is ahead of the tour, hints that are done are skipped.
            self.at += ahead;
            self.advance();
        }
    }

    /// Returns whether users are on the broken release, or were.
    fn users_were_hurt(&self) -> bool {
        let errors = |hint: &Hint| matches!(hint.until, Until::Errors(_));
        self.hints.iter().position(errors).is_some_and(|hint| self.at >= hint)
    }

    fn advance(&mut self) {
        self.at += 1;
        self.bad_before = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::platform::DemoPlatform;

    fn ends(tour: &mut Tour, phase: Phase, release: Option<&str>, verdict: &Verdict) {
        tour.run = Some((phase, release.map(str::to_owned)));
        let (phase, release) = tour.run.take().unwrap();
        tour.ended(phase, release.as_deref(), verdict);
    }

    fn on_compose() -> Tour {
        Tour::of(DemoPlatform::Compose.hints())
    }

    fn key_after(tour: &Tour) -> &'static str {
        tour.hint().key
    }

    #[test]
    fn tour_advances_by_events_and_waits_otherwise() {
        let failed = Verdict::Failed { why: "unhealthy".to_owned(), failed: Vec::new() };
        let mut tour = on_compose();
        ends(&mut tour, Phase::Prepare, Some("v3"), &Verdict::Done);
        assert_eq!(key_after(&tour), "P", "v3 is not what was hinted at");
        ends(&mut tour, Phase::Prepare, Some("v2"), &Verdict::Done);
        assert_eq!(key_after(&tour), "V");
        ends(&mut tour, Phase::Verify, None, &failed);
        assert_eq!(key_after(&tour), "V");
        ends(&mut tour, Phase::Verify, None, &Verdict::Done);
        ends(&mut tour, Phase::GoLive, Some("v2"), &Verdict::Done);
        ends(&mut tour, Phase::Prepare, Some("v4-bad"), &failed);
        ends(&mut tour, Phase::Prepare, Some("v7-broken"), &Verdict::Done);
        ends(&mut tour, Phase::GoLive, Some("v7-broken"), &Verdict::Done);
        tour.users_saw(3);
        tour.users_saw(7);
        assert_eq!(key_after(&tour), "", "errors of before do not count");
        tour.users_saw(8);
        assert_eq!(key_after(&tour), "R");
        ends(&mut tour, Phase::Rollback, None, &Verdict::Done);
        assert_eq!(key_after(&tour), "q");
        ends(&mut tour, Phase::Rollback, None, &Verdict::Done);
        assert_eq!(key_after(&tour), "q", "the last hint stays");
    }

    #[test]
    fn rollback_before_its_hint_skips_the_hint() {
        let mut tour = Tour { at: 6, ..on_compose() };
        ends(&mut tour, Phase::Rollback, None, &Verdict::Done);
        assert_eq!(key_after(&tour), "q");
    }

    #[test]
    fn go_live_without_checks_skips_the_hint_to_check() {
        let mut tour = Tour { at: 1, ..on_compose() };
        ends(&mut tour, Phase::GoLive, Some("v2"), &Verdict::Done);
        assert!(tour.hint().words.starts_with("Now something bad"));
        ends(&mut tour, Phase::Rollback, None, &Verdict::Done);
        ends(&mut tour, Phase::GoLive, Some("v2"), &Verdict::Done);
        assert!(tour.hint().words.starts_with("Now something bad"));
    }

    #[test]
    fn every_hint_fits_two_lines_of_a_small_screen() {
        for hint in DemoPlatform::ALL.into_iter().flat_map(DemoPlatform::hints) {
            assert!(hint.words.chars().count() <= 150, "{}", hint.words);
        }
    }
}
