//! The demo without a screen: a release, a bad release, a cut line, as a list of acts.
//!
//! The acts are data. Whoever can run a phase ([`Driver`]) can play them; each act says how it must
//! end, so a played story is also a test.

use std::future::Future;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::fleet::{Fleet, FleetError};
use super::host::Host;
use crate::domain::event::Verdict;
use crate::domain::phase::Phase;

/// Who runs phases: the engine, or a stand-in of a test.
pub trait Driver {
    /// Runs one phase to its end, saying yes to whatever is asked.
    fn run(&self, phase: Phase, release: Option<&str>) -> impl Future<Output = Verdict>;
}

/// One act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// What the audience reads before it.
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
    /// The same, while a host is cut off in the middle of its switch, and healed after so long.
    RunCutOff {
        phase: Phase,
        heal_after: Duration,
    },
    /// Lets users be users, for at most so long.
    Watch(Duration),
}

/// How an act must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    Done,
    /// It did not begin, or did not get through, and said so.
    NotDone,
    /// What became of the host that was cut off may be known or not; the next act will tell.
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
    run("Send users to green. Blue stays warm, as the way back.", Phase::GoLive, None),
    watch("Users reach v2. Not one of their requests went wrong.", 2, Wants::NoErrors),
    Act {
        words: "v4-bad starts, and never becomes healthy. It ends here; users stay on v2.",
        does: Does::Run { phase: Phase::Prepare, release: Some("v4-bad") },
        wants: Wants::NotDone,
    },
    run("Give it up: the passive side goes back to what users reach.", Phase::Abandon, None),
    run(
        "v8-sluggish is worse: it is healthy, and every check passes.",
        Phase::Prepare,
        Some("v8-sluggish"),
    ),
    run("So it goes live.", Phase::GoLive, None),
    watch("Every answer is right, and takes half a second. Users find this.", 3, Wants::NoErrors),
    run("Roll back. The other color is warm: this takes about a second.", Phase::Rollback, None),
    run("v3 mends it.", Phase::Prepare, Some("v3")),
    Act {
        words: "Go live with v3, and cut one host off in the middle of its switch.",
        does: Does::RunCutOff { phase: Phase::GoLive, heal_after: Duration::from_secs(2) },
        wants: Wants::Anything,
    },
    run(
        "It is back. What was begun there went on to its end: look again, do what is left.",
        Phase::GoLive,
        Some("v3"),
    ),
    run(
        "Every host is on v3. Finish: stop the previous color, keep its container.",
        Phase::Finish,
        None,
    ),
];

/// What the audience is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// An act begins: its number of how many, and its words.
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
    /// What users got in an act of watching: answers, and errors among them.
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

/// Why a story was not played to its end.
#[derive(Debug, thiserror::Error)]
pub enum NotAsTold {
    #[error("{words} It was to end as {wants:?}, and ended as {got}")]
    Ended { words: &'static str, wants: Wants, got: String },
    #[error("{count} of users' requests went wrong that should not have: {last}")]
    Lost { count: u64, last: String },
    #[error(transparent)]
    Fleet(#[from] FleetError),
}

/// Plays the acts in order, up to the first that does not end as it must. However well they end, it
/// is not as told when a single request of users' went wrong.
pub async fn play(
    fleet: &Fleet,
    driver: &impl Driver,
    acts: &[Act],
    tell: &mut impl FnMut(Told),
) -> Result<(), NotAsTold> {
    for (index, act) in acts.iter().enumerate() {
        tell(Told::Act { number: index + 1, of: acts.len(), words: act.words });
        let got = perform(fleet, driver, act, tell).await?;
        if !got.is(act.wants) {
            return Err(NotAsTold::Ended { words: act.words, wants: act.wants, got: got.shown() });
        }
    }
    let figures = fleet.load();
    match figures.bad() {
        0 => Ok(()),
        count => Err(NotAsTold::Lost {
            count,
            last: figures.last_failure.unwrap_or_else(|| "an answer that is not 200".to_owned()),
        }),
    }
}

/// What came of an act.
enum Got {
    Verdict(Verdict),
    Users { answers: u64, errors: u64 },
}

impl Got {
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
    tell: &mut impl FnMut(Told),
) -> Result<Got, NotAsTold> {
    match act.does {
        Does::Run { phase, release } => {
            let verdict = driver.run(phase, release).await;
            tell(Told::Ended { phase, verdict: verdict.clone() });
            Ok(Got::Verdict(verdict))
        }
        Does::RunCutOff { phase, heal_after } => {
            let there = victim(fleet)?;
            let host = there.name.as_str();
            let verdict = {
                let running = driver.run(phase, None);
                let trouble = async {
                    in_the_middle_of_a_switch(there).await;
                    fleet.cut(host)?;
                    tell(Told::Cut { host: host.to_owned() });
                    sleep(heal_after).await;
                    fleet.heal(host)?;
                    tell(Told::Healed { host: host.to_owned() });
                    Ok::<_, FleetError>(())
                };
                let (verdict, troubled) = tokio::join!(running, trouble);
                troubled?;
                verdict
            };
            tell(Told::Ended { phase, verdict: verdict.clone() });
            Ok(Got::Verdict(verdict))
        }
        Does::Watch(limit) => {
            let (answers, errors) = watched(fleet, limit).await;
            tell(Told::Users { answers, errors });
            Ok(Got::Users { answers, errors })
        }
    }
}

/// Who is cut off: the third host that carries the app, or the last one.
fn victim(fleet: &Fleet) -> Result<&Host, FleetError> {
    let serving = fleet.hosts().iter().filter(|host| host.nginx.is_some());
    let last = serving.take(3).last();
    last.map(AsRef::as_ref).ok_or_else(|| FleetError::NoSuchHost("web1".to_owned()))
}

/// How long a switch is waited for that may never begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// The moment at which the include is another one than before, and nothing is recorded yet.
async fn in_the_middle_of_a_switch(host: &Host) {
    let Some(nginx) = &host.nginx else { return };
    let include = &nginx.files().live_include;
    let before = std::fs::read_to_string(include).ok();
    let begun = async {
        while std::fs::read_to_string(include).ok() == before {
            sleep(Duration::from_millis(5)).await;
        }
    };
    // A switch that never comes is told by how the phase ends.
    let _ = timeout(PATIENCE, begun).await;
}

/// Answers and errors while nothing is done.
async fn watched(fleet: &Fleet, limit: Duration) -> (u64, u64) {
    let before = fleet.load();
    sleep(limit).await;
    let now = fleet.load();
    (now.total() - before.total(), now.bad() - before.bad())
}
