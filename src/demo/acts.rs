//! The acts of a story, as data. Each act says how it must end.

use std::time::Duration;

use crate::domain::phase::Phase;

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
    /// Runs a phase, disconnects a target in the middle of its switch, and reconnects it after this time.
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
    /// Any result: the outcome on the disconnected target may be known or not, and the next act shows it.
    Anything,
    /// Users got no error in this act.
    NoErrors,
}

/// An act that runs a phase, which must end as done.
pub const fn run(words: &'static str, phase: Phase, release: Option<&'static str>) -> Act {
    Act { words, does: Does::Run { phase, release }, wants: Wants::Done }
}

/// An act that counts users' requests for so many seconds.
pub const fn watch(words: &'static str, seconds: u64, wants: Wants) -> Act {
    Act { words, does: Does::Watch(Duration::from_secs(seconds)), wants }
}
