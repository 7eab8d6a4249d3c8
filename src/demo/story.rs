//! The demo without a screen: a release, a bad release and a lost connection, as a list of acts.
//!
//! Any [`Driver`] that can run a phase can play the acts. Each act says how it must end, so playing the story is also a
//! test.

use std::future::Future;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::acts::{Act, Does, Wants};
use super::fleet::{Fleet, FleetError};
use crate::domain::event::Verdict;
use crate::domain::phase::Phase;

/// Runs phases: the engine, or a test's stand-in.
pub trait Driver {
    /// Runs one phase to its end, and answers every question with yes.
    fn run(&self, phase: Phase, release: Option<&str>) -> impl Future<Output = Verdict>;
}

/// The progress of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// An act begins.
    Act {
        number: usize,
        of: usize,
        words: &'static str,
    },
    /// A phase ended.
    Ended {
        phase: Phase,
        verdict: Verdict,
    },
    /// The answers that users got while an act watched, and the errors among them.
    Users {
        answers: u64,
        errors: u64,
    },
    Cut {
        target: String,
    },
    Healed {
        target: String,
    },
}

/// Why a story failed.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    #[error("{words} It should have ended as {wants:?}, but ended as {got}")]
    Ended { words: &'static str, wants: Wants, got: String },
    #[error("{count} of users' requests failed: {last}")]
    Lost { count: u64, last: String },
    #[error(transparent)]
    Fleet(#[from] FleetError),
}

/// Plays the acts in order, up to the first that does not end as it must. Even if all of them do, the story fails if a
/// single request of a user failed.
pub async fn play(
    fleet: &Fleet,
    driver: &impl Driver,
    acts: &[Act],
    report: &mut impl FnMut(Progress),
) -> Result<(), StoryError> {
    for (index, act) in acts.iter().enumerate() {
        report(Progress::Act { number: index + 1, of: acts.len(), words: act.words });
        let got = perform(fleet, driver, act, report).await?;
        if !got.is(act.wants) {
            return Err(StoryError::Ended { words: act.words, wants: act.wants, got: got.shown() });
        }
    }
    let figures = fleet.load();
    match figures.bad() {
        0 => Ok(()),
        count => Err(StoryError::Lost {
            count,
            last: figures.last_failure.unwrap_or_else(|| "an answer that is not 200".to_owned()),
        }),
    }
}

/// The result of an act.
enum ActResult {
    Verdict(Verdict),
    Users { answers: u64, errors: u64 },
}

impl ActResult {
    fn is(&self, wants: Wants) -> bool {
        match (self, wants) {
            (_, Wants::Anything) => true,
            (Self::Verdict(verdict), Wants::Done) => *verdict == Verdict::Done,
            (Self::Verdict(verdict), Wants::NotDone) => *verdict != Verdict::Done,
            (Self::Users { answers, errors }, Wants::NoErrors) => *answers > 0 && *errors == 0,
            (Self::Verdict(_) | Self::Users { .. }, _) => false,
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Verdict(verdict) => format!("{verdict:?}"),
            Self::Users { answers, errors } => format!("{errors} errors in {answers} answers"),
        }
    }
}

async fn perform(
    fleet: &Fleet,
    driver: &impl Driver,
    act: &Act,
    report: &mut impl FnMut(Progress),
) -> Result<ActResult, StoryError> {
    match act.does {
        Does::Run { phase, release } => {
            let verdict = driver.run(phase, release).await;
            report(Progress::Ended { phase, verdict: verdict.clone() });
            Ok(ActResult::Verdict(verdict))
        }
        Does::RunCutOff { phase, heal_after } => {
            let target = victim(fleet)?;
            let verdict = {
                let running = driver.run(phase, None);
                let trouble = async {
                    // If no switch comes, the verdict of the phase shows it.
                    if let Ok(begun) = timeout(PATIENCE, fleet.switch_begins(target)).await {
                        begun?;
                    }
                    fleet.cut(target)?;
                    report(Progress::Cut { target: target.to_owned() });
                    sleep(heal_after).await;
                    fleet.heal(target)?;
                    report(Progress::Healed { target: target.to_owned() });
                    Ok::<_, FleetError>(())
                };
                let (verdict, troubled) = tokio::join!(running, trouble);
                troubled?;
                verdict
            };
            report(Progress::Ended { phase, verdict: verdict.clone() });
            Ok(ActResult::Verdict(verdict))
        }
        Does::Watch(limit) => {
            let (answers, errors) = watched(fleet, limit).await;
            report(Progress::Users { answers, errors });
            Ok(ActResult::Users { answers, errors })
        }
    }
}

/// Returns the target to disconnect: the third one that users reach, or the last one.
fn victim(fleet: &Fleet) -> Result<&str, FleetError> {
    let last = fleet.reached().iter().take(3).next_back();
    last.map(String::as_str).ok_or_else(|| FleetError::NoSuchTarget("web1".to_owned()))
}

/// How long to wait for a switch that may never begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// Counts answers and errors for this long.
async fn watched(fleet: &Fleet, limit: Duration) -> (u64, u64) {
    let before = fleet.load();
    sleep(limit).await;
    let now = fleet.load();
    (now.total() - before.total(), now.bad() - before.bad())
}
