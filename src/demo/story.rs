//! The demo without a screen: a release, a bad release and a lost connection, as a list of acts.
//!
//! The acts are data. Any [`Driver`] that can run a phase can play them. Each act says how it must end, so playing the
//! story is also a test.

use std::future::Future;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::fleet::{Fleet, FleetError};
use super::host::Host;
use crate::domain::event::Verdict;
use crate::domain::phase::Phase;

/// Runs phases: the engine, or a test's stand-in.
pub trait Driver {
    /// Runs one phase to its end, and answers every question with yes.
    fn run(&self, phase: Phase, release: Option<&str>) -> impl Future<Output = Verdict>;
}

/// One act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// The text that is shown before it.
    pub words: &'static str,
    pub does: Does,
    pub wants: Wants,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    Run {
        phase: Phase,
        release: Option<&'static str>,
    },
    /// Runs a phase, disconnects a host in the middle of its switch, and reconnects it after this time.
    RunCutOff {
        phase: Phase,
        heal_after: Duration,
    },
    /// Counts users' requests for this long.
    Watch(Duration),
}

/// How an act must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    Done,
    /// The phase was refused or failed.
    NotDone,
    /// Any result: the outcome on the disconnected host may be known or not, and the next act shows it.
    Anything,
    /// Users got no error in this act.
    NoErrors,
}

const fn run(words: &'static str, phase: Phase, release: Option<&'static str>) -> Act {
    Act { words, does: Does::Run { phase, release }, wants: Wants::Done }
}

const fn watch(words: &'static str, seconds: u64, wants: Wants) -> Act {
    Act { words, does: Does::Watch(Duration::from_secs(seconds)), wants }
}

pub const STORY: [Act; 14] = [
    run(
        "v1 is live as blue. Prepare v2: it comes up as green, and users notice nothing.",
        Phase::Prepare,
        Some("v2"),
    ),
    run("Check green on every host, and sign it off.", Phase::Verify, None),
    run("Send users to green. Blue stays warm, ready for a rollback.", Phase::GoLive, None),
    watch("Users reach v2. None of their requests failed.", 2, Wants::NoErrors),
    Act {
        words: "v4-bad starts and never becomes healthy. The prepare fails; users stay on v2.",
        does: Does::Run { phase: Phase::Prepare, release: Some("v4-bad") },
        wants: Wants::NotDone,
    },
    run("Abandon it: the passive entry point goes back to the live color.", Phase::Abandon, None),
    run(
        "v8-sluggish is worse: it is healthy, and every check passes.",
        Phase::Prepare,
        Some("v8-sluggish"),
    ),
    run("Nothing seems wrong, and it goes live.", Phase::GoLive, None),
    watch("Every answer is right, and takes half a second. Users notice.", 3, Wants::NoErrors),
    run("Roll back. The other color is warm: this takes about a second.", Phase::Rollback, None),
    run("v3 fixes it.", Phase::Prepare, Some("v3")),
    Act {
        words: "Go live with v3, and disconnect one host in the middle of its switch.",
        does: Does::RunCutOff { phase: Phase::GoLive, heal_after: Duration::from_secs(2) },
        wants: Wants::Anything,
    },
    run(
        "It is back, and its switch was completed meanwhile. Observe it again and do the rest.",
        Phase::GoLive,
        Some("v3"),
    ),
    run(
        "Every host is on v3. Finish: stop the previous color, keep its container.",
        Phase::Finish,
        None,
    ),
];

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
        host: String,
    },
    Healed {
        host: String,
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
            let there = victim(fleet)?;
            let host = there.name.as_str();
            let verdict = {
                let running = driver.run(phase, None);
                let trouble = async {
                    in_the_middle_of_a_switch(there).await;
                    fleet.cut(host)?;
                    report(Progress::Cut { host: host.to_owned() });
                    sleep(heal_after).await;
                    fleet.heal(host)?;
                    report(Progress::Healed { host: host.to_owned() });
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

/// Returns the host to disconnect: the third one that runs the app, or the last one.
fn victim(fleet: &Fleet) -> Result<&Host, FleetError> {
    let serving = fleet.hosts().iter().filter(|host| host.nginx.is_some());
    let last = serving.take(3).last();
    last.map(AsRef::as_ref).ok_or_else(|| FleetError::NoSuchHost("web1".to_owned()))
}

/// How long to wait for a switch that may never begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until the switch has changed the include file, and has not recorded anything yet.
async fn in_the_middle_of_a_switch(host: &Host) {
    let Some(nginx) = &host.nginx else { return };
    let include = &nginx.files().live_include;
    let before = std::fs::read_to_string(include).ok();
    let begun = async {
        while std::fs::read_to_string(include).ok() == before {
            sleep(Duration::from_millis(5)).await;
        }
    };
    // If no switch comes, the verdict of the phase shows it.
    let _ = timeout(PATIENCE, begun).await;
}

/// Counts answers and errors for this long.
async fn watched(fleet: &Fleet, limit: Duration) -> (u64, u64) {
    let before = fleet.load();
    sleep(limit).await;
    let now = fleet.load();
    (now.total() - before.total(), now.bad() - before.bad())
}
