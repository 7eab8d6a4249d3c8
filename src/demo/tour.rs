//! The tour for whoever opens the demo for the first time: one hint at a time, moved on by what
//! happens, never by what was pressed. Whoever does something else is not held up.

use crate::domain::event::{Event, Verdict, What};
use crate::domain::phase::Phase;

/// One stop of the tour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    /// The key to press, as the console names it. Empty: nothing, for now.
    pub key: &'static str,
    pub words: &'static str,
    /// What takes the tour on to the next stop.
    until: Until,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// A run of this phase ended well, for this release if one is named.
    Done(Phase, Option<&'static str>),
    /// A run of this phase ended in any other way.
    NotDone(Phase),
    /// So many of users' requests went wrong while this was shown.
    Errors(u64),
    /// It stays.
    Never,
}

const HINTS: [Hint; 9] = [
    Hint {
        key: "P",
        words: "v1 is live on blue. Press P, type v2, then the key the card shows: v2 comes up on green, and users notice nothing.",
        until: Until::Done(Phase::Prepare, Some("v2")),
    },
    Hint {
        key: "V",
        words: "v2 is up on the passive side. Press V: every host checks it, then you sign it off on a card.",
        until: Until::Done(Phase::Verify, None),
    },
    Hint {
        key: "L",
        words: "Press L to send users to v2. Watch the requests: not one goes wrong, and blue stays warm as the way back.",
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
        words: "Nothing looks wrong. Press L: some releases are only found out by users.",
        until: Until::Done(Phase::GoLive, Some("v7-broken")),
    },
    Hint {
        key: "",
        words: "Users are on v7-broken. Watch their requests.",
        until: Until::Errors(5),
    },
    Hint {
        key: "R",
        words: "Every fifth request fails. Press R: it starts by itself after its countdown, and takes about a second.",
        until: Until::Done(Phase::Rollback, None),
    },
    Hint {
        key: "q",
        words: "That was the tour. v3 is good, v5-crash and v6-slow are worth a try, F finishes a release, q leaves.",
        until: Until::Never,
    },
];

/// From this hint on users have the release that was found out too late.
const USERS_ARE_ON_IT: usize = 6;

/// Where a newcomer is.
#[derive(Debug, Clone, Default)]
pub struct Tour {
    at: usize,
    /// The phase and release of the run at work.
    run: Option<(Phase, Option<String>)>,
    /// How many requests had gone wrong when the hint was first shown; `None`: not told yet.
    bad_before: Option<u64>,
}

impl Tour {
    pub fn hint(&self) -> Hint {
        HINTS[self.at.min(HINTS.len() - 1)]
    }

    /// Something happened.
    pub fn heard(&mut self, event: &Event) {
        match &event.what {
            What::RunStarted { intent, .. } => {
                let release = intent.release.as_ref().map(|release| release.tag.to_string());
                self.run = Some((intent.phase, release));
            }
            // What goes live is found out by looking.
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

    /// So many of users' requests have gone wrong by now.
    pub fn users_saw(&mut self, bad: u64) {
        let before = *self.bad_before.get_or_insert(bad);
        if let Until::Errors(enough) = self.hint().until
            && bad >= before + enough
        {
            self.go_on();
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
            self.go_on();
        } else if let Some(ahead) = HINTS[self.at..].iter().position(is_met)
            // Only who has seen v7-broken is through when users are sent back.
            && (phase != Phase::Rollback || self.at >= USERS_ARE_ON_IT)
        {
            // Somebody who is quicker than the tour is not told of what is over.
            self.at += ahead;
            self.go_on();
        }
    }

    fn go_on(&mut self) {
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
    fn it_goes_on_by_what_happened_and_waits_otherwise() {
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
    fn whoever_rolls_back_before_being_told_is_not_told_to() {
        let mut tour = Tour { at: 6, ..Tour::default() };
        ends(&mut tour, Phase::Rollback, None, &Verdict::Done);
        assert_eq!(key_after(&tour), "q");
    }

    #[test]
    fn whoever_goes_live_without_checks_is_not_told_to_check_what_is_live() {
        let mut tour = Tour { at: 1, ..Tour::default() };
        ends(&mut tour, Phase::GoLive, Some("v2"), &Verdict::Done);
        assert!(tour.hint().words.starts_with("Now something bad"));
        ends(&mut tour, Phase::Rollback, None, &Verdict::Done);
        ends(&mut tour, Phase::GoLive, Some("v2"), &Verdict::Done);
        assert!(tour.hint().words.starts_with("Now something bad"));
    }

    #[test]
    fn a_hint_fits_two_lines_of_a_small_screen() {
        for hint in HINTS {
            assert!(hint.words.chars().count() <= 150, "{}", hint.words);
        }
    }
}
