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
    until: Until,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// A run of this phase ended well, for this release if one is named.
    Done(Phase, Option<&'static str>),
    /// A run of this phase ended in any other way.
    NotDone(Phase),
    /// This many of users' requests failed while the hint was shown.
    Errors(u64),
    /// The hint stays.
    Never,
}

const HINTS: [Hint; 9] = [
    Hint {
        key: "P",
        words: "v1 is live on blue. Press P, type v2, then the key the card shows: v2 starts on green, and users notice nothing.",
        until: Until::Done(Phase::Prepare, Some("v2")),
    },
    Hint {
        key: "V",
        words: "v2 is up on the passive side. Press V: every host checks it, then you sign it off on a card.",
        until: Until::Done(Phase::Verify, None),
    },
    Hint {
        key: "L",
        words: "Press L to send users to v2. Watch the requests: none of them fails, and blue stays warm, ready for a rollback.",
        until: Until::Done(Phase::GoLive, Some("v2")),
    },
    Hint {
        key: "P",
        words: "Now something bad: press P and type v4-bad. It never becomes healthy, so it gets no further.",
        until: Until::NotDone(Phase::Prepare),
    },
    Hint {
        key: "P",
        words: "Its own log says why, and users noticed nothing. Worse: press P and type v7-broken. It is healthy, and its checks pass.",
        until: Until::Done(Phase::Prepare, Some("v7-broken")),
    },
    Hint {
        key: "L",
        words: "Every check passes. Press L: the errors of some releases are found only by users.",
        until: Until::Done(Phase::GoLive, Some("v7-broken")),
    },
    Hint {
        key: "",
        words: "Users are on v7-broken. Watch their requests.",
        until: Until::Errors(5),
    },
    Hint {
        key: "R",
        words: "Every fifth request fails. Press R: it starts automatically after its countdown, and takes about a second.",
        until: Until::Done(Phase::Rollback, None),
    },
    Hint {
        key: "q",
        words: "That was the tour. v3 is good, v5-crash and v6-slow are worth a try, F finishes a release, q leaves.",
        until: Until::Never,
    },
];

/// From this hint on users are on the broken release.
const USERS_ARE_ON_IT: usize = 6;

/// The position in the tour.
#[derive(Debug, Clone, Default)]
pub struct Tour {
    at: usize,
    /// The phase and release of the current run.
    run: Option<(Phase, Option<String>)>,
    /// How many requests had failed when the hint was first shown. `None`: not counted yet.
    bad_before: Option<u64>,
}

impl Tour {
    pub fn hint(&self) -> Hint {
        HINTS[self.at.min(HINTS.len() - 1)]
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
        } else if let Some(ahead) = HINTS[self.at..].iter().position(is_met)
            // A rollback ends the tour only after v7-broken went live.
            && (phase != Phase::Rollback || self.at >= USERS_ARE_ON_IT)
        {
            // For a person who is ahead of the tour, hints that are done are skipped.
            self.at += ahead;
            self.advance();
        }
    }

    fn advance(&mut self) {
        self.at += 1;
        self.bad_before = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(tour: &mut Tour, phase: Phase, release: Option<&str>, verdict: &Verdict) {
        tour.run = Some((phase, release.map(str::to_owned)));
        let (phase, release) = tour.run.take().unwrap();
        tour.ended(phase, release.as_deref(), verdict);
    }

    fn key_after(tour: &Tour) -> &'static str {
        tour.hint().key
    }

    #[test]
    fn tour_advances_by_events_and_waits_otherwise() {
        let failed = Verdict::Failed { why: "unhealthy".to_owned(), failed: Vec::new() };
        let mut tour = Tour::default();
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
        let mut tour = Tour { at: 6, ..Tour::default() };
        ends(&mut tour, Phase::Rollback, None, &Verdict::Done);
        assert_eq!(key_after(&tour), "q");
    }

    #[test]
    fn go_live_without_checks_skips_the_hint_to_check() {
        let mut tour = Tour { at: 1, ..Tour::default() };
        ends(&mut tour, Phase::GoLive, Some("v2"), &Verdict::Done);
        assert!(tour.hint().words.starts_with("Now something bad"));
        ends(&mut tour, Phase::Rollback, None, &Verdict::Done);
        ends(&mut tour, Phase::GoLive, Some("v2"), &Verdict::Done);
        assert!(tour.hint().words.starts_with("Now something bad"));
    }

    #[test]
    fn every_hint_fits_two_lines_of_a_small_screen() {
        for hint in HINTS {
            assert!(hint.words.chars().count() <= 150, "{}", hint.words);
        }
    }
}
