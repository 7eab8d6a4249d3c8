//! Everything that happens, as data. Screen, plain log, JSON output, history, replay and hooks are
//! readers of this one stream; none of them has a truth of its own.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::finding::Examination;
use super::lock::{HeldLock, Lock};
use super::names::RunId;
use super::observation::Observed;
use super::outcome::Outcome;
use super::plan::{Effect, Intent, Operator, Pause, Plan, Question, Refusal};
use super::spec::HookMoment;
use super::target::Target;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Counts up by one within a journal.
    pub seq: u64,
    pub at: DateTime<Utc>,
    /// `None`: it belongs to no run, as a look between two phases.
    pub run: Option<RunId>,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    RunStarted {
        intent: Intent,
        flipside: String,
        inventory: String,
    },
    LockTaken {
        target: Target,
        lock: Lock,
    },
    /// Somebody else holds it.
    LockHeld {
        target: Target,
        holder: HeldLock,
    },
    LockReleased {
        target: Target,
    },
    /// It could not be given back: it is still on the host.
    LockLeft {
        target: Target,
        why: String,
    },
    Observed {
        target: Target,
        #[serde(alias = "sight")]
        observed: Observed,
    },
    /// What an examination found; of the stack as a whole where no target is named.
    Examined {
        target: Option<Target>,
        #[serde(alias = "checkup")]
        examination: Examination,
    },
    /// The rest of the phase, as it looks now. `round` counts from 1.
    Planned {
        round: u32,
        plan: Plan,
    },
    Refused {
        refusal: Refusal,
    },
    /// Written, and on disk, before the step's effect starts.
    StepStarted {
        target: Target,
        stage: usize,
        step: StepMark,
        command: String,
    },
    StepSkipped {
        target: Target,
        stage: usize,
        step: StepMark,
        why: String,
    },
    StepEnded {
        target: Target,
        stage: usize,
        step: StepMark,
        outcome: Outcome,
        #[serde(with = "crate::base::millis")]
        took: Duration,
        exit: Option<i32>,
    },
    StageStarted {
        stage: usize,
        of: usize,
        name: String,
    },
    StageEnded {
        stage: usize,
        name: String,
    },
    /// One line of a target's output. Not in the journal: it is in the target's own file beside it.
    Output(OutputLine),
    /// So much of a target's output, from the beginning of the run, is not kept in its file.
    OutputCut {
        target: Target,
        lines: u64,
        bytes: u64,
    },
    /// The journal cannot be written any more, and the run goes on all the same: it sends users back.
    JournalLost {
        why: String,
    },
    Pausing {
        pause: Pause,
    },
    Paused {
        by: Operator,
    },
    Resumed {
        by: Operator,
    },
    AbortAsked {
        by: Operator,
    },
    Asked {
        question: Question,
    },
    Answered {
        yes: bool,
        by: Operator,
        note: Option<String>,
    },
    /// A person decided what to do with a target that is not done.
    Chosen {
        target: Target,
        choice: Choice,
        by: Operator,
    },
    HookStarted {
        moment: HookMoment,
        command: String,
    },
    HookEnded {
        moment: HookMoment,
        command: String,
        outcome: Outcome,
    },
    Notified {
        to: String,
        outcome: Outcome,
    },
    ConnectionLost {
        target: Target,
        why: String,
    },
    ConnectionBack {
        target: Target,
    },
    /// Part of the engine itself failed; what it was doing is unknown.
    WorkerDied {
        target: Option<Target>,
        why: String,
    },
    /// For a person, about nothing above.
    Note {
        text: String,
    },
    RunEnded {
        verdict: Verdict,
    },
}

/// Which step of how many, on one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepMark {
    pub name: String,
    pub title: String,
    /// From 1, over all stages of the round.
    pub number: usize,
    pub of: usize,
    pub effect: Effect,
    #[serde(with = "crate::base::millis")]
    pub deadline: Duration,
    #[serde(default)]
    pub announce: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputLine {
    pub target: Target,
    pub at: DateTime<Utc>,
    pub stream: Stream,
    /// Clean: no escape sequence and no control character of the host is in it.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    Stdout,
    Stderr,
    /// Flipside's own words among the host's: the command that runs, what was answered.
    Own,
    /// A step begins: which, how long it may take, what a repeat does.
    Begins,
    /// It ended, and how: with these words a step's output is whole.
    Done,
    Failed,
    Unknown,
}

impl Stream {
    pub const ALL: [Self; 7] = [
        Self::Stdout,
        Self::Stderr,
        Self::Own,
        Self::Begins,
        Self::Done,
        Self::Failed,
        Self::Unknown,
    ];

    /// What stands for it in the file of a host's output.
    pub fn sign(self) -> char {
        match self {
            Self::Stdout => ' ',
            Self::Stderr => '!',
            Self::Own => '#',
            Self::Begins => '>',
            Self::Done => '+',
            Self::Failed => 'x',
            Self::Unknown => '?',
        }
    }

    pub fn of_sign(sign: char) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.sign() == sign)
    }

    /// Did the host print it?
    pub fn is_host(self) -> bool {
        matches!(self, Self::Stdout | Self::Stderr)
    }

    /// Does it tell how a step ended?
    pub fn ends(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Unknown)
    }
}

impl From<&Outcome> for Stream {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Failed { .. } => Self::Failed,
            Outcome::Unknown { .. } => Self::Unknown,
        }
    }
}

/// What to do with a target on which a step failed or ended unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Look again and do what is left.
    Retry,
    /// Leave it as it is and go on without it.
    Skip,
    /// Take back what this run did there.
    Revert,
    /// The same, on every target of the run.
    RevertAll,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// A last look found nothing left to do.
    Done,
    /// Nothing was changed, and why.
    Refused {
        why: String,
    },
    /// Nothing was changed: another run holds a lock.
    Locked {
        target: Target,
        holder: Box<HeldLock>,
    },
    /// The run lost its lock on this target while it was at work, and did nothing more anywhere.
    LockLost {
        target: Target,
        /// Who has it now; `None`: nobody, as far as it is known.
        holder: Option<Box<HeldLock>>,
    },
    /// Some targets are done and some are not.
    Partly {
        done: Vec<Target>,
        failed: Vec<Target>,
        unknown: Vec<Target>,
    },
    Failed {
        why: String,
        failed: Vec<Target>,
    },
    /// Nothing is known to have failed, but of these it is not known.
    Unknown {
        unknown: Vec<Target>,
    },
    /// The operator stopped it.
    Aborted {
        by: Operator,
    },
}

impl Verdict {
    /// The targets that it names as not done: failed, or not known.
    pub fn not_done(&self) -> Vec<&Target> {
        match self {
            Self::Partly { failed, unknown, .. } => failed.iter().chain(unknown).collect(),
            Self::Failed { failed, .. } => failed.iter().collect(),
            Self::Unknown { unknown } => unknown.iter().collect(),
            Self::Locked { target, .. } | Self::LockLost { target, .. } => vec![target],
            Self::Done | Self::Refused { .. } | Self::Aborted { .. } => Vec::new(),
        }
    }

    pub fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused { .. } => "refused",
            Self::Locked { .. } => "locked",
            Self::LockLost { .. } => "lock-lost",
            Self::Partly { .. } => "partly",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
            Self::Aborted { .. } => "aborted",
        }
    }
}
