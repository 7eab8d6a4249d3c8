//! A step whose outcome is not known until the wait after it settles it.

use crate::domain::outcome::Outcome;
use crate::domain::plan::{Step, Track};

/// Why it is not known whether the last step of a track happened, while the next one finds out.
#[derive(Debug, Default)]
pub struct Doubt(Option<String>);

impl Doubt {
    /// Returns the doubt that the step `at` of a track leaves, if the next step settles it.
    pub fn left_by(track: &Track, at: usize, outcome: &Outcome) -> Option<Self> {
        let Outcome::Unknown { why } = outcome else { return None };
        let settles = track.steps.get(at + 1).is_some_and(Step::settles);
        settles.then(|| Self(Some(why.clone())))
    }

    /// Returns the outcome if the track ends before the doubt is settled.
    pub fn unsettled(self) -> Option<Outcome> {
        self.0.map(Outcome::unknown)
    }

    /// Returns what the outcome of the wait says of both steps. A wait that was aborted settles nothing.
    pub fn settled_by(self, wait: Outcome, aborted: bool) -> Outcome {
        let Some(doubt) = self.0 else { return wait };
        match wait {
            Outcome::Done => Outcome::Done,
            Outcome::Failed { why } if !aborted => Outcome::failed(format!("{doubt}; then: {why}")),
            Outcome::Failed { why } | Outcome::Unknown { why } => {
                Outcome::unknown(format!("{doubt}; then: {why}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_settles_the_step_before_it_unless_it_was_aborted() {
        let doubt = || Doubt(Some("no answer".to_owned()));
        assert_eq!(doubt().settled_by(Outcome::Done, false), Outcome::Done);
        let failed = || Outcome::failed("v1 is live");
        let text = "no answer; then: v1 is live";
        assert_eq!(doubt().settled_by(failed(), false), Outcome::failed(text));
        assert_eq!(doubt().settled_by(failed(), true), Outcome::unknown(text));
        assert_eq!(Doubt::default().settled_by(failed(), true), failed());
        assert_eq!(doubt().unsettled(), Some(Outcome::unknown("no answer")));
    }
}
